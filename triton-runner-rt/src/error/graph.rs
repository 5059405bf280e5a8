//! A graph that doesn't go with what it is used with.

/// A graph and what it is used with don't go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphFault {
    /// It was launched before anything was captured.
    #[error("a graph was launched before anything was captured in it\ncall `Graph::capture` first")]
    NotCaptured,
    /// A kernel was captured with memory that its graph doesn't hold.
    #[error(
        "kernel `{kernel}` was not captured: its argument `{argument}` is no memory of its graph, and may be gone when that is \
         launched\ngive the memory to the graph, with its `own` or `borrow`"
    )]
    #[non_exhaustive]
    ForeignMemory {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
    },
    /// A graph was asked for memory of another one.
    #[error("a graph was asked for memory of another one\nask the graph whose `own` or `borrow` returned the handle")]
    ForeignHandle,
    /// A part of a graph's memory was asked for that isn't there.
    #[error("elements {start} to {end} of memory that a graph holds were asked for, which has {len}")]
    #[non_exhaustive]
    OutOfRange {
        /// The first element.
        start: usize,
        /// The element after the last.
        end: usize,
        /// How many there are.
        len: usize,
    },
}
