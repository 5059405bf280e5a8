//! Pointer arguments that may be null.

use super::memory::{HostInput, HostMemory, HostOutput};
use crate::Null;

/// What `interpret` takes for an `Option<&[T]>` of the declaration: what it takes for `&[T]`, an `Option` of it, or [`Null`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be interpreted as `Option<&[{T}]>`",
    label = "expected memory of the host with elements of `{T}` that the kernel reads, or nothing",
    note = "pass a slice, a `Vec` or an array of `{T}` by reference, an `Option` of one of them, or `Null`"
)]
pub trait NullableHostInput<'a, T> {
    /// Whether it is memory, and not nothing.
    #[doc(hidden)]
    fn is_given(&self) -> bool;

    #[doc(hidden)]
    fn pass(self) -> (u64, Option<HostMemory<'a>>);
}

/// What `interpret` takes for an `Option<&mut [T]>` of the declaration: what it takes for `&mut [T]`, an `Option` of it, or
/// [`Null`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be interpreted as `Option<&mut [{T}]>`",
    label = "expected memory of the host with elements of `{T}` that the kernel writes, or nothing",
    note = "pass a slice, a `Vec` or an array of `{T}` by mutable reference, an `Option` of one of them, or `Null`"
)]
pub trait NullableHostOutput<'a, T> {
    /// Whether it is memory, and not nothing.
    #[doc(hidden)]
    fn is_given(&self) -> bool;

    #[doc(hidden)]
    fn pass(self) -> (u64, Option<HostMemory<'a>>);
}

macro_rules! nullable {
    ($($nullable:ident of $plain:ident;)*) => { $(
        impl<'a, T, P: $plain<'a, T>> $nullable<'a, T> for P {
            fn is_given(&self) -> bool {
                true
            }

            fn pass(self) -> (u64, Option<HostMemory<'a>>) {
                let (address, memory) = super::memory::sealed::Pass::into_memory(self);
                (address, Some(memory))
            }
        }

        impl<'a, T, P: $plain<'a, T>> $nullable<'a, T> for Option<P> {
            fn is_given(&self) -> bool {
                self.is_some()
            }

            fn pass(self) -> (u64, Option<HostMemory<'a>>) {
                match self {
                    Some(memory) => $nullable::<T>::pass(memory),
                    None => (0, None),
                }
            }
        }

        impl<'a, T> $nullable<'a, T> for Null {
            fn is_given(&self) -> bool {
                false
            }

            fn pass(self) -> (u64, Option<HostMemory<'a>>) {
                (0, None)
            }
        }
    )* };
}

nullable! {
    NullableHostInput of HostInput;
    NullableHostOutput of HostOutput;
}
