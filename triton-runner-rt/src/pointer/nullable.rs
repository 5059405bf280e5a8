//! Pointer arguments that may be null.

use cudarc::driver::CudaStream;

use super::{Guard, Input, Output};

/// No memory, for an argument declared as `Option<&[T]>` or `Option<&mut [T]>`.
///
/// `None` does the same where its type is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Null;

/// What can be passed for an `Option<&[T]>` of a declaration: what can be for `&[T]`, an `Option` of it, or [`Null`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `Option<&[{T}]>`",
    label = "expected device memory of `{T}` that the kernel reads, or nothing",
    note = "pass `&CudaSlice<{T}>`, `&CudaView<{T}>`, `DevicePointer<{T}>`, an `Option` of one of them, or `Null`"
)]
pub trait NullableInput<T> {
    /// Whether it is memory, and not nothing.
    #[doc(hidden)]
    fn is_given(&self) -> bool;

    /// The address, and what to hold until the kernel is on `stream`.
    #[doc(hidden)]
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's;
}

/// What can be passed for an `Option<&mut [T]>` of a declaration: what can be for `&mut [T]`, an `Option` of it, or
/// [`Null`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed for `Option<&mut [{T}]>`",
    label = "expected device memory of `{T}` that the kernel writes, or nothing",
    note = "pass `&mut CudaSlice<{T}>`, `&mut CudaViewMut<{T}>`, `DevicePointer<{T}>`, an `Option` of one of them, or \
            `Null`"
)]
pub trait NullableOutput<T> {
    /// Whether it is memory, and not nothing.
    #[doc(hidden)]
    fn is_given(&self) -> bool;

    /// The address, and what to hold until the kernel is on `stream`.
    #[doc(hidden)]
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's;
}

macro_rules! nullable {
    ($($nullable:ident of $plain:ident;)*) => { $(
        impl<T, P: $plain<T>> $nullable<T> for P {
            #[inline]
            fn is_given(&self) -> bool {
                true
            }

            #[inline]
            fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                $plain::pass(self, stream)
            }
        }

        impl<T, P: $plain<T>> $nullable<T> for Option<P> {
            #[inline]
            fn is_given(&self) -> bool {
                self.is_some()
            }

            #[inline]
            fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                match self {
                    Some(memory) => memory.pass(stream),
                    None => (0, Guard::untracked()),
                }
            }
        }

        impl<T> $nullable<T> for Null {
            #[inline]
            fn is_given(&self) -> bool {
                false
            }

            #[inline]
            fn pass<'s>(self, _: &'s CudaStream) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                (0, Guard::untracked())
            }
        }
    )* };
}

nullable! {
    NullableInput of Input;
    NullableOutput of Output;
}
