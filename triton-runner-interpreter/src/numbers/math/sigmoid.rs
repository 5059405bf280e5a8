//! The hyperbolic tangent and the error function, in `f64` for results in `f32`.

use std::f64::consts::{FRAC_2_SQRT_PI, LOG2_E};

use super::exponential::power_f64;

vectorised! {
    /// Within 1 ulp.
    pub(crate) fn tanh_f32(row: &mut [f32]) {
        for value in row {
            let magnitude = f64::from(value.abs());
            // Above this it is 1; NaN passes.
            let magnitude = if magnitude > 10.0 { 10.0 } else { magnitude };
            let large = 1.0 - 2.0 / (power_f64(magnitude * (2.0 * LOG2_E)) + 1.0);
            let small = (magnitude * magnitude * magnitude).mul_add(-1.0 / 3.0, magnitude);
            let tanh = if magnitude < 1.0 / 1024.0 { small } else { large };
            *value = (tanh as f32).copysign(*value);
        }
    }

    /// Within 1 ulp.
    pub(crate) fn erf_f32(row: &mut [f32]) {
        for value in row {
            let x = f64::from(value.abs());
            // Above this it is 1; NaN passes.
            let x = if x > 4.0 { 4.0 } else { x };
            // −log₂(1 − erf x) ÷ x, minimax on [0, 4.05], 10⁻¹⁰.
            let sum = 6.745_299_823_718_844e-10_f64;
            let sum = sum.mul_add(x, -2.084_138_374_496_218_4e-8);
            let sum = sum.mul_add(x, 2.896_276_312_574_947_4e-7);
            let sum = sum.mul_add(x, -2.373_764_243_074_892_7e-6);
            let sum = sum.mul_add(x, 1.251_863_627_457_649_6e-5);
            let sum = sum.mul_add(x, -4.218_979_543_858_185e-5);
            let sum = sum.mul_add(x, 7.289_827_270_036_404e-5);
            let sum = sum.mul_add(x, 7.671_896_763_446_66e-5);
            let sum = sum.mul_add(x, -8.940_547_939_742_03e-4);
            let sum = sum.mul_add(x, 2.476_069_086_437_335_5e-3);
            let sum = sum.mul_add(x, -3.140_506_473_819_795e-4);
            let sum = sum.mul_add(x, -2.759_348_491_012_634_5e-2);
            let sum = sum.mul_add(x, 0.148_269_140_558_016);
            let sum = sum.mul_add(x, 0.918_448_207_437_126_9);
            let sum = sum.mul_add(x, 1.627_907_028_459_54);
            let exponent = sum * x;
            let large = 1.0 - power_f64(-exponent);
            let small = x * FRAC_2_SQRT_PI;
            let erf = if x < 1.0 / 1048576.0 { small } else { large };
            *value = (erf as f32).copysign(*value);
        }
    }
}
