//! Logarithms, in `f64` for results in `f32`.

use std::f64::consts::{LN_2, LOG2_E, LOG10_2, LOG10_E};

/// Of which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the bases")]
pub(crate) enum Base {
    E,
    Two,
    Ten,
}

/// The logarithm of each element, within 1 ulp; −∞ of zero, NaN of what is below it.
pub(crate) fn log_f32(base: Base, row: &mut [f32]) {
    // What one binary place is worth, and what the natural logarithm is.
    let (place, natural) = match base {
        Base::E => (LN_2, 1.0),
        Base::Two => (1.0, LOG2_E),
        Base::Ten => (LOG10_2, LOG10_E),
    };
    log_scaled(place, natural, row);
}

vectorised! {
    fn log_scaled(place: f64, natural: f64, row: &mut [f32]) {
        for value in row {
            let (whole, natural_rest) = split(*value);
            let log = f64::from(whole).mul_add(place, natural_rest * natural) as f32;
            let log = if *value == 0.0 { f32::NEG_INFINITY } else { log };
            let log = if *value < 0.0 { f32::NAN } else { log };
            // Infinity and NaN, which twice are the same.
            *value = if *value < f32::INFINITY { log } else { *value + *value };
        }
    }

    /// The natural logarithm of 1 + x, within 1 ulp, also where x is small.
    pub(crate) fn log1p_f32(row: &mut [f32]) {
        for value in row {
            let x = f64::from(*value);
            let sum = 1.0 + x;
            let (whole, rest) = split(sum as f32);
            // What two roundings left out of the logarithm's argument, to first order and second.
            let rounded = f64::from(sum as f32);
            let missing = ((sum - rounded) + (x - (sum - 1.0))) / rounded;
            let log = f64::from(whole).mul_add(LN_2, rest) + missing * (1.0 - missing * (0.5 - missing / 3.0));
            let log = if *value == -1.0 { f32::NEG_INFINITY } else { log as f32 };
            let log = if *value < -1.0 { f32::NAN } else { log };
            let log = if *value == 0.0 { *value } else { log };
            *value = if *value < f32::INFINITY { log } else { *value + *value };
        }
    }
}

/// A positive number as 2 to a whole power times what has this natural logarithm, within 10⁻¹⁰ of it.
#[inline(always)]
fn split(value: f32) -> (i32, f64) {
    const ROOT_OF_HALF: i32 = 0x3f35_04f3;
    let is_denormal = value < f32::MIN_POSITIVE;
    let (normal, places) = if is_denormal { (value * 8_388_608.0, -23) } else { (value, 0) };
    let bits = normal.to_bits() as i32;
    let whole = bits.wrapping_sub(ROOT_OF_HALF) >> 23;
    let rest = f64::from(f32::from_bits(bits.wrapping_sub(whole << 23) as u32));
    // The logarithm of (1 + s) ÷ (1 − s), a power series in s.
    let s = (rest - 1.0) / (rest + 1.0);
    let square = s * s;
    let sum = 2.0_f64 / 13.0;
    let sum = sum.mul_add(square, 2.0 / 11.0);
    let sum = sum.mul_add(square, 2.0 / 9.0);
    let sum = sum.mul_add(square, 2.0 / 7.0);
    let sum = sum.mul_add(square, 2.0 / 5.0);
    let sum = sum.mul_add(square, 2.0 / 3.0);
    let sum = sum.mul_add(square, 2.0);
    (whole + places, s * sum)
}
