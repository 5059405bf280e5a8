//! Memory that a graph holds, and the handles that launches are captured with.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use cudarc::driver::{CudaSlice, CudaStream, DevicePtr, SyncOnDrop};

use super::captured::Capture;
use crate::pointer::{AnyBits, Guard, Sealed, SliceFault, SliceInput, SliceOutput, pass_written};

/// Memory of a [`Graph`](super::Graph), as its captures take it: `&Held<T>` for a `&[T]` of a kernel's declaration,
/// `&mut Held<T>` for a `&mut [T]`.
///
/// There is one for each slice, so no kernel is captured with memory that it writes and reads by two names.
pub struct Held<T> {
    graph: u64,
    index: usize,
    address: u64,
    len: usize,
    element: PhantomData<fn() -> T>,
}

impl<T> Held<T> {
    pub(super) fn new(graph: u64, index: usize, slice: &CudaSlice<T>) -> Self {
        let (address, mut sync) = slice.device_ptr(slice.stream());
        if let SyncOnDrop::Record(target) = &mut sync {
            // Nothing reads it now, and a record would take the place of one of who does.
            target.take();
        }
        Self { graph, index, address, len: slice.len(), element: PhantomData }
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn graph(&self) -> u64 {
        self.graph
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    fn pass<'s>(&self, capture: &'s Capture) -> (u64, Guard<'s>) {
        if capture.graph() != self.graph {
            return (0, Guard::faulty(SliceFault::OtherGraph));
        }
        (self.address, Guard::held(self.len.checked_mul(size_of::<T>()).unwrap_or(0)))
    }
}

impl<T> Sealed for &Held<T> {}
impl<T> Sealed for &mut Held<T> {}

impl<T> SliceInput<T, Capture> for &Held<T> {
    fn pass<'s>(self, on: &'s Capture) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Held::pass(self, on)
    }
}

impl<T> SliceInput<T, Capture> for &mut Held<T> {
    fn pass<'s>(self, on: &'s Capture) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Held::pass(self, on)
    }
}

impl<T: AnyBits> SliceOutput<T, Capture> for &mut Held<T> {
    fn pass<'s>(self, on: &'s Capture) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Held::pass(self, on)
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("index", &self.index).field("len", &self.len).finish_non_exhaustive()
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
