//! What the safe forms of a launch take: memory whose length, lifetime and order this crate knows.

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut, DevicePtr, DevicePtrMut, DeviceSlice};

use super::event::{self, Known};
use super::record::Record;
use super::{Guard, Home, Null, Order};
use crate::driver::{Driver, DriverError, abi};
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
    /// It is no memory of the graph that is captured.
    NotHeld,
    /// The stream could not wait for who else uses it.
    Unwaited(DriverError),
}

/// What is known of a slice that can go with a launch, before anything is done with it.
#[derive(Clone, Copy)]
struct Asked {
    /// Whether it was allocated on the stream of the launch.
    own: bool,
    /// Whether cudarc's tracking is on.
    tracked: bool,
    bytes: usize,
}

impl Asked {
    #[inline(always)]
    fn new<T>(of: &Arc<CudaStream>, len: usize, on: &CudaStream) -> Result<Self, SliceFault> {
        let context = on.context();
        if !Arc::ptr_eq(of.context(), context) {
            return Err(elsewhere(of, on));
        }
        let (own, tracked) = (stream::is_same(of, on), stream::is_tracked(context));
        if !own && !tracked {
            return Err(SliceFault::Untracked);
        }
        // A length whose bytes can't be counted was never allocated.
        Ok(Self { own, tracked, bytes: len.checked_mul(size_of::<T>()).unwrap_or(0) })
    }

    /// Passes it.
    ///
    /// A slice has one event for its readers and one for its writers, and a second record of one takes the place of the
    /// first. So who records one has waited for it. A reader records the writers' event, where it is known, as a writer
    /// does: who reads by cudarc later records the other one, and waits for this one.
    #[inline(always)]
    fn pass<'s, M>(
        self,
        memory: M,
        on: &'s CudaStream,
        known: impl FnOnce(&mut M, &CudaContext) -> Option<Known>,
        plain: impl FnOnce(M, &CudaStream) -> (u64, Option<abi::Event>),
    ) -> (u64, Guard<'s>) {
        let (address, record) = if self.tracked {
            match ordered(memory, on, known, plain) {
                Ok(passed) => passed,
                Err(error) => return (0, Guard::faulty(SliceFault::Unwaited(error))),
            }
        } else {
            // Nothing waits. If tracking begins now, it waits for the context and sees the record.
            let (address, event) = plain(memory, on);
            (address, event.map(|event| Record::new(event, on)))
        };
        let order = match record {
            Some(record) => Order::Recorded(record),
            None if self.own => Order::Unknown,
            None => Order::Refused(SliceFault::Untracked),
        };
        (address, Guard { bytes: self.bytes, order })
    }
}

/// Lets the stream of a launch wait for what used its memory before.
#[inline(never)]
fn ordered<'s, M>(
    mut memory: M,
    on: &'s CudaStream,
    known: impl FnOnce(&mut M, &CudaContext) -> Option<Known>,
    plain: impl FnOnce(M, &CudaStream) -> (u64, Option<abi::Event>),
) -> Result<(u64, Option<Record<'s>>), DriverError> {
    let known = known(&mut memory, on.context());
    let Known { address, read, write } = known.unwrap_or_else(|| {
        // cudarc waits, and tells one event.
        let (address, event) = plain(memory, on);
        Known { address, read: None, write: event }
    });
    let Some(event) = write else { return Ok((address, None)) };
    let driver = Driver::found().ok_or(DriverError::from_code(abi::ERROR_NOT_FOUND))?;
    let record = Record::new(event, on);
    if let Some(read) = read {
        record.wait_for(driver, read)?;
    }
    record.wait(driver)?;
    Ok((address, Some(record)))
}

#[cold]
fn elsewhere(of: &CudaStream, on: &CudaStream) -> SliceFault {
    let home = Home::of(of.context());
    if home.context == on.context().cu_ctx().cast() { SliceFault::OtherHandle } else { SliceFault::Elsewhere(home) }
}

impl<'a> Guard<'a> {
    /// Of memory that a graph keeps, which is ordered where the graph is launched.
    pub(crate) fn held(bytes: usize) -> Self {
        Guard { bytes, order: Order::Unknown }
    }

    /// Of memory that can't go with the launch.
    #[cold]
    pub(crate) fn faulty(fault: SliceFault) -> Self {
        Guard { bytes: 0, order: Order::Refused(fault) }
    }

    /// Bytes behind the address; 0 for null.
    #[doc(hidden)]
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[inline]
    pub(crate) fn fault(&self) -> Option<SliceFault> {
        match &self.order {
            Order::Refused(fault) => Some(*fault),
            _ => None,
        }
    }

    /// What a safe launch records of the memory.
    #[inline]
    pub(crate) fn record(&self) -> Option<&Record<'a>> {
        match &self.order {
            Order::Recorded(record) => Some(record),
            _ => None,
        }
    }
}

/// Address and event by one of cudarc's methods, which waits where it has to.
macro_rules! told {
    ($method:ident) => {
        |memory, on| {
            let (address, sync) = memory.$method(on);
            (address, event::taken(sync))
        }
    };
}

/// A view that a safe launch writes: a tensor descriptor's, of which the declaration says that its elements may have
/// any bits.
#[inline]
pub(crate) fn pass_written<'s, T>(view: CudaViewMut<'s, T>, on: &'s CudaStream) -> (u64, Guard<'s>) {
    match Asked::new::<T>(DeviceSlice::<T>::stream(&view), view.len(), on) {
        Ok(asked) => asked.pass(view, on, Known::of, told!(view_ptr_mut)),
        Err(fault) => (0, Guard::faulty(fault)),
    }
}

/// A view that is borrowed: cudarc tells of its readers' event alone.
#[inline]
fn readers_alone<M>(_: &mut M, _: &CudaContext) -> Option<Known> {
    None
}

macro_rules! checked {
    ($($trait:ident ($($bound:tt)*) for $type:ty, ($($of:tt)*) by $method:ident, $known:expr;)*) => { $(
        impl<T $($bound)*> $trait<T, CudaStream> for $type {
            // Out of line it is a copy of the guard, and dearer than all that it does.
            #[inline(always)]
            fn pass<'s>(self, on: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                let of = $($of)* self;
                match Asked::new::<T>(DeviceSlice::<T>::stream(of), DeviceSlice::<T>::len(of), on) {
                    Ok(asked) => asked.pass(self, on, $known, told!($method)),
                    Err(fault) => (0, Guard::faulty(fault)),
                }
            }
        }
    )* };
}

checked! {
    SliceInput () for &CudaSlice<T>, (&*) by device_ptr, |slice, context| Known::of_shared(*slice, context);
    SliceInput () for &mut CudaSlice<T>, (&*) by device_ptr, |slice, context| Known::of_shared(&**slice, context);
    SliceInput () for &CudaView<'_, T>, (&*) by device_ptr, readers_alone;
    SliceInput () for CudaView<'_, T>, (&) by view_ptr, readers_alone;
    SliceInput () for &CudaViewMut<'_, T>, (&*) by device_ptr, |view, context| Known::of_shared(*view, context);
    SliceInput () for &mut CudaViewMut<'_, T>, (&*) by device_ptr, |view, context| Known::of_shared(&**view, context);
    SliceOutput (: AnyBits) for &mut CudaSlice<T>, (&*) by device_ptr_mut, |slice, context| Known::of(*slice, context);
    SliceOutput (: AnyBits) for &mut CudaViewMut<'_, T>, (&*) by device_ptr_mut, |view, context| Known::of(*view, context);
    SliceOutput (: AnyBits) for CudaViewMut<'_, T>, (&) by view_ptr_mut, Known::of;
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
