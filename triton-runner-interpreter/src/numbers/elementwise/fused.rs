//! `math.fma` and `tt.clampf`.

use super::extremes;
use crate::numbers::format::{Format, Rounding, f64_to_f32};

vectorised! {
    /// `a = a · b + c`, rounded once.
    pub fn fma_f32(a: &mut [f32], b: &[f32], c: &[f32]) {
        for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
            *a = a.mul_add(*b, *c);
        }
    }

    /// `a = a · b + c`, rounded once.
    pub fn fma_f64(a: &mut [f64], b: &[f64], c: &[f64]) {
        for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
            *a = a.mul_add(*b, *c);
        }
    }

    /// `sum = a · b + c` in numbers of at most 24 bits, rounded to odd in `f64`, so that rounding it to `f16` or `bf16`
    /// gives what rounding once gives.
    fn fma_to_odd(a: &[f32], b: &[f32], c: &[f32], sum: &mut [f64]) {
        for (((a, b), c), sum) in a.iter().zip(b).zip(c).zip(sum) {
            // Exact: 48 bits at most.
            let product = f64::from(*a) * f64::from(*b);
            let addend = f64::from(*c);
            let near = product + addend;
            // What the addition dropped, exactly.
            let other = near - product;
            let dropped = (product - (near - other)) + (addend - other);
            let bits = near.to_bits();
            // An even last place and something dropped: the odd neighbour on its side. Away from zero is one more.
            let away = (dropped > 0.0) == (near > 0.0);
            let odd = if away { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
            let is_inexact = dropped != 0.0 && near.is_finite() && bits & 1 == 0;
            *sum = f64::from_bits(if is_inexact { odd } else { bits });
        }
    }

    fn clamp_f32_number(value: &mut [f32], least: &[f32], most: &[f32]) {
        for ((value, least), most) in value.iter_mut().zip(least).zip(most) {
            *value = extremes::f32::min_number(extremes::f32::max_number(*value, *least), *most);
        }
    }

    fn clamp_f32_nan(value: &mut [f32], least: &[f32], most: &[f32]) {
        for ((value, least), most) in value.iter_mut().zip(least).zip(most) {
            *value = extremes::f32::minimum(extremes::f32::maximum(*value, *least), *most);
        }
    }

    fn clamp_f64_number(value: &mut [f64], least: &[f64], most: &[f64]) {
        for ((value, least), most) in value.iter_mut().zip(least).zip(most) {
            *value = extremes::f64::min_number(extremes::f64::max_number(*value, *least), *most);
        }
    }

    fn clamp_f64_nan(value: &mut [f64], least: &[f64], most: &[f64]) {
        for ((value, least), most) in value.iter_mut().zip(least).zip(most) {
            *value = extremes::f64::minimum(extremes::f64::maximum(*value, *least), *most);
        }
    }
}

/// `a = a · b + c` in `f16` or `bf16`, rounded once.
pub fn fma_narrow(format: Format, a: &mut [f32], b: &[f32], c: &[f32]) {
    let mut sums = [0.0; 128];
    for ((a, b), c) in a.chunks_mut(sums.len()).zip(b.chunks(sums.len())).zip(c.chunks(sums.len())) {
        let sums = &mut sums[..a.len()];
        fma_to_odd(a, b, c, sums);
        f64_to_f32(format, Rounding::NearestEven, sums, a);
    }
}

/// `tt.clampf`: min(max(value, least), most), dropping NaN or, with `propagate_nan`, keeping it.
pub fn clamp_f32(propagate_nan: bool, value: &mut [f32], least: &[f32], most: &[f32]) {
    if propagate_nan { clamp_f32_nan(value, least, most) } else { clamp_f32_number(value, least, most) }
}

/// The same in `f64`.
pub fn clamp_f64(propagate_nan: bool, value: &mut [f64], least: &[f64], most: &[f64]) {
    if propagate_nan { clamp_f64_nan(value, least, most) } else { clamp_f64_number(value, least, most) }
}
