//! Memory of an argument: its bytes, its elements' format, and its shape.

use triton_runner_interpreter::numbers::format::Format;

/// What a kernel reads and writes as one argument.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) shape: Vec<usize>,
    /// Nothing was written to it yet.
    pub(super) fresh: bool,
}
