//! Elements of host memory, and scalars, as the interpreter takes them.

use std::mem::MaybeUninit;

use bytemuck::{cast_slice, cast_slice_mut, try_cast_slice_mut};
use half::slice::{HalfBitsSliceExt as _, HalfFloatSliceExt as _};
use half::{bf16, f16};
use triton_runner_interpreter::Argument;

use super::bytes::Bytes;
use crate::{F8E4M3, F8E5M2};

mod sealed {
    pub trait Sealed {}
}

/// A type of a kernel's scalars and of the elements of its memory: `bool`, integers of 8 to 64 bits, `f16`, `bf16`, `f32`,
/// `f64`, [`F8E4M3`] and [`F8E5M2`].
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// Its name in Rust.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Zero.
    #[doc(hidden)]
    const ZERO: Self;

    /// The bytes of memory that is read.
    #[doc(hidden)]
    fn read(elements: &[Self]) -> &[u8];

    /// The bytes of memory that is written.
    #[doc(hidden)]
    fn write(elements: &mut [Self]) -> Bytes<'_>;

    /// The elements that [`write`](Self::write) was given; `None` if they were of another type.
    #[doc(hidden)]
    fn back(bytes: Bytes<'_>) -> Option<&mut [Self]>;

    /// A scalar argument.
    #[doc(hidden)]
    fn argument(self) -> Argument;
}

/// Memory without values, made zeros: its bytes exist then, whatever the interpreter does with them.
pub(super) fn filled<T: Element>(elements: &mut [MaybeUninit<T>]) -> &mut [T] {
    for element in &mut *elements {
        element.write(T::ZERO);
    }
    // SAFETY: each element was just written, and `MaybeUninit<T>` lies in memory as `T` does.
    unsafe { &mut *(std::ptr::from_mut(elements) as *mut [T]) }
}

/// Numbers of `half` as integers, which bytes are made of; others are what they are.
macro_rules! numbers {
    (plain $elements:ident) => {
        $elements
    };
    (half $elements:ident) => {
        $elements.reinterpret_cast()
    };
}

macro_rules! numbers_mut {
    (plain $elements:ident) => {
        $elements
    };
    (half $elements:ident) => {
        $elements.reinterpret_cast_mut()
    };
}

/// Bytes as the elements that they are of.
macro_rules! back {
    (plain $bytes:ident) => {
        try_cast_slice_mut($bytes).ok()
    };
    (half $bytes:ident) => {
        try_cast_slice_mut::<u8, u16>($bytes).ok().map(|numbers| numbers.reinterpret_cast_mut())
    };
}

macro_rules! elements {
    ($($form:ident $type:ident, $zero:expr, $value:ident => $argument:expr;)*) => { $(
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const NAME: &'static str = stringify!($type);
            const ZERO: Self = $zero;

            fn read(elements: &[Self]) -> &[u8] {
                cast_slice(numbers!($form elements))
            }

            fn write(elements: &mut [Self]) -> Bytes<'_> {
                Bytes::Write(cast_slice_mut(numbers_mut!($form elements)))
            }

            fn back(bytes: Bytes<'_>) -> Option<&mut [Self]> {
                match bytes {
                    Bytes::Write(bytes) => back!($form bytes),
                    _ => None,
                }
            }

            fn argument(self) -> Argument {
                let $value = self;
                $argument
            }
        }
    )* };
}

elements! {
    plain i8, 0, value => Argument::Integer(value.into());
    plain i16, 0, value => Argument::Integer(value.into());
    plain i32, 0, value => Argument::Integer(value.into());
    plain i64, 0, value => Argument::Integer(value.into());
    plain u8, 0, value => Argument::Integer(value.into());
    plain u16, 0, value => Argument::Integer(value.into());
    plain u32, 0, value => Argument::Integer(value.into());
    plain u64, 0, value => Argument::Integer(value.into());
    half f16, f16::ZERO, value => Argument::Float(value.into());
    half bf16, bf16::ZERO, value => Argument::Float(value.into());
    plain f32, 0.0, value => Argument::Float(value.into());
    plain f64, 0.0, value => Argument::Float(value);
    plain F8E4M3, F8E4M3::from_bits(0), value => Argument::Float(value.to_f32().into());
    plain F8E5M2, F8E5M2::from_bits(0), value => Argument::Float(value.to_f32().into());
}

impl sealed::Sealed for bool {}

impl Element for bool {
    const NAME: &'static str = "bool";
    const ZERO: Self = false;

    fn read(elements: &[Self]) -> &[u8] {
        cast_slice(elements)
    }

    /// A kernel may store any byte there, and a `bool` is 0 or 1: it works on a copy.
    fn write(elements: &mut [Self]) -> Bytes<'_> {
        let bytes = Self::read(elements).to_vec();
        Bytes::Flags { elements, bytes }
    }

    fn back(bytes: Bytes<'_>) -> Option<&mut [Self]> {
        match bytes {
            Bytes::Flags { elements, .. } => Some(elements),
            _ => None,
        }
    }

    fn argument(self) -> Argument {
        Argument::Integer(self.into())
    }
}
