//! Tensor descriptors over host memory.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::element::Element;
use super::memory::{HostInput, HostMemory, HostOutput};
use crate::tensor_map::{Layout, MAX_RANK};
use crate::{Error, Result};

/// A tensor in host memory, as an argument that a kernel declares as `&TensorMap<T, RANK>`: what a
/// [`TensorMap`](crate::TensorMap) is for a launch on a device, with the same rules.
///
/// ```
/// # use triton_runner_rt::{Result, interpret::HostTensorMap};
/// # fn f() -> Result<()> {
/// let elements = vec![0.0_f32; 64 * 32];
/// let map = HostTensorMap::contiguous(&elements, [64, 32])?;
/// # Ok(()) }
/// # f().unwrap();
/// ```
pub struct HostTensorMap<'a, T, const RANK: usize> {
    memory: HostMemory<'a>,
    pub(super) layout: Layout,
    element: PhantomData<T>,
}

impl<'a, T: Element, const RANK: usize> HostTensorMap<'a, T, RANK> {
    /// The tensor of this shape and these strides, both in elements, outermost dimension first.
    ///
    /// # Errors
    ///
    /// As for [`TensorMap::new`](crate::TensorMap::new).
    pub fn new(memory: impl HostInput<'a, T>, shape: [usize; RANK], strides: [usize; RANK]) -> Result<Self> {
        Self::of(memory.into_memory().1, shape, strides)
    }

    /// The tensor of this shape without gaps, last dimension contiguous.
    ///
    /// # Errors
    ///
    /// As for [`TensorMap::new`](crate::TensorMap::new).
    pub fn contiguous(memory: impl HostInput<'a, T>, shape: [usize; RANK]) -> Result<Self> {
        Self::new(memory, shape, contiguous(shape))
    }

    fn of(memory: HostMemory<'a>, shape: [usize; RANK], strides: [usize; RANK]) -> Result<Self> {
        const { assert!(RANK >= 1 && RANK <= MAX_RANK, "a tensor descriptor has 1 to 5 dimensions") };
        let (layout, size) = (Layout::new(&shape, &strides), size_of::<T>());
        layout
            .check(size as u64, Some(memory.len() / size.max(1)))
            .map_err(|fault| Error::TensorMap { argument: None, fault })?;
        Ok(Self { memory, layout, element: PhantomData })
    }

    /// The same tensor; loads outside of it give NaN and not zero.
    #[must_use]
    pub fn pad_with_nan(mut self) -> Self {
        self.layout.pad_with_nan = true;
        self
    }

    /// The same tensor of `f32`, rounded to TF32 as it is loaded.
    #[must_use]
    pub fn round_to_tf32(mut self) -> Self {
        self.layout.round_to_tf32 = true;
        self
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

/// A tensor in host memory that a kernel stores to, as an argument that it declares as `&mut TensorMap<T, RANK>`: what a
/// [`TensorMapMut`](crate::TensorMapMut) is for a launch on a device.
pub struct HostTensorMapMut<'a, T, const RANK: usize>(HostTensorMap<'a, T, RANK>);

impl<'a, T: Element, const RANK: usize> HostTensorMapMut<'a, T, RANK> {
    /// The tensor of this shape and these strides, both in elements, outermost dimension first.
    ///
    /// # Errors
    ///
    /// As for [`TensorMapMut::new`](crate::TensorMapMut::new).
    pub fn new(memory: impl HostOutput<'a, T>, shape: [usize; RANK], strides: [usize; RANK]) -> Result<Self> {
        let map = HostTensorMap::of(memory.into_memory().1, shape, strides)?;
        let size = size_of::<T>() as u64;
        map.layout.check_stored(size).map_err(|fault| Error::TensorMap { argument: None, fault })?;
        Ok(Self(map))
    }

    /// The tensor of this shape without gaps, last dimension contiguous.
    ///
    /// # Errors
    ///
    /// As for [`TensorMapMut::new`](crate::TensorMapMut::new).
    pub fn contiguous(memory: impl HostOutput<'a, T>, shape: [usize; RANK]) -> Result<Self> {
        Self::new(memory, shape, contiguous(shape))
    }

    /// The same tensor; loads outside of it give NaN and not zero.
    #[must_use]
    pub fn pad_with_nan(self) -> Self {
        Self(self.0.pad_with_nan())
    }

    /// The same tensor of `f32`, rounded to TF32 as it is loaded.
    #[must_use]
    pub fn round_to_tf32(self) -> Self {
        Self(self.0.round_to_tf32())
    }
}

impl<'a, T, const RANK: usize> Deref for HostTensorMapMut<'a, T, RANK> {
    type Target = HostTensorMap<'a, T, RANK>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A descriptor as an argument of a kernel, by reference.
pub trait HostDescriptor<'a> {
    /// The tensor's layout and the size of its elements.
    fn layout(&self) -> (Layout, usize);

    /// Its memory, for as long as the kernel runs.
    fn lend(self) -> HostMemory<'a>;
}

impl<'a, T: Element, const RANK: usize> HostDescriptor<'a> for &'a HostTensorMap<'_, T, RANK> {
    fn layout(&self) -> (Layout, usize) {
        (self.layout, size_of::<T>())
    }

    fn lend(self) -> HostMemory<'a> {
        self.memory.reborrowed()
    }
}

impl<'a, T: Element, const RANK: usize> HostDescriptor<'a> for &'a mut HostTensorMapMut<'_, T, RANK> {
    fn layout(&self) -> (Layout, usize) {
        (self.0.layout, size_of::<T>())
    }

    fn lend(self) -> HostMemory<'a> {
        self.0.memory.reborrowed_mut()
    }
}

fn contiguous<const RANK: usize>(shape: [usize; RANK]) -> [usize; RANK] {
    let mut strides = [1_usize; RANK];
    for dimension in (0..RANK.saturating_sub(1)).rev() {
        // Saturated, it is refused as too large.
        strides[dimension] = strides[dimension + 1].saturating_mul(shape[dimension + 1]);
    }
    strides
}

impl<T: Element, const RANK: usize> fmt::Debug for HostTensorMap<'_, T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostTensorMap").field("shape", &self.shape()).field("strides", &self.strides()).finish()
    }
}

impl<T: Element, const RANK: usize> fmt::Debug for HostTensorMapMut<'_, T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostTensorMapMut").field("shape", &self.shape()).field("strides", &self.strides()).finish()
    }
}
