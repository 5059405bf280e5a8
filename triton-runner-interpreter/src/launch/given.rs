//! What a caller gives: memory and arguments.

use crate::memory::Given;

/// A piece of memory that a kernel may be given pointers to, as it would lie on a GPU: aligned to anything, unless said
/// otherwise.
#[derive(Debug)]
pub struct Buffer<'a> {
    pub(super) given: Given<'a>,
    pub(super) misaligned: usize,
}

impl<'a> Buffer<'a> {
    /// Memory that is only read: a write is a finding.
    pub fn read(bytes: &'a [u8]) -> Self {
        Self { given: Given::Read(bytes), misaligned: 0 }
    }

    /// Memory that holds values and may be written.
    pub fn write(bytes: &'a mut [u8]) -> Self {
        Self { given: Given::Write(bytes), misaligned: 0 }
    }

    /// Memory whose bytes have no values yet: reading one before it is written is a finding.
    pub fn uninitialized(bytes: &'a mut [u8]) -> Self {
        Self { given: Given::Uninitialized(bytes), misaligned: 0 }
    }

    /// How many bytes its start lies behind an aligned address. Up to 16 KiB.
    #[must_use]
    pub fn misaligned(mut self, bytes: usize) -> Self {
        self.misaligned = bytes;
        self
    }
}

/// An argument of a kernel, as a caller gives it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// So many bytes behind the start of a buffer, which is named by its place.
    Pointer {
        /// In the order in which buffers were given.
        buffer: usize,
        /// May lie outside: only accesses are checked.
        offset: i64,
    },
    /// The null pointer.
    Null,
    /// An integer of any width, signed or not, or a truth value.
    Integer(i128),
    /// A floating-point number of any format, which is rounded to the kernel's.
    Float(f64),
    /// A tensor descriptor made on the host. In the IR its sizes and strides follow it.
    Descriptor(TensorDescriptor),
}

/// A tensor in memory, of which a kernel loads and stores blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorDescriptor {
    /// The buffer, by its place.
    pub buffer: usize,
    /// Bytes from its start to the tensor.
    pub offset: i64,
    /// Elements of each dimension.
    pub shape: Vec<i64>,
    /// Elements between neighbours of each dimension; the last is 1.
    pub strides: Vec<i64>,
    /// Elements outside the tensor are loaded as NaN, not as 0.
    pub pad_with_nan: bool,
    /// Elements, of f32, are rounded to TF32 as they are loaded.
    pub round_to_tf32: bool,
}
