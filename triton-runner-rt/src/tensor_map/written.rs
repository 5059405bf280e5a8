//! Tensor descriptors that kernels store through.

use std::fmt;
use std::ops::Deref;

use super::{TensorMap, TensorMemoryMut};
use crate::{Error, Result};

/// A tensor in device memory that a kernel stores to, as an argument that it declares as `&mut TensorMap<T, RANK>`.
///
/// A [`TensorMap`] of memory that nothing else uses: made from a mutable slice or view, which it borrows, or from a
/// [`DevicePointer`](crate::DevicePointer). Launches take part in cudarc's stream tracking as those do that write a
/// slice. A reference to it goes where a `&TensorMap` is asked for.
///
/// ```no_run
/// # use triton_runner_rt::{Result, TensorMapMut, cudarc::driver::CudaSlice};
/// # fn f(out: &mut CudaSlice<f32>) -> Result<()> {
/// let (rows, columns) = (4096, 1024);
/// let mut map = TensorMapMut::contiguous(out, [rows, columns])?;
/// # Ok(()) }
/// ```
pub struct TensorMapMut<'a, T, const RANK: usize>(TensorMap<'a, T, RANK>);

impl<'a, T, const RANK: usize> TensorMapMut<'a, T, RANK> {
    /// The tensor of this shape and these strides, both in elements, outermost dimension first.
    ///
    /// # Errors
    ///
    /// As for [`TensorMap::new`], and where a row is no multiple of 16 bytes: the hardware stores whole pieces of 16, behind
    /// the row too.
    pub fn new(memory: impl TensorMemoryMut<'a, T>, shape: [usize; RANK], strides: [usize; RANK]) -> Result<Self> {
        Self::of(TensorMap::new(memory, shape, strides)?)
    }

    /// The tensor of this shape without gaps, last dimension contiguous.
    ///
    /// # Errors
    ///
    /// As for [`TensorMapMut::new`].
    pub fn contiguous(memory: impl TensorMemoryMut<'a, T>, shape: [usize; RANK]) -> Result<Self> {
        Self::of(TensorMap::contiguous(memory, shape)?)
    }

    fn of(map: TensorMap<'a, T, RANK>) -> Result<Self> {
        let size = size_of::<T>() as u64;
        map.layout.check_stored(size).map_err(|fault| Error::TensorMap { argument: None, fault })?;
        Ok(Self(map))
    }

    /// The same tensor; loads outside of it give NaN and not zero.
    #[must_use]
    pub fn pad_with_nan(self) -> Self {
        Self(self.0.pad_with_nan())
    }

    /// The same tensor of `f32`, rounded to TF32 as it is loaded: for kernels of Triton 3.7 and later.
    #[must_use]
    pub fn round_to_tf32(self) -> Self {
        Self(self.0.round_to_tf32())
    }
}

impl<'a, T, const RANK: usize> Deref for TensorMapMut<'a, T, RANK> {
    type Target = TensorMap<'a, T, RANK>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T, const RANK: usize> fmt::Debug for TensorMapMut<'_, T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TensorMapMut").field("shape", &self.shape()).field("strides", &self.strides()).finish()
    }
}
