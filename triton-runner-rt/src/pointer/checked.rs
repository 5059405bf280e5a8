//! What the safe forms of a launch take: memory whose length, lifetime and order this crate knows.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream, CudaView, CudaViewMut, DeviceSlice, SyncOnDrop};

use super::{Guard, Home, Input, Null, Output};
use crate::driver::status::check;
use crate::driver::{Driver, DriverError};
use crate::float8::{F8E4M3, F8E5M2};
use crate::stream;

mod sealed {
    /// This crate's own choice of types.
    pub trait Sealed {}

    /// The same for arguments that may be null.
    pub trait SealedNullable {}

    impl<P: Sealed> SealedNullable for P {}
    impl<P: Sealed> SealedNullable for Option<P> {}
    impl SealedNullable for super::Null {}
}
pub(crate) use sealed::Sealed;
use sealed::SealedNullable;

/// Elements of which any bits are a value: what a kernel may leave behind a `&mut [T]`. Not `bool`.
pub trait AnyBits: Sealed {}

macro_rules! any_bits {
    ($($type:ty),*) => { $(
        impl Sealed for $type {}
        impl AnyBits for $type {}
    )* };
}

any_bits!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, half::f16, half::bf16, F8E4M3, F8E5M2);

/// Device memory that a kernel reads, as a safe launch takes it for a `&[T]` of its declaration.
///
/// `On` is what the launch goes to: for a stream it is a slice or view of cudarc, for a [`Capture`](crate::Capture) a
/// [`Held`](crate::Held) of its graph.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `&[{T}]` of a safe launch",
    label = "expected device memory of `{T}` whose length and lifetime are known",
    note = "a launch takes `&CudaSlice<{T}>` or `&CudaView<{T}>`, a capture takes `&Held<{T}>`",
    note = "a `DevicePointer`, unified memory and memory of other crates need `launch_unchecked`"
)]
pub trait SliceInput<T, On: ?Sized>: Sealed {
    /// The address, and what to record once the kernel is on its stream, which waits for what still writes the memory.
    #[doc(hidden)]
    fn pass<'s>(self, on: &'s On) -> (u64, Guard<'s>)
    where
        Self: 's;
}

/// Device memory that a kernel writes, as a safe launch takes it for a `&mut [T]` of its declaration.
///
/// `On` is what the launch goes to: for a stream it is a mutable slice or view of cudarc, for a
/// [`Capture`](crate::Capture) a [`Held`](crate::Held) of its graph.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `&mut [{T}]` of a safe launch",
    label = "expected device memory of `{T}` whose length and lifetime are known, and that nothing else uses",
    note = "a launch takes `&mut CudaSlice<{T}>` or `&mut CudaViewMut<{T}>`, a capture takes `&mut Held<{T}>`",
    note = "a `DevicePointer`, unified memory and memory of other crates need `launch_unchecked`"
)]
pub trait SliceOutput<T: AnyBits, On: ?Sized>: Sealed {
    /// The address, and what to record once the kernel is on its stream, which waits for what still uses the memory.
    #[doc(hidden)]
    fn pass<'s>(self, on: &'s On) -> (u64, Guard<'s>)
    where
        Self: 's;
}

/// Why a slice can't go with a safe launch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SliceFault {
    /// It lives in another context of the driver.
    Elsewhere(Home),
    /// It is of another `CudaContext` that stands for the same context.
    OtherHandle,
    /// Nothing orders its own stream with that of the launch.
    Untracked,
    /// It is memory of another graph than the one that is captured.
    OtherGraph,
    /// The stream could not wait for who else reads it.
    Unwaited(DriverError),
}

/// What is known of a slice before anything is done with it.
#[derive(Clone, Copy)]
struct Asked {
    /// Whether it was allocated on the stream of the launch.
    own: bool,
    bytes: usize,
    fault: Option<SliceFault>,
}

impl Asked {
    #[inline]
    fn new<T>(of: &Arc<CudaStream>, len: usize, on: &CudaStream) -> Self {
        let own = stream::is_same(of, on);
        let context = of.context();
        let fault = if !Arc::ptr_eq(context, on.context()) {
            let home = Home::of(context);
            let other = home.context != on.context().cu_ctx().cast();
            Some(if other { SliceFault::Elsewhere(home) } else { SliceFault::OtherHandle })
        } else if !own && !context.is_managing_stream_synchronization() {
            Some(SliceFault::Untracked)
        } else {
            None
        };
        // A length whose bytes can't be counted was never allocated.
        Self { own, bytes: len.checked_mul(size_of::<T>()).unwrap_or(0), fault }
    }

    /// Passes it, unless something is wrong: then nothing waits and nothing is recorded.
    #[inline]
    fn pass<'s>(self, reads: bool, pass: impl FnOnce() -> (u64, Guard<'s>)) -> (u64, Guard<'s>) {
        if let Some(fault) = self.fault {
            return (0, Guard::faulty(fault));
        }
        let (address, mut guard) = pass();
        guard.bytes = self.bytes;
        if let Some(SyncOnDrop::Record(target)) = &mut guard.sync {
            guard.record = target.take();
        }
        match guard.record {
            None if !self.own => guard.fault = Some(SliceFault::Untracked),
            Some(_) if reads => guard.wait_for_readers(),
            _ => {}
        }
        (address, guard)
    }
}

impl Guard<'_> {
    /// Of memory that a graph keeps, which is ordered where the graph is launched.
    pub(crate) fn held(bytes: usize) -> Self {
        Guard { bytes, ..Guard::untracked() }
    }

    /// Of memory that can't go with the launch.
    pub(crate) fn faulty(fault: SliceFault) -> Self {
        Guard { fault: Some(fault), ..Guard::untracked() }
    }

    /// Bytes behind the address; 0 for null.
    #[doc(hidden)]
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[inline]
    pub(crate) fn fault(&self) -> Option<SliceFault> {
        self.fault
    }

    /// A slice has one event for all that read it, and records of a second reader replace those of the first: unless the
    /// second runs after the first, who writes or frees the memory would not wait for it.
    #[inline]
    fn wait_for_readers(&mut self) {
        let Some((event, stream)) = self.record else { return };
        if !stream.context().is_managing_stream_synchronization() {
            return;
        }
        let waited = match Driver::found() {
            Some(driver) => {
                let wait = driver.functions.stream_wait;
                // SAFETY: event and stream are alive, and of the stream's context.
                check(unsafe { wait(stream.cu_stream().cast(), event.cu_event().cast(), 0) })
            }
            None => stream.wait(event).map_err(DriverError::from),
        };
        if let Err(error) = waited {
            (self.fault, self.record) = (Some(SliceFault::Unwaited(error)), None);
        }
    }

    /// Records that the kernel is on the stream; where the driver won't, waits for the kernel.
    #[inline]
    pub(crate) fn record(&self, driver: &Driver) {
        let Some((event, stream)) = self.record else { return };
        let context = stream.context();
        if !context.is_managing_stream_synchronization() {
            return;
        }
        // SAFETY: event and stream are alive, and of the current context.
        let recorded =
            check(unsafe { (driver.functions.event_record)(event.cu_event().cast(), stream.cu_stream().cast()) });
        if recorded.is_err() {
            unrecorded(stream);
        }
    }
}

#[cold]
fn unrecorded(stream: &CudaStream) {
    let context = stream.context();
    context.record_err(stream.synchronize());
}

/// A view that a safe launch reads.
#[inline]
pub(crate) fn pass_read<'s, T>(view: &'s CudaView<'_, T>, on: &'s CudaStream) -> (u64, Guard<'s>) {
    SliceInput::<T, CudaStream>::pass(view, on)
}

/// A view that a safe launch writes: a tensor descriptor's, of which the declaration says that its elements may have
/// any bits.
#[inline]
pub(crate) fn pass_written<'s, T>(view: CudaViewMut<'s, T>, on: &'s CudaStream) -> (u64, Guard<'s>) {
    let asked = Asked::new::<T>(DeviceSlice::<T>::stream(&view), view.len(), on);
    asked.pass(false, move || Output::<T>::pass(view, on))
}

macro_rules! checked_slices {
    ($($trait:ident ($($bound:tt)*) for $type:ty, by $plain:ident, reads: $reads:literal;)*) => { $(
        impl<T $($bound)*> $trait<T, CudaStream> for $type {
            #[inline]
            fn pass<'s>(self, on: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                let asked = Asked::new::<T>(DeviceSlice::<T>::stream(&*self), self.len(), on);
                asked.pass($reads, move || $plain::<T>::pass(self, on))
            }
        }
    )* };
}

macro_rules! checked_views {
    ($($trait:ident ($($bound:tt)*) for $type:ty, by $plain:ident, reads: $reads:literal;)*) => { $(
        impl<T $($bound)*> $trait<T, CudaStream> for $type {
            #[inline]
            fn pass<'s>(self, on: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                let asked = Asked::new::<T>(DeviceSlice::<T>::stream(&self), self.len(), on);
                asked.pass($reads, move || $plain::<T>::pass(self, on))
            }
        }
    )* };
}

checked_slices! {
    SliceInput () for &CudaSlice<T>, by Input, reads: true;
    SliceInput () for &mut CudaSlice<T>, by Input, reads: true;
    SliceInput () for &CudaView<'_, T>, by Input, reads: true;
    SliceInput () for &CudaViewMut<'_, T>, by Input, reads: true;
    SliceInput () for &mut CudaViewMut<'_, T>, by Input, reads: true;
    SliceOutput (: AnyBits) for &mut CudaSlice<T>, by Output, reads: false;
    SliceOutput (: AnyBits) for &mut CudaViewMut<'_, T>, by Output, reads: false;
}

checked_views! {
    SliceInput () for CudaView<'_, T>, by Input, reads: true;
    SliceOutput (: AnyBits) for CudaViewMut<'_, T>, by Output, reads: false;
}

impl<T> Sealed for &CudaSlice<T> {}
impl<T> Sealed for &mut CudaSlice<T> {}
impl<T> Sealed for &CudaView<'_, T> {}
impl<T> Sealed for CudaView<'_, T> {}
impl<T> Sealed for &CudaViewMut<'_, T> {}
impl<T> Sealed for &mut CudaViewMut<'_, T> {}
impl<T> Sealed for CudaViewMut<'_, T> {}

macro_rules! nullable {
    ($($(#[$attribute:meta])* $nullable:ident ($($bound:tt)*) of $plain:ident;)*) => { $(
        $(#[$attribute])*
        pub trait $nullable<T $($bound)*, On: ?Sized>: SealedNullable {
            /// Whether it is memory, and not nothing.
            #[doc(hidden)]
            fn is_given(&self) -> bool;

            /// The address, and what to record once the kernel is on its stream.
            #[doc(hidden)]
            fn pass<'s>(self, on: &'s On) -> (u64, Guard<'s>)
            where
                Self: 's;
        }

        impl<T $($bound)*, On: ?Sized, P: $plain<T, On>> $nullable<T, On> for P {
            #[inline]
            fn is_given(&self) -> bool {
                true
            }

            #[inline]
            fn pass<'s>(self, on: &'s On) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                $plain::pass(self, on)
            }
        }

        impl<T $($bound)*, On: ?Sized, P: $plain<T, On>> $nullable<T, On> for Option<P> {
            #[inline]
            fn is_given(&self) -> bool {
                self.is_some()
            }

            #[inline]
            fn pass<'s>(self, on: &'s On) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                match self {
                    Some(memory) => memory.pass(on),
                    None => (0, Guard::untracked()),
                }
            }
        }

        impl<T $($bound)*, On: ?Sized> $nullable<T, On> for Null {
            #[inline]
            fn is_given(&self) -> bool {
                false
            }

            #[inline]
            fn pass<'s>(self, _: &'s On) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                (0, Guard::untracked())
            }
        }
    )* };
}

nullable! {
    /// What a safe launch takes for an `Option<&[T]>`: a [`SliceInput`], an `Option` of one, or [`Null`].
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be passed for `Option<&[{T}]>` of a safe launch",
        label = "expected device memory of `{T}` whose length and lifetime are known, or nothing",
        note = "a launch takes `&CudaSlice<{T}>`, `&CudaView<{T}>`, an `Option` of one of them, or `Null`"
    )]
    NullableSliceInput () of SliceInput;

    /// What a safe launch takes for an `Option<&mut [T]>`: a [`SliceOutput`], an `Option` of one, or [`Null`].
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be passed for `Option<&mut [{T}]>` of a safe launch",
        label = "expected device memory of `{T}` whose length and lifetime are known, or nothing",
        note = "a launch takes `&mut CudaSlice<{T}>`, `&mut CudaViewMut<{T}>`, an `Option` of one of them, or `Null`"
    )]
    NullableSliceOutput (: AnyBits) of SliceOutput;
}
