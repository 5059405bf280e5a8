//! The types that a family of kernels can be compiled for.

use std::fmt::Debug;

use crate::pointer::AnyBits;
use crate::{F8E4M3, F8E5M2};

/// What cudarc asks for of the elements of its slices, where it knows all of these types.
#[cfg(feature = "f16")]
mod device {
    use cudarc::driver::{DeviceRepr, ValidAsZeroBits};

    pub trait Device: DeviceRepr + ValidAsZeroBits {}

    impl<T: DeviceRepr + ValidAsZeroBits> Device for T {}
}
#[cfg(not(feature = "f16"))]
mod device {
    pub trait Device {}

    impl<T> Device for T {}
}
use device::Device;

/// What the interpreter asks for, where it is.
#[cfg(not(feature = "interpreter"))]
mod interpreted {
    pub trait Interpreted {}

    impl<T> Interpreted for T {}
}
#[cfg(feature = "interpreter")]
use crate::interpret::Element as Interpreted;
#[cfg(not(feature = "interpreter"))]
use interpreted::Interpreted;

/// A type that a family of kernels can be compiled for: integers of 8 to 64 bits, `f16`, `bf16`, `f32`, `f64`, [`F8E4M3`] and
/// [`F8E5M2`].
///
/// `triton_kernel! { pub fn rms_norm<T>(x: &[T], …); }` makes a trait of those that the family was compiled for,
/// `RmsNormElement`, of which this is a part. With the feature `f16` all of them are cudarc's `DeviceRepr` and
/// `ValidAsZeroBits`, so that a function over `T: RmsNormElement` can allocate memory of `T` and copy to it; with the feature
/// `interpreter` they are elements of [`interpret`](https://docs.rs/triton-runner-rt/latest/triton_runner_rt/interpret/), so that
/// it can interpret the kernel.
pub trait FamilyElement:
    AnyBits + Device + Interpreted + Copy + Debug + PartialEq + Send + Sync + Unpin + 'static
{
}

macro_rules! elements {
    ($($type:ty),*) => { $(
        impl FamilyElement for $type {}
    )* };
}

elements!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, half::f16, half::bf16, F8E4M3, F8E5M2);
