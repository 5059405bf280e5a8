//! Why nothing orders a launch with what else uses its memory.

use std::fmt;

/// Why nothing orders a safe launch with what else uses its memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderFault {
    /// The stream is being captured: the kernel would run with each replay, when its arguments may be long gone.
    Capturing,
    /// The stream is the per-thread default stream, of which cudarc's tracking knows nothing.
    PerThread,
    /// The stream belongs to another `CudaContext` than the graph.
    OtherStream,
    /// A slice belongs to another `CudaContext` of the same device, whose tracking knows nothing of this one's streams.
    OtherContext(Used),
    /// A slice is not tracked, and the stream is not the one that it was allocated on.
    Untracked(Used),
    /// A tensor descriptor is of memory that cudarc does not know.
    UnknownMemory(Used),
}

/// What is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// A kernel, by the stem of its files.
    Kernel(&'static str),
    /// A graph of launches.
    Graph,
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(name) => write!(f, "kernel `{name}`"),
            Self::Graph => f.write_str("a graph"),
        }
    }
}

/// Memory that is used by what is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Used {
    /// An argument, by its name.
    Argument(&'static str),
    /// Memory that a graph holds, in the order in which it was given, from 0.
    Held(usize),
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => write!(f, "argument `{name}`"),
            Self::Held(index) => write!(f, "slice {index} that it holds"),
        }
    }
}

impl fmt::Display for OrderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capturing => f.write_str(
                "its stream is being captured, and a replay runs it when its arguments may be gone\ncapture it in a \
                 `Graph`, which keeps their memory, or launch it with `launch_unchecked`",
            ),
            Self::PerThread => f.write_str(
                "its stream is the per-thread default stream, which cudarc's stream tracking doesn't count\nlaunch it \
                 on `default_stream()` or `new_stream()`, or with `launch_unchecked`",
            ),
            Self::OtherStream => f.write_str(
                "its stream belongs to another `CudaContext`\nmake stream and graph from clones of one \
                 `Arc<CudaContext>`",
            ),
            Self::OtherContext(memory) => write!(
                f,
                "{memory} belongs to another `CudaContext` of the same device, and each tracks only its \
                 own streams\nmake all from clones of one `Arc<CudaContext>`, or launch it with `launch_unchecked`",
            ),
            Self::Untracked(memory) => write!(
                f,
                "{memory} is on a stream that it was not allocated on, and cudarc's stream tracking was \
                 off when it was allocated, or is now\nlaunch it on the slice's `stream()`, or with \
                 `launch_unchecked`",
            ),
            Self::UnknownMemory(memory) => write!(
                f,
                "{memory} describes memory behind a `DevicePointer` or of a graph, of which cudarc knows \
                 nothing here\nmake the descriptor from a slice or view, capture it in that graph, or launch it with \
                 `launch_unchecked`",
            ),
        }
    }
}
