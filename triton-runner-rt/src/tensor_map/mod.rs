//! Tensor descriptors made on the host, for kernels that take them as arguments.

mod descriptor;
mod encode;
mod memory;
mod written;

use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use cudarc::driver::CudaStream;

use crate::driver::abi::EncodedTensorMap;
use crate::error::TensorMapFault;
use crate::pointer::Guard;
use crate::{Error, Result};
pub use descriptor::Descriptor;
pub(crate) use descriptor::MAX_PARAMETERS;
#[cfg(feature = "interpreter")]
pub(crate) use encode::{check_address, check_recipe};
pub(crate) use memory::{HeldMemory, Memory, Sealed as SealedMemory};
pub use memory::{TensorMemory, TensorMemoryMut};
pub use written::TensorMapMut;

/// A tensor in device memory, as an argument that a kernel declares as `&TensorMap<T, RANK>`: Triton's
/// `TensorDescriptor`.
///
/// It tells where the tensor is and how it is laid out. How the kernel cuts it into blocks is known to the kernel: at
/// the first launch the driver encodes both for the tensor memory accelerator (sm_90 and later), and later launches of
/// the same kernel use that again. Devices below sm_90 have no such accelerator: kernels with descriptors are not built for
/// them.
///
/// Made from a slice or view, it borrows it, and launches take part in cudarc's stream tracking: as a read for what is
/// borrowed, as a write for what is borrowed mutably. Made from what a [`Graph`](crate::Graph) holds, it goes to captures in
/// that graph, which keep what was encoded. A kernel that stores through its descriptor takes a
/// [`TensorMapMut`].
///
/// ```no_run
/// # use triton_runner_rt::{Result, TensorMap, cudarc::driver::CudaSlice};
/// # fn f(a: &CudaSlice<f32>) -> Result<()> {
/// let (rows, columns) = (4096, 1024);
/// let map = TensorMap::contiguous(a, [rows, columns])?;
/// # Ok(()) }
/// ```
///
/// The rules follow "CUDA Driver API", `cuTensorMapEncodeTiled`.
pub struct TensorMap<'a, T, const RANK: usize> {
    memory: Memory<'a, T>,
    layout: Layout,
    /// The encoding for the kernel that it was first launched with, by the address of that kernel's recipe.
    encoded: OnceLock<(usize, EncodedTensorMap)>,
    element: PhantomData<T>,
}

/// Shape and strides in elements, outermost dimension first, and what a load of elements outside gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "interpreter"), allow(unreachable_pub, reason = "the interpreter's descriptors show it"))]
pub struct Layout {
    pub(crate) rank: usize,
    pub(crate) shape: [u64; MAX_RANK],
    pub(crate) strides: [u64; MAX_RANK],
    pub(crate) pad_with_nan: bool,
    pub(crate) round_to_tf32: bool,
}

/// The most dimensions that the tensor memory accelerator knows.
pub(crate) const MAX_RANK: usize = 5;

impl<'a, T, const RANK: usize> TensorMap<'a, T, RANK> {
    /// The tensor of this shape and these strides, both in elements, outermost dimension first.
    ///
    /// # Errors
    ///
    /// [`Error::TensorMap`]: each extent is 1 to 2³¹ − 1; the last stride is 1; the others are multiples of 16 bytes
    /// below 2⁴⁰; a slice or view holds the whole tensor. That the first element is aligned to 16 bytes is checked by
    /// the launch, where its address is known.
    pub fn new(memory: impl TensorMemory<'a, T>, shape: [usize; RANK], strides: [usize; RANK]) -> Result<Self> {
        const { assert!(RANK >= 1 && RANK <= MAX_RANK, "a tensor descriptor has 1 to 5 dimensions") };
        let memory = memory.into_memory();
        let layout = Layout::new(&shape, &strides);
        layout
            .check(size_of::<T>() as u64, memory.len())
            .map_err(|fault| Error::TensorMap { argument: None, fault })?;
        Ok(Self { memory, layout, encoded: OnceLock::new(), element: PhantomData })
    }

    /// The tensor of this shape without gaps, last dimension contiguous.
    ///
    /// # Errors
    ///
    /// As for [`TensorMap::new`].
    pub fn contiguous(memory: impl TensorMemory<'a, T>, shape: [usize; RANK]) -> Result<Self> {
        let mut strides = [1_usize; RANK];
        for dimension in (0..RANK.saturating_sub(1)).rev() {
            // Saturated, it is refused as too large.
            strides[dimension] = strides[dimension + 1].saturating_mul(shape[dimension + 1]);
        }
        Self::new(memory, shape, strides)
    }

    /// The same tensor; loads outside of it give NaN and not zero.
    #[must_use]
    pub fn pad_with_nan(mut self) -> Self {
        self.layout.pad_with_nan = true;
        self.encoded = OnceLock::new();
        self
    }

    /// The same tensor of `f32`, rounded to TF32 as it is loaded: for kernels of Triton 3.7 and later.
    #[must_use]
    pub fn round_to_tf32(mut self) -> Self {
        self.layout.round_to_tf32 = true;
        self.encoded = OnceLock::new();
        self
    }

    /// The address, and what to hold until the kernel is on `stream`.
    pub(crate) fn pass<'s>(&'s self, stream: &'s CudaStream) -> (u64, Guard<'s>) {
        self.memory.pass(stream)
    }

    /// The same for a safe launch; `None` for memory that cudarc does not know.
    pub(crate) fn pass_checked<'s>(&'s self, stream: &'s CudaStream) -> Option<(u64, Guard<'s>)> {
        self.memory.pass_checked(stream)
    }

    /// The same for a capture; refused unless the graph holds the memory.
    pub(crate) fn pass_held(&self, graph: u64) -> (u64, Guard<'_>) {
        self.memory.pass_held(graph)
    }

    /// Extents in elements, outermost dimension first.
    pub fn shape(&self) -> [usize; RANK] {
        std::array::from_fn(|dimension| self.layout.shape[dimension] as usize)
    }

    /// Strides in elements, outermost dimension first.
    pub fn strides(&self) -> [usize; RANK] {
        std::array::from_fn(|dimension| self.layout.strides[dimension] as usize)
    }
}

impl Layout {
    pub(crate) fn new(shape: &[usize], strides: &[usize]) -> Self {
        let widen = |values: &[usize]| std::array::from_fn(|i| values.get(i).map_or(1, |&value| value as u64));
        Self {
            rank: shape.len().min(MAX_RANK),
            shape: widen(shape),
            strides: widen(strides),
            pad_with_nan: false,
            round_to_tf32: false,
        }
    }

    pub(crate) fn check(&self, element_size: u64, len: Option<usize>) -> Result<(), TensorMapFault> {
        let last = self.rank - 1;
        for (dimension, &extent) in self.shape[..self.rank].iter().enumerate() {
            // The kernel takes it as an `i32`.
            if extent == 0 || extent > i32::MAX as u64 {
                return Err(TensorMapFault::Extent { dimension, extent });
            }
        }
        if self.strides[last] != 1 {
            return Err(TensorMapFault::LastStride { stride: self.strides[last] });
        }
        for (dimension, &stride) in self.strides[..last].iter().enumerate() {
            let bytes = u128::from(stride) * u128::from(element_size);
            if bytes % 16 != 0 || bytes >= 1 << 40 {
                return Err(TensorMapFault::Stride { dimension, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) });
            }
        }
        let needed = self.last_element() + 1;
        match len {
            Some(len) if needed > len as u128 => {
                Err(TensorMapFault::OutOfMemory { needed: u64::try_from(needed).unwrap_or(u64::MAX), len: len as u64 })
            }
            _ => Ok(()),
        }
    }

    /// Whether a kernel may store to it: whole pieces of 16 bytes are written, and every row starts at one.
    pub(crate) fn check_stored(&self, element_size: u64) -> Result<(), TensorMapFault> {
        let bytes = self.shape[self.rank - 1].saturating_mul(element_size);
        if bytes.is_multiple_of(16) { Ok(()) } else { Err(TensorMapFault::StoredRow { bytes }) }
    }

    /// Where the last element is, counted in elements.
    fn last_element(&self) -> u128 {
        (0..self.rank).map(|i| (u128::from(self.shape[i]) - 1) * u128::from(self.strides[i])).sum()
    }
}

impl<T, const RANK: usize> fmt::Debug for TensorMap<'_, T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TensorMap").field("shape", &self.shape()).field("strides", &self.strides()).finish()
    }
}

#[cfg(test)]
mod tests;
