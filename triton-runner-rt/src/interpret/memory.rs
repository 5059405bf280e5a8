//! Host memory as arguments of an interpreted kernel.

use std::mem::MaybeUninit;

use super::bytes::Bytes;
use super::element::{Element, filled};

/// Memory of the host for one argument, whatever its elements are.
#[derive(Debug)]
pub struct HostMemory<'a> {
    pub(super) bytes: Bytes<'a>,
    /// The elements' type in Rust, and its size.
    pub(super) element: (&'static str, usize),
    /// Whether its elements have no values before the kernel writes them.
    pub(super) uninitialized: bool,
    /// Bytes from an aligned address to its start.
    pub(super) misaligned: usize,
}

impl<'a> HostMemory<'a> {
    fn new<T>(bytes: Bytes<'a>, uninitialized: bool) -> Self
    where
        T: Element,
    {
        Self { bytes, element: (T::NAME, size_of::<T>()), uninitialized, misaligned: 0 }
    }

    fn read<T: Element>(elements: &'a [T]) -> Self {
        Self::new::<T>(Bytes::Read(T::read(elements)), false)
    }

    fn write<T: Element>(elements: &'a mut [T]) -> Self {
        Self::new::<T>(T::write(elements), false)
    }

    fn uninitialized<T: Element>(elements: &'a mut [MaybeUninit<T>]) -> Self {
        Self::new::<T>(T::write(filled(elements)), true)
    }

    /// The same memory for a while, only read.
    pub(super) fn reborrowed(&self) -> HostMemory<'_> {
        let bytes = match &self.bytes {
            Bytes::Read(bytes) => Bytes::Read(bytes),
            Bytes::Write(bytes) => Bytes::Read(bytes),
            Bytes::Flags { bytes, .. } => Bytes::Read(bytes),
        };
        HostMemory { bytes, ..*self }
    }

    /// The same memory for a while.
    pub(super) fn reborrowed_mut(&mut self) -> HostMemory<'_> {
        let bytes = match &mut self.bytes {
            Bytes::Read(bytes) => Bytes::Read(bytes),
            Bytes::Write(bytes) => Bytes::Write(bytes),
            Bytes::Flags { elements, .. } => <bool as Element>::write(elements),
        };
        HostMemory { bytes, ..*self }
    }

    pub(super) fn len(&self) -> usize {
        match &self.bytes {
            Bytes::Read(bytes) => bytes.len(),
            Bytes::Write(bytes) => bytes.len(),
            Bytes::Flags { bytes, .. } => bytes.len(),
        }
    }
}

pub(super) mod sealed {
    use super::HostMemory;

    /// Hands the memory to this crate alone.
    pub trait Pass<'a> {
        /// Where it would lie on a device, as far as alignment goes, and what the interpreter gets.
        fn into_memory(self) -> (u64, HostMemory<'a>);
    }
}
use sealed::Pass;

/// Host memory that a kernel reads: what `interpret` takes for a `&[T]` of the declaration.
///
/// A slice, a `Vec`, an array or a boxed slice, by reference; or [`Misaligned`](super::Misaligned) memory.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be interpreted as `&[{T}]`",
    label = "expected memory of the host with elements of `{T}` that the kernel reads",
    note = "pass a slice, a `Vec` or an array of `{T}` by reference",
    note = "device memory is for `launch`: `interpret` runs on the CPU",
    note = "`Null` and an `Option` go to arguments that are declared as `Option<&[{T}]>`"
)]
pub trait HostInput<'a, T>: Pass<'a> {}

/// Host memory that a kernel writes, and may read: what `interpret` takes for a `&mut [T]` of the declaration.
///
/// A slice, a `Vec`, an array or a boxed slice, by mutable reference; or [`Misaligned`](super::Misaligned) memory. Elements of
/// type [`MaybeUninit<T>`] have no values before the kernel writes them: reading one earlier is a finding, and where all are
/// written, [`Report::initialized`](super::Report::initialized) gives them as a `&mut [T]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be interpreted as `&mut [{T}]`",
    label = "expected memory of the host with elements of `{T}` that the kernel writes",
    note = "pass a slice, a `Vec` or an array of `{T}` or of `MaybeUninit<{T}>` by mutable reference",
    note = "device memory is for `launch`: `interpret` runs on the CPU",
    note = "`Null` and an `Option` go to arguments that are declared as `Option<&mut [{T}]>`"
)]
pub trait HostOutput<'a, T>: Pass<'a> {}

macro_rules! memory {
    ($(<$($parameter:ident)?> $container:ty, $uninitialized:ty;)*) => { $(
        impl<'a, T: Element $(, const $parameter: usize)?> Pass<'a> for &'a $container {
            fn into_memory(self) -> (u64, HostMemory<'a>) {
                (0, HostMemory::read::<T>(self))
            }
        }

        impl<'a, T: Element $(, const $parameter: usize)?> Pass<'a> for &'a mut $container {
            fn into_memory(self) -> (u64, HostMemory<'a>) {
                (0, HostMemory::write::<T>(self))
            }
        }

        impl<'a, T: Element $(, const $parameter: usize)?> Pass<'a> for &'a mut $uninitialized {
            fn into_memory(self) -> (u64, HostMemory<'a>) {
                (0, HostMemory::uninitialized::<T>(self))
            }
        }
    )* };
}

memory! {
    <> [T], [MaybeUninit<T>];
    <> Vec<T>, Vec<MaybeUninit<T>>;
    <> Box<[T]>, Box<[MaybeUninit<T>]>;
    <N> [T; N], [MaybeUninit<T>; N];
}

// Not by the macro, whose text would stand in messages.
impl<'a, T: Element> HostInput<'a, T> for &'a [T] {}
impl<'a, T: Element> HostInput<'a, T> for &'a Vec<T> {}
impl<'a, T: Element> HostInput<'a, T> for &'a Box<[T]> {}
impl<'a, T: Element, const N: usize> HostInput<'a, T> for &'a [T; N] {}
impl<'a, T: Element> HostInput<'a, T> for &'a mut [T] {}
impl<'a, T: Element> HostInput<'a, T> for &'a mut Vec<T> {}
impl<'a, T: Element> HostInput<'a, T> for &'a mut Box<[T]> {}
impl<'a, T: Element, const N: usize> HostInput<'a, T> for &'a mut [T; N] {}

impl<'a, T: Element> HostOutput<'a, T> for &'a mut [T] {}
impl<'a, T: Element> HostOutput<'a, T> for &'a mut Vec<T> {}
impl<'a, T: Element> HostOutput<'a, T> for &'a mut Box<[T]> {}
impl<'a, T: Element, const N: usize> HostOutput<'a, T> for &'a mut [T; N] {}
impl<'a, T: Element> HostOutput<'a, T> for &'a mut [MaybeUninit<T>] {}
impl<'a, T: Element> HostOutput<'a, T> for &'a mut Vec<MaybeUninit<T>> {}
impl<'a, T: Element> HostOutput<'a, T> for &'a mut Box<[MaybeUninit<T>]> {}
impl<'a, T: Element, const N: usize> HostOutput<'a, T> for &'a mut [MaybeUninit<T>; N] {}
