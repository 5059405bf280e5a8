//! Conversions of integers: `arith.sitofp`, `uitofp`, `fptosi`, `fptoui`, `extsi`, `extui`, `trunci`.

use super::{Class, Format, Rounding, f64_to_f32, round_f32};

/// How the bits of an integer are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Signedness {
    Signed,
    Unsigned,
}

impl Signedness {
    fn is_unsigned(self) -> bool {
        self == Self::Unsigned
    }
}

/// The bits of an integer of this width, where it is narrower than `i32`.
fn low_bits(bits: u32) -> i32 {
    if bits >= 32 { -1 } else { (1_i32 << bits) - 1 }
}

/// Integers of `bits` bits as numbers of `format`, rounded once to the nearest, of two the even one.
pub fn i32_to_f32(sign: Signedness, bits: u32, format: Format, integers: &[i32], values: &mut [f32]) {
    debug_assert_eq!(format.class(), Class::F32);
    // Below 24 bits `f32` is exact; above, `f16` and eight bits have no number left to choose. `bf16` has.
    if format == Format::Bf16 && bits > 24 {
        let mut row = [0.0; 64];
        for (integers, values) in integers.chunks(row.len()).zip(values.chunks_mut(row.len())) {
            i32_to_f64(sign, bits, integers, &mut row);
            f64_to_f32(format, Rounding::NearestEven, &row, values);
        }
        return;
    }
    match sign {
        Signedness::Signed => signed_to_f32(integers, values),
        Signedness::Unsigned => unsigned_to_f32(low_bits(bits), integers, values),
    }
    round_f32(format, Rounding::NearestEven, values);
}

/// The same from `i64`.
pub fn i64_to_f32(sign: Signedness, format: Format, integers: &[i64], values: &mut [f32]) {
    debug_assert_eq!(format.class(), Class::F32);
    for (integer, value) in integers.iter().zip(&mut *values) {
        let (magnitude, negative) = match sign {
            Signedness::Unsigned => (*integer as u64, false),
            Signedness::Signed => (integer.unsigned_abs(), *integer < 0),
        };
        let magnitude = if format == Format::F32 { magnitude } else { odd(magnitude) };
        *value = if negative { -(magnitude as f32) } else { magnitude as f32 };
    }
    round_f32(format, Rounding::NearestEven, values);
}

/// The upper 24 bits, the last of them set where a lower one is: rounds to fewer bits as the whole number does.
fn odd(magnitude: u64) -> u64 {
    let low = (1_u64 << 40_u32.saturating_sub(magnitude.leading_zeros())) - 1;
    if magnitude & low == 0 { magnitude } else { magnitude & !low | (low + 1) }
}

/// Exact.
pub fn i32_to_f64(sign: Signedness, bits: u32, integers: &[i32], values: &mut [f64]) {
    let low = if sign.is_unsigned() { low_bits(bits) } else { -1 };
    for (integer, value) in integers.iter().zip(values) {
        *value = if sign.is_unsigned() { f64::from((integer & low) as u32) } else { f64::from(*integer) };
    }
}

/// To the nearest, of two the even one.
pub fn i64_to_f64(sign: Signedness, integers: &[i64], values: &mut [f64]) {
    for (integer, value) in integers.iter().zip(values) {
        *value = if sign.is_unsigned() { *integer as u64 as f64 } else { *integer as f64 };
    }
}

/// Towards zero, as `cvt.rzi`: what lies outside becomes the nearest integer of the width, NaN becomes 0, and from `f64`
/// or to 64 bits the highest bit alone, as a GPU gives it. To 8 bits it is the low half of what 16 bits hold. Gives the first lane that lay outside or was NaN: LLVM leaves its value open.
pub fn f32_to_i32(sign: Signedness, bits: u32, values: &[f32], integers: &mut [i32]) -> Option<usize> {
    let (least, most) = range(sign, bits);
    // The machine has no conversion to 8 bits.
    let (low, high) = range(sign, bits.max(16));
    f32_to_bounded(low, high, values, integers);
    if bits < 32 {
        wrap_i32(bits, integers);
    }
    any_outside(least, most, values)
        .then(|| values.iter().position(|value| is_outside(f64::from(*value), least, most)))
        .flatten()
}

/// The same from `f64`.
pub fn f64_to_i32(sign: Signedness, bits: u32, values: &[f64], integers: &mut [i32]) -> Option<usize> {
    let (least, most) = range(sign, bits);
    let (low, high) = range(sign, bits.max(16));
    let nan = i32::MIN >> (32 - bits.clamp(16, 32));
    f64_to_bounded(low, high, nan, values, integers);
    if bits < 32 {
        wrap_i32(bits, integers);
    }
    values.iter().position(|value| is_outside(*value, least, most))
}

/// The same from `f32` to `i64`.
pub fn f32_to_i64(sign: Signedness, values: &[f32], integers: &mut [i64]) -> Option<usize> {
    for (value, integer) in values.iter().zip(integers) {
        *integer = to_i64(sign, f64::from(*value));
    }
    values.iter().position(|value| is_outside_i64(sign, f64::from(*value)))
}

/// The same from `f64` to `i64`.
pub fn f64_to_i64(sign: Signedness, values: &[f64], integers: &mut [i64]) -> Option<usize> {
    for (value, integer) in values.iter().zip(integers) {
        *integer = to_i64(sign, *value);
    }
    values.iter().position(|value| is_outside_i64(sign, *value))
}

fn to_i64(sign: Signedness, value: f64) -> i64 {
    match sign {
        _ if value.is_nan() => i64::MIN,
        Signedness::Unsigned => value as u64 as i64,
        Signedness::Signed => value as i64,
    }
}

fn is_outside_i64(sign: Signedness, value: f64) -> bool {
    // 2⁶³ and 2⁶⁴ are the first whole numbers outside.
    let (least, end) = match sign {
        Signedness::Signed => (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0),
        Signedness::Unsigned => (0.0, 18_446_744_073_709_551_616.0),
    };
    !(value.trunc() >= least && value < end)
}

fn range(sign: Signedness, bits: u32) -> (f64, f64) {
    let bits = bits.clamp(1, 32);
    match sign {
        Signedness::Signed => (-((1_i64 << (bits - 1)) as f64), ((1_i64 << (bits - 1)) - 1) as f64),
        Signedness::Unsigned => (0.0, ((1_i64 << bits) - 1) as f64),
    }
}

#[inline(always)]
fn is_outside(value: f64, least: f64, most: f64) -> bool {
    !(value > least - 1.0 && value < most + 1.0)
}

/// The integer, as `i32` of the same low 32 bits.
#[inline(always)]
fn bounded(value: f64, least: f64, most: f64) -> i32 {
    let value = if value > most { most } else { value };
    let value = if value < least { least } else { value };
    // NaN becomes 0.
    if value >= 2_147_483_648.0 { (value.trunc() - 4_294_967_296.0) as i32 } else { value as i32 }
}

vectorised! {
    fn signed_to_f32(integers: &[i32], values: &mut [f32]) {
        for (integer, value) in integers.iter().zip(values) {
            *value = *integer as f32;
        }
    }

    fn unsigned_to_f32(low: i32, integers: &[i32], values: &mut [f32]) {
        for (integer, value) in integers.iter().zip(values) {
            *value = (*integer & low) as u32 as f32;
        }
    }

    fn f32_to_bounded(least: f64, most: f64, values: &[f32], integers: &mut [i32]) {
        for (value, integer) in values.iter().zip(integers) {
            *integer = bounded(f64::from(*value), least, most);
        }
    }

    fn f64_to_bounded(least: f64, most: f64, nan: i32, values: &[f64], integers: &mut [i32]) {
        for (value, integer) in values.iter().zip(integers) {
            *integer = if value.is_nan() { nan } else { bounded(*value, least, most) };
        }
    }

    fn any_outside(least: f64, most: f64, values: &[f32]) -> bool {
        let mut outside = false;
        for value in values {
            outside |= is_outside(f64::from(*value), least, most);
        }
        outside
    }

    /// Keeps the low `bits` bits, sign-extended: `arith.trunci`, and the end of each operation on narrow integers.
    pub fn wrap_i32(bits: u32, integers: &mut [i32]) {
        let above = 32 - bits.clamp(1, 32);
        for integer in integers {
            *integer = (*integer << above) >> above;
        }
    }

    /// Zero-extends integers of `bits` bits within `i32`, to a width of 32; a narrower one is then wrapped.
    pub fn zero_extend_i32(bits: u32, integers: &mut [i32]) {
        let low = low_bits(bits);
        for integer in integers {
            *integer &= low;
        }
    }

    /// Sign-extends, or zero-extends integers of `bits` bits.
    pub fn i32_to_i64(sign: Signedness, bits: u32, integers: &[i32], wide: &mut [i64]) {
        let low = if sign.is_unsigned() { low_bits(bits) } else { -1 };
        let high = if sign.is_unsigned() { 0xffff_ffff } else { -1 };
        for (integer, wide) in integers.iter().zip(wide) {
            *wide = i64::from(integer & low) & high;
        }
    }

    /// Keeps the low `bits` bits, sign-extended.
    pub fn i64_to_i32(bits: u32, wide: &[i64], integers: &mut [i32]) {
        let above = 32 - bits.clamp(1, 32);
        for (wide, integer) in wide.iter().zip(integers) {
            *integer = ((*wide as i32) << above) >> above;
        }
    }

    /// 1 as 1, or sign-extended as −1.
    pub fn mask_to_i32(sign: Signedness, mask: &[u8], integers: &mut [i32]) {
        let one = if sign.is_unsigned() { 1 } else { -1 };
        for (mask, integer) in mask.iter().zip(integers) {
            *integer = i32::from(*mask) * one;
        }
    }

    /// The same to `i64`.
    pub fn mask_to_i64(sign: Signedness, mask: &[u8], integers: &mut [i64]) {
        let one = if sign.is_unsigned() { 1 } else { -1 };
        for (mask, integer) in mask.iter().zip(integers) {
            *integer = i64::from(*mask) * one;
        }
    }

    /// The lowest bit.
    pub fn i32_to_mask(integers: &[i32], mask: &mut [u8]) {
        for (integer, mask) in integers.iter().zip(mask) {
            *mask = *integer as u8 & 1;
        }
    }

    /// The lowest bit.
    pub fn i64_to_mask(integers: &[i64], mask: &mut [u8]) {
        for (integer, mask) in integers.iter().zip(mask) {
            *mask = *integer as u8 & 1;
        }
    }
}
