//! The element types that kernels are compiled for.

use std::fmt::Debug;

use rand::RngExt;
use triton_runner_rt::cudarc::driver::DeviceRepr;
use triton_runner_rt::half::{bf16, f16};

/// A number of 16 or 32 bits.
pub(crate) trait Element: DeviceRepr + Copy + Debug + PartialEq + 'static {
    /// From 1 to the next number: rounding moves a result by at most half of that, times the result.
    const EPSILON: f64;
    /// The smallest number above zero: rounding moves a result near zero by at most half of that.
    const TINY: f64;
    /// What outputs are filled with before a launch.
    const POISON: Self;

    /// The nearest number.
    fn from_f32(value: f32) -> Self;

    /// The same number.
    fn to_f64(self) -> f64;
}

impl Element for f16 {
    const EPSILON: f64 = 1.0 / 1024.0;
    const TINY: f64 = 1.0 / (1 << 24) as f64;
    const POISON: Self = f16::NAN;

    fn from_f32(value: f32) -> Self {
        f16::from_f32(value)
    }

    fn to_f64(self) -> f64 {
        f16::to_f64(self)
    }
}

impl Element for bf16 {
    const EPSILON: f64 = 1.0 / 128.0;
    // bf16 reaches as far down as fp32, and GPUs may take for zero what lies below its normal numbers.
    const TINY: f64 = f32::MIN_POSITIVE as f64;
    const POISON: Self = bf16::NAN;

    fn from_f32(value: f32) -> Self {
        bf16::from_f32(value)
    }

    fn to_f64(self) -> f64 {
        bf16::to_f64(self)
    }
}

/// RMSNorm is compiled for it.
impl Element for f32 {
    const EPSILON: f64 = f32::EPSILON as f64;
    const TINY: f64 = f32::MIN_POSITIVE as f64;
    const POISON: Self = f32::NAN;

    fn from_f32(value: f32) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

/// New random numbers from -`reach` to `reach`.
pub(crate) fn random<T: Element>(len: usize, reach: f32) -> Vec<T> {
    let mut rng = rand::rng();
    (0..len).map(|_| T::from_f32(rng.random_range(-reach..reach))).collect()
}

/// As float64.
pub(crate) fn widened<T: Element>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|number| number.to_f64()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_after_one<T: Element>() -> f64 {
        let above = |ulps: i32| T::from_f32(1.0 + ulps as f32 / 4096.0).to_f64();
        (1..).map(above).find(|&number| number > 1.0).unwrap() - 1.0
    }

    #[test]
    fn epsilon_is_the_distance_from_one_to_the_next_number() {
        assert_eq!(<f16 as Element>::EPSILON, next_after_one::<f16>());
        assert_eq!(<bf16 as Element>::EPSILON, next_after_one::<bf16>());
    }

    #[test]
    fn tiny_is_a_number_of_the_type_and_its_half_is_none() {
        assert_eq!(<f16 as Element>::from_f32(<f16 as Element>::TINY as f32).to_f64(), <f16 as Element>::TINY);
        assert_eq!(<f16 as Element>::from_f32(<f16 as Element>::TINY as f32 / 4.0).to_f64(), 0.0);
        assert_eq!(<bf16 as Element>::from_f32(<bf16 as Element>::TINY as f32).to_f64(), <bf16 as Element>::TINY);
    }
}
