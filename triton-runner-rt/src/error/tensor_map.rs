//! Rules of tensor descriptors.

use std::fmt;

use crate::driver::DriverError;

/// What is wrong with a tensor descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TensorMapFault {
    /// An extent is 0 or more than 2³¹ − 1.
    #[non_exhaustive]
    Extent {
        /// The dimension, from 0, outermost first.
        dimension: usize,
        /// Its extent in elements.
        extent: u64,
    },
    /// The last dimension is not contiguous.
    #[non_exhaustive]
    LastStride {
        /// Its stride in elements.
        stride: u64,
    },
    /// A stride is no multiple of 16 bytes, or is 2⁴⁰ or more.
    #[non_exhaustive]
    Stride {
        /// The dimension, from 0, outermost first.
        dimension: usize,
        /// Its stride in bytes.
        bytes: u64,
    },
    /// A row of a tensor that is stored to is no multiple of 16 bytes: the hardware stores whole pieces of 16, behind the row
    /// too.
    #[non_exhaustive]
    StoredRow {
        /// Bytes of a row.
        bytes: u64,
    },
    /// The tensor reaches beyond its slice.
    #[non_exhaustive]
    OutOfMemory {
        /// Elements from the first to the last of the tensor.
        needed: u64,
        /// Elements of the slice.
        len: u64,
    },
    /// The first element is not aligned.
    #[non_exhaustive]
    Misaligned {
        /// Its device address.
        address: u64,
        /// What it must be a multiple of.
        required: u64,
    },
    /// The kernel's elements have another size.
    #[non_exhaustive]
    ElementSize {
        /// Bytes of the kernel's elements.
        expected: u32,
        /// Bytes of the tensor's elements.
        found: usize,
    },
    /// The kernel's blocks have another number of dimensions.
    #[non_exhaustive]
    Rank {
        /// Dimensions of the kernel's blocks.
        expected: usize,
        /// Dimensions of the tensor.
        found: usize,
    },
    /// An extent of the kernel's blocks is 0 or more than 256.
    #[non_exhaustive]
    Block {
        /// The dimension, from 0, outermost first.
        dimension: usize,
        /// Its extent in elements.
        extent: u32,
    },
    /// A row of the kernel's blocks is no multiple of 16 bytes, or is longer than its swizzle pattern.
    #[non_exhaustive]
    BlockRow {
        /// Bytes of the row.
        bytes: u64,
        /// Bytes of the swizzle pattern; 0 without one.
        swizzle: u32,
    },
    /// The swizzle mode or element type is none that this version knows.
    #[non_exhaustive]
    Unknown {
        /// The swizzle mode.
        swizzle: u32,
        /// The element type.
        elem_type: u32,
    },
    /// Rounding to TF32 is for `f32` only.
    RoundNotF32,
    /// The image does not tell how it takes this descriptor.
    NoRecipe,
    /// The driver refused it.
    Driver(DriverError),
}

impl fmt::Display for TensorMapFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Extent { dimension, extent } => {
                write!(f, "dimension {dimension} has {extent} elements: 1 to 2147483647 can be")
            }
            Self::LastStride { stride } => {
                write!(f, "the last dimension has stride {stride}: its elements must follow each other")
            }
            Self::Stride { dimension, bytes } => write!(
                f,
                "dimension {dimension} has a stride of {bytes} bytes: it must be a multiple of 16 below 2^40\npad the rows"
            ),
            Self::StoredRow { bytes } => write!(
                f,
                "a row of the stored tensor has {bytes} bytes: it must be a multiple of 16, as pieces of 16 are stored\n\
                 make the rows longer, or store through a pointer"
            ),
            Self::OutOfMemory { needed, len } => {
                write!(f, "the tensor spans {needed} elements: the memory holds {len}")
            }
            Self::Misaligned { address, required } => write!(
                f,
                "the tensor starts at address {address:#x}, which is no multiple of {required}\nstart it at one that is"
            ),
            Self::ElementSize { expected, found } => {
                write!(f, "its elements have {found} bytes: the kernel's have {expected}")
            }
            Self::Rank { expected, found } => write!(f, "it has {found} dimensions: the kernel's blocks have {expected}"),
            Self::Block { dimension, extent } => {
                write!(f, "dimension {dimension} of the kernel's blocks has {extent} elements: 1 to 256 can be")
            }
            Self::BlockRow { bytes, swizzle: 0 } => {
                write!(f, "a row of the kernel's blocks has {bytes} bytes: it must be a multiple of 16")
            }
            Self::BlockRow { bytes, swizzle } => write!(
                f,
                "a row of the kernel's blocks has {bytes} bytes: it must be a multiple of 16 and at most its swizzle \
                 pattern of {swizzle}"
            ),
            Self::Unknown { swizzle, elem_type } => write!(
                f,
                "the kernel asks for swizzle mode {swizzle} and element type {elem_type}, which this version of \
                 triton-runner-rt does not know\nupdate triton-runner-rt"
            ),
            Self::RoundNotF32 => f.write_str("rounding to TF32 is for tensors of f32"),
            Self::NoRecipe => f.write_str(
                "the kernel's metadata has no `tensordesc_meta` entry for it\nexport the kernel with Triton 3.4 or later",
            ),
            Self::Driver(error) => write!(f, "cuTensorMapEncodeTiled: {error}"),
        }
    }
}
