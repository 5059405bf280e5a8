//! The memory of a tensor.

use cudarc::driver::{CudaSlice, CudaStream, CudaView, CudaViewMut};

use crate::pointer::{DevicePointer, Guard, Input, Output, SliceFault, SliceInput, pass_written};

/// Where a tensor is.
pub enum Memory<'a, T> {
    /// Memory that cudarc does not know.
    Raw(DevicePointer<T>),
    /// A slice that kernels read.
    Slice(&'a CudaSlice<T>),
    /// A view that kernels read.
    Read(CudaView<'a, T>),
    /// A view that kernels write.
    Write(CudaViewMut<'a, T>),
    /// Memory that a graph holds.
    Held(HeldMemory),
}

/// Memory that a graph holds, borrowed for as long as its tensor is.
#[derive(Clone, Copy, Debug)]
pub struct HeldMemory {
    pub(crate) graph: u64,
    pub(crate) address: u64,
    pub(crate) len: usize,
}

impl<T> Memory<'_, T> {
    /// Elements of the slice or view.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Memory::Raw(_) => None,
            Memory::Slice(slice) => Some(slice.len()),
            Memory::Read(view) => Some(view.len()),
            Memory::Write(view) => Some(view.len()),
            Memory::Held(held) => Some(held.len),
        }
    }

    /// The address, and what to hold until the kernel is on `stream`.
    pub(super) fn pass<'s>(&'s self, stream: &'s CudaStream) -> (u64, Guard<'s>) {
        match self {
            // As memory by its address: whoever launches with it outside of its graph orders it.
            Memory::Held(held) => (held.address, Guard::untracked()),
            Memory::Raw(pointer) => Input::pass(*pointer, stream),
            Memory::Slice(slice) => Input::pass(*slice, stream),
            Memory::Read(view) => Input::pass(view, stream),
            Memory::Write(view) => {
                // SAFETY: a view is plain data: an address and references, with nothing to drop. The copy is consumed
                // by the next call, and stands for the exclusive borrow that `self` holds longer than the guard.
                let view: CudaViewMut<'s, T> = unsafe { std::ptr::read(view) };
                Output::pass(view, stream)
            }
        }
    }

    /// The same for a safe launch; `None` for memory that cudarc does not know.
    pub(super) fn pass_checked<'s>(&'s self, stream: &'s CudaStream) -> Option<(u64, Guard<'s>)> {
        match self {
            Memory::Raw(_) | Memory::Held(_) => None,
            Memory::Slice(slice) => Some(SliceInput::<T, CudaStream>::pass(*slice, stream)),
            Memory::Read(view) => Some(SliceInput::<T, CudaStream>::pass(view, stream)),
            Memory::Write(view) => {
                // SAFETY: as above.
                let view: CudaViewMut<'s, T> = unsafe { std::ptr::read(view) };
                Some(pass_written(view, stream))
            }
        }
    }
}

impl<T> Memory<'_, T> {
    /// What a capture of this graph gets.
    pub(super) fn pass_held(&self, graph: u64) -> (u64, Guard<'_>) {
        match self {
            Memory::Held(held) if held.graph == graph => {
                (held.address, Guard::held(held.len.checked_mul(size_of::<T>()).unwrap_or(0)))
            }
            _ => (0, Guard::faulty(SliceFault::NotHeld)),
        }
    }
}

mod sealed {
    /// Says which memory it is, to this crate alone.
    pub trait Sealed<'a, T> {
        fn into_memory(self) -> super::Memory<'a, T>;
    }
}
pub(crate) use sealed::Sealed;

/// What a [`TensorMap`](crate::TensorMap) can be made from: a slice or view of cudarc, or a
/// [`DevicePointer`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a tensor of `{T}`",
    note = "pass `&CudaSlice<{T}>`, `&mut CudaSlice<{T}>`, `CudaView<{T}>`, `CudaViewMut<{T}>` or `DevicePointer<{T}>`"
)]
pub trait TensorMemory<'a, T>: Sealed<'a, T> {}

/// What a [`TensorMapMut`](crate::TensorMapMut) can be made from: a mutable slice or view of cudarc, or a
/// [`DevicePointer`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a tensor of `{T}` that a kernel stores to",
    note = "pass `&mut CudaSlice<{T}>`, `CudaViewMut<{T}>` or `DevicePointer<{T}>`"
)]
pub trait TensorMemoryMut<'a, T>: TensorMemory<'a, T> {}

impl<'a, T> TensorMemoryMut<'a, T> for &'a mut CudaSlice<T> {}
impl<'a, T> TensorMemoryMut<'a, T> for CudaViewMut<'a, T> {}
impl<'a, T> TensorMemoryMut<'a, T> for DevicePointer<T> {}

impl<'a, T> TensorMemory<'a, T> for &'a CudaSlice<T> {}
impl<'a, T> TensorMemory<'a, T> for &'a mut CudaSlice<T> {}
impl<'a, T> TensorMemory<'a, T> for CudaView<'a, T> {}
impl<'a, T> TensorMemory<'a, T> for CudaViewMut<'a, T> {}
impl<'a, T> TensorMemory<'a, T> for DevicePointer<T> {}

impl<'a, T> Sealed<'a, T> for &'a CudaSlice<T> {
    fn into_memory(self) -> Memory<'a, T> {
        Memory::Slice(self)
    }
}

impl<'a, T> Sealed<'a, T> for &'a mut CudaSlice<T> {
    fn into_memory(self) -> Memory<'a, T> {
        Memory::Write(self.as_view_mut())
    }
}

impl<'a, T> Sealed<'a, T> for CudaView<'a, T> {
    fn into_memory(self) -> Memory<'a, T> {
        Memory::Read(self)
    }
}

impl<'a, T> Sealed<'a, T> for CudaViewMut<'a, T> {
    fn into_memory(self) -> Memory<'a, T> {
        Memory::Write(self)
    }
}

impl<'a, T> Sealed<'a, T> for DevicePointer<T> {
    fn into_memory(self) -> Memory<'a, T> {
        Memory::Raw(self)
    }
}
