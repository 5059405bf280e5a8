//! What a kernel's pointer arguments are made from.

mod checked;
mod event;
mod in_place;
mod nullable;
mod raw;
mod record;
mod turn;

use cudarc::driver::{
    CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut, DevicePtr, DevicePtrMut, DeviceSlice, SyncOnDrop,
};

use crate::driver::abi;
pub use checked::{AnyBits, NullableSliceInput, NullableSliceOutput, SliceInput, SliceOutput};
pub(crate) use checked::{Sealed, SliceFault, pass_written};
pub use nullable::{Null, NullableInput, NullableOutput};
pub use raw::DevicePointer;
use record::Record;

/// Keeps cudarc's account of who reads and writes a slice until the kernel is on its stream.
///
/// Made by [`Input::pass`] and [`Output::pass`] of this crate's types; a type of another crate hands on the one that it
/// got from what it holds.
#[derive(Debug)]
pub struct Guard<'a> {
    /// What a safe launch knows of the memory: its length in bytes, 0 for null.
    bytes: usize,
    order: Order<'a>,
}

/// Who orders the use of the memory.
#[derive(Debug)]
enum Order<'a> {
    /// The caller, or nothing has to.
    Unknown,
    /// cudarc, once this is dropped.
    Dropped { home: Home, _sync: SyncOnDrop<'a> },
    /// A safe launch, once the kernel is on the stream.
    Recorded(Record<'a>),
    /// A safe launch, which is none.
    Refused(SliceFault),
}

/// Where a slice lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home {
    pub(crate) context: abi::Context,
    pub(crate) device: usize,
}

impl Home {
    #[inline]
    fn of(context: &CudaContext) -> Self {
        Home { context: context.cu_ctx().cast(), device: context.ordinal() }
    }
}

impl<'a> Guard<'a> {
    #[inline]
    fn tracked(home: Home, (address, sync): (u64, SyncOnDrop<'a>)) -> (u64, Self) {
        (address, Guard { bytes: 0, order: Order::Dropped { home, _sync: sync } })
    }

    /// For memory that cudarc does not know.
    #[inline]
    pub(crate) fn untracked() -> Self {
        Guard { bytes: 0, order: Order::Unknown }
    }

    /// Where the slice lives; `None` for memory that cudarc does not know.
    #[inline]
    pub(crate) fn home(&self) -> Option<Home> {
        match &self.order {
            Order::Dropped { home, .. } => Some(*home),
            _ => None,
        }
    }
}

/// A type that `launch_unchecked` takes as device memory, by what it implements of [`Input`] and [`Output`].
///
/// cudarc's slices and views are such types, and so is [`DevicePointer`]. A type of another crate becomes one by handing
/// on to what it holds:
///
/// ```
/// use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
/// use triton_runner_rt::{DeviceMemory, Guard, Input, Output};
///
/// struct Matrix<T> {
///     elements: CudaSlice<T>,
///     columns: usize,
/// }
///
/// // SAFETY: what is passed is the slice that the matrix owns.
/// unsafe impl<T> DeviceMemory for &Matrix<T> {}
/// // SAFETY: as above.
/// unsafe impl<T> DeviceMemory for &mut Matrix<T> {}
///
/// impl<T> Input<T> for &Matrix<T> {
///     fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
///     where
///         Self: 's,
///     {
///         Input::<T>::pass(&self.elements, stream)
///     }
/// }
///
/// impl<T> Output<T> for &mut Matrix<T> {
///     fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
///     where
///         Self: 's,
///     {
///         Output::<T>::pass(&mut self.elements, stream)
///     }
/// }
/// ```
///
/// Nothing can fail there: a type whose elements are known only while the program runs, or that may not be contiguous, is
/// first turned into one for which both are settled.
///
/// # Safety
///
/// For each `T` that the type implements [`Input<T>`] or [`Output<T>`] for, `pass` returns the address of elements of
/// `T`, or null, and the guard that came with that address from this crate's own types. The memory stays allocated for as
/// long as the value and what it borrows exist. With [`Output<T>`] nothing else reads or writes it meanwhile, unless
/// whoever calls `launch_unchecked` sees to that, as for a [`DevicePointer`].
pub unsafe trait DeviceMemory {}

/// Device memory that a kernel reads: what can be passed for a `&[T]` of its declaration.
///
/// A slice or a view of cudarc, a [`DevicePointer`] for memory from elsewhere, or a type of another crate: see
/// [`DeviceMemory`]. The launch waits for what other streams still write to a slice, as cudarc's own launches do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `&[{T}]`",
    label = "expected device memory of `{T}` that the kernel reads",
    note = "pass `&CudaSlice<{T}>`, `&CudaView<{T}>` or, for memory from elsewhere, `DevicePointer<{T}>`",
    note = "for elements of another type, convert the slice with cudarc's `transmute`",
    note = "`f16` and `bf16` are those of `triton_runner_rt::half`: another version of that crate has types of its own",
    note = "memory of the host is first copied to the device, as with cudarc's `clone_htod`",
    note = "`Null` and an `Option` go to arguments that are declared as `Option<&[{T}]>`"
)]
pub trait Input<T>: DeviceMemory {
    /// The address, and what to hold until the kernel is on `stream`, which waits for what still writes the memory.
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's;
}

/// Device memory that a kernel writes, and may read: what can be passed for a `&mut [T]` of its declaration.
///
/// A mutable slice or view of cudarc, a [`DevicePointer`] for memory from elsewhere, or a type of another crate: see
/// [`DeviceMemory`]. The launch waits for what other streams still do with a slice, as cudarc's own launches do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `&mut [{T}]`",
    label = "expected device memory of `{T}` that the kernel writes",
    note = "pass `&mut CudaSlice<{T}>`, `&mut CudaViewMut<{T}>` or, for memory from elsewhere, `DevicePointer<{T}>`",
    note = "for elements of another type, convert the slice with cudarc's `transmute_mut`",
    note = "`f16` and `bf16` are those of `triton_runner_rt::half`: another version of that crate has types of its own",
    note = "memory of the host is first copied to the device, as with cudarc's `clone_htod`",
    note = "`Null` and an `Option` go to arguments that are declared as `Option<&mut [{T}]>`"
)]
pub trait Output<T>: DeviceMemory {
    /// The address, and what to hold until the kernel is on `stream`, which waits for what still uses the memory.
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's;
}

macro_rules! pass_slices {
    ($($trait:ident for $type:ty, by $method:ident;)*) => { $(
        impl<T> $trait<T> for $type {
            #[inline]
            fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                let home = Home::of(DeviceSlice::<T>::stream(&*self).context());
                Guard::tracked(home, self.$method(stream))
            }
        }
    )* };
}

macro_rules! pass_views {
    ($($trait:ident for $type:ty, by $method:ident;)*) => { $(
        impl<T> $trait<T> for $type {
            #[inline]
            fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                let home = Home::of(DeviceSlice::<T>::stream(&self).context());
                Guard::tracked(home, self.$method(stream))
            }
        }
    )* };
}

pass_slices! {
    Input for &CudaSlice<T>, by device_ptr;
    Input for &mut CudaSlice<T>, by device_ptr;
    Input for &CudaView<'_, T>, by device_ptr;
    Input for &CudaViewMut<'_, T>, by device_ptr;
    Input for &mut CudaViewMut<'_, T>, by device_ptr;
    Output for &mut CudaSlice<T>, by device_ptr_mut;
    Output for &mut CudaViewMut<'_, T>, by device_ptr_mut;
}

pass_views! {
    Input for CudaView<'_, T>, by view_ptr;
    Output for CudaViewMut<'_, T>, by view_ptr_mut;
}

// SAFETY: cudarc keeps a slice allocated for as long as it and its views exist.
unsafe impl<T> DeviceMemory for &CudaSlice<T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for &mut CudaSlice<T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for &CudaView<'_, T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for CudaView<'_, T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for &CudaViewMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for &mut CudaViewMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T> DeviceMemory for CudaViewMut<'_, T> {}
