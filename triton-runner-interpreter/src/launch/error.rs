//! Launches that can't be.

/// Arguments that no launch can be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// Another number of arguments than the kernel has.
    #[error("kernel `{kernel}` takes {expected} arguments, {found} were given")]
    Count {
        /// The kernel.
        kernel: String,
        /// With each descriptor as one.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// An argument of another type.
    #[error("kernel `{kernel}`, argument `{argument}`: expected {expected}, found {found}")]
    Type {
        /// The kernel.
        kernel: String,
        /// The argument's name.
        argument: String,
        /// The kernel's type.
        expected: String,
        /// What was given.
        found: String,
    },
    /// More programs than a GPU starts.
    #[error(
        "kernel `{kernel}`: a grid of {grid:?} programs is more than a GPU starts: 2147483647 along x, 65535 along y and z"
    )]
    Grid {
        /// The kernel.
        kernel: String,
        /// The grid.
        grid: [u32; 3],
    },
    /// Too many buffers, or one too large to be told from the others by its addresses.
    #[error("buffers must be fewer than 2^19 and smaller than 2 TiB each")]
    Buffers,
}
