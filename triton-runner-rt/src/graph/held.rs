//! Memory that a graph holds, and the handles that launches are captured with.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use cudarc::driver::{CudaSlice, CudaStream, DevicePtr, SyncOnDrop};

use super::captured::Capture;
use super::view::{HeldView, HeldViewMut, Part, passed};
use crate::Result;
use crate::pointer::{AnyBits, Guard, Sealed, SliceInput, SliceOutput, pass_written};
use crate::tensor_map::{Memory as TensorIn, SealedMemory, TensorMemory, TensorMemoryMut};

/// Memory of a [`Graph`](super::Graph), as its captures take it: `&Held<T>` for a `&[T]` of a kernel's declaration,
/// `&mut Held<T>` for a `&mut [T]`.
///
/// There is one for each slice, and its parts borrow it, so no kernel is captured with memory that it writes and reads by
/// two names:
///
/// ```compile_fail,E0502
/// # use triton_runner_rt::{Capture, Held, Result};
/// # struct Add;
/// # impl Add { fn capture(&self, _: &Capture, _: impl Sized, _: impl Sized, _: i32) -> Result<()> { Ok(()) } }
/// # fn f(add: Add, capture: &Capture, mut x: Held<f32>) -> Result<()> {
/// add.capture(capture, x.slice(..256)?, x.slice_mut(255..)?, 256)
/// # }
/// ```
///
/// Two sides of it, by [`split_at_mut`](Self::split_at_mut), are no such memory.
pub struct Held<T> {
    part: Part,
    index: usize,
    element: PhantomData<fn() -> T>,
}

impl<T> Held<T> {
    pub(super) fn new(graph: u64, index: usize, slice: &CudaSlice<T>) -> Self {
        let (address, mut sync) = slice.device_ptr(slice.stream());
        if let SyncOnDrop::Record(target) = &mut sync {
            // Nothing reads it now, and a record would take the place of one of who does.
            target.take();
        }
        Self { part: Part { graph, address, len: slice.len() }, index, element: PhantomData }
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.part.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.part.len == 0
    }

    /// All of it, to be read.
    pub fn as_view(&self) -> HeldView<'_, T> {
        HeldView::new(self.part)
    }

    /// All of it, to be written.
    pub fn as_view_mut(&mut self) -> HeldViewMut<'_, T> {
        HeldViewMut::new(self.part)
    }

    /// A part of it, to be read.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) for elements that it doesn't have.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<HeldView<'_, T>> {
        self.as_view().slice(range)
    }

    /// A part of it, to be written.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) for elements that it doesn't have.
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> Result<HeldViewMut<'_, T>> {
        HeldViewMut::new(self.part).into_slice(range)
    }

    /// Both sides of an element, each to be written by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) for one that it doesn't have.
    pub fn split_at_mut(&mut self, middle: usize) -> Result<(HeldViewMut<'_, T>, HeldViewMut<'_, T>)> {
        HeldViewMut::new(self.part).into_sides(middle)
    }

    pub(super) fn graph(&self) -> u64 {
        self.part.graph
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl<T> Sealed for &Held<T> {}
impl<T> Sealed for &mut Held<T> {}

passed! {
    SliceInput () for &Held<T>;
    SliceInput () for &mut Held<T>;
    SliceOutput (: AnyBits) for &mut Held<T>;
}

impl<'a, T> TensorMemory<'a, T> for &'a Held<T> {}
impl<'a, T> TensorMemory<'a, T> for &'a mut Held<T> {}
impl<'a, T> TensorMemoryMut<'a, T> for &'a mut Held<T> {}

impl<'a, T> SealedMemory<'a, T> for &'a Held<T> {
    fn into_memory(self) -> TensorIn<'a, T> {
        self.part.into_memory()
    }
}

impl<'a, T> SealedMemory<'a, T> for &'a mut Held<T> {
    fn into_memory(self) -> TensorIn<'a, T> {
        self.part.into_memory()
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("index", &self.index).field("len", &self.part.len).finish_non_exhaustive()
    }
}

/// A slice that a graph holds, whatever its elements are.
pub(super) trait Memory: Send + Sync {
    fn slice(&self) -> &dyn Any;
    fn slice_mut(&mut self) -> &mut dyn Any;
    /// Orders the memory on `stream` as what a kernel writes.
    fn pass<'s>(&'s mut self, stream: &'s CudaStream) -> Guard<'s>;
}

impl<T: 'static> Memory for CudaSlice<T> {
    fn slice(&self) -> &dyn Any {
        self
    }

    fn slice_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn pass<'s>(&'s mut self, stream: &'s CudaStream) -> Guard<'s> {
        pass_written(self.as_view_mut(), stream).1
    }
}

impl<T: 'static> Memory for &mut CudaSlice<T> {
    fn slice(&self) -> &dyn Any {
        &**self
    }

    fn slice_mut(&mut self) -> &mut dyn Any {
        &mut **self
    }

    fn pass<'s>(&'s mut self, stream: &'s CudaStream) -> Guard<'s> {
        pass_written(self.as_view_mut(), stream).1
    }
}
