//! From slices to the bytes of memory.
//!
//! The values are on their format's grid ([`super::round_f32`]); one that isn't is rounded to the nearest here.

use super::grid::{Grid, power_of_two};
use super::{Class, Format};

/// Writes rows of a format whose class is [`Class::F32`]; any other leaves `bytes` as they are. Unlike a conversion it
/// doesn't saturate what can be written: infinity stays infinity, and a NaN stays one, with its sign where there is one.
pub fn store_f32(format: Format, values: &[f32], bytes: &mut [u8]) {
    debug_assert_eq!(format.class(), Class::F32);
    match format {
        Format::F32 => f32_bits(values, bytes),
        Format::F16 => f16(values, bytes),
        Format::Bf16 => bf16(values, bytes),
        _ => {
            if let Some(grid) = Grid::of(format) {
                eight_bits(&grid, format == Format::F8E5M2, values, bytes);
            }
        }
    }
}

/// Writes rows of a format whose class is [`Class::I32`]: the low bits; any other leaves `bytes` as they are.
pub fn store_i32(format: Format, values: &[i32], bytes: &mut [u8]) {
    debug_assert_eq!(format.class(), Class::I32);
    match format {
        Format::I8 => i32_as_i8(values, bytes),
        Format::I16 => i32_as_i16(values, bytes),
        Format::I32 => i32_bits(values, bytes),
        _ => {}
    }
}

/// Writes rows of `f64`.
pub fn store_f64(values: &[f64], bytes: &mut [u8]) {
    f64_bits(values, bytes);
}

/// Writes rows of `i64` or of pointers.
pub fn store_i64(values: &[i64], bytes: &mut [u8]) {
    i64_bits(values, bytes);
}

/// Line by line, as when they are read.
macro_rules! copy {
    ($values:ident, $bytes:ident, $size:literal) => {{
        let (rows, last) = $values.as_chunks::<{ 64 / $size }>();
        let (lines, rest) = $bytes.as_chunks_mut::<64>();
        for (row, line) in rows.iter().zip(lines) {
            *line = bytemuck::cast(row.map(|value| value.to_le_bytes()));
        }
        for (bytes, value) in rest.as_chunks_mut().0.iter_mut().zip(last) {
            *bytes = value.to_le_bytes();
        }
    }};
}

vectorised! {
    fn f32_bits(values: &[f32], bytes: &mut [u8]) {
        copy!(values, bytes, 4);
    }

    fn i32_bits(values: &[i32], bytes: &mut [u8]) {
        copy!(values, bytes, 4);
    }

    fn f64_bits(values: &[f64], bytes: &mut [u8]) {
        copy!(values, bytes, 8);
    }

    fn i64_bits(values: &[i64], bytes: &mut [u8]) {
        copy!(values, bytes, 8);
    }

    /// Writes rows of `i1`, a byte each, 0 or 1.
    pub fn store_mask(values: &[u8], bytes: &mut [u8]) {
        for (value, byte) in values.iter().zip(bytes) {
            *byte = value & 1;
        }
    }

    fn i32_as_i8(values: &[i32], bytes: &mut [u8]) {
        for (value, byte) in values.iter().zip(bytes) {
            *byte = *value as u8;
        }
    }

    fn i32_as_i16(values: &[i32], bytes: &mut [u8]) {
        for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = (*value as u16).to_le_bytes();
        }
    }

    fn bf16(values: &[f32], bytes: &mut [u8]) {
        for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = bits_of_bf16(*value).to_le_bytes();
        }
    }

    fn eight_bits(grid: &Grid, infinity: bool, values: &[f32], bytes: &mut [u8]) {
        for (value, byte) in values.iter().zip(bytes) {
            *byte = bits_on_grid(grid, infinity, *value) as u8;
        }
    }

    fn f16(values: &[f32], bytes: &mut [u8]) {
        for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = bits_of_f16(*value).to_le_bytes();
        }
    } => wide {
        use std::arch::x86_64::{_MM_FROUND_TO_NEAREST_INT, _mm256_cvtps_ph};
        let (eights, rest) = values.as_chunks::<8>();
        let (rows, last) = bytes.as_chunks_mut::<16>();
        for (values, row) in eights.iter().zip(rows) {
            *row = bytemuck::cast(_mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(bytemuck::cast(*values)));
        }
        for (bytes, value) in last.as_chunks_mut().0.iter_mut().zip(rest) {
            *bytes = bits_of_f16(*value).to_le_bytes();
        }
    }
}

/// To the nearest, of two the even one; a NaN keeps its upper bits and becomes quiet.
#[inline(always)]
fn bits_of_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    (if value.is_nan() { bits >> 16 | 0x40 } else { rounded }) as u16
}

/// As `vcvtps2ph` has it.
#[inline(always)]
fn bits_of_f16(value: f32) -> u16 {
    const GRID: Grid = match Grid::of(Format::F16) {
        Some(grid) => grid,
        None => unreachable!(),
    };
    let payload = value.to_bits() >> 13 & 0x3ff;
    let bits = bits_on_grid(&GRID, true, value);
    (if value.is_nan() { bits | payload } else { bits }) as u16
}

/// The bits of the nearest number of a grid. `infinity`: the grid has one, the pattern after the largest number's.
#[inline(always)]
fn bits_on_grid(grid: &Grid, infinity: bool, value: f32) -> u32 {
    let sign = if value.is_sign_negative() { grid.sign } else { 0 };
    let magnitude = value.abs();
    let rounded = super::float::magnitude_on_grid(grid, magnitude);
    let rounded = if infinity {
        rounded
    } else if rounded > grid.largest {
        grid.largest
    } else {
        rounded
    };
    let dropped = 23 - grid.mantissa;
    let normal = rounded.to_bits().wrapping_sub(((127 - grid.bias) as u32) << 23) >> dropped;
    // As many steps of the smallest number, added where the mantissa of 2²³ counts ones.
    let steps = rounded * power_of_two(grid.mantissa as i32 - grid.smallest());
    let denormal = (steps + power_of_two(23)).to_bits() & 0xff_ffff & !(1 << 23);
    let bits = if rounded < power_of_two(grid.smallest()) { denormal } else { normal };
    let largest = grid.largest.to_bits().wrapping_sub(((127 - grid.bias) as u32) << 23) >> dropped;
    let bits = if rounded > grid.largest { largest + 1 } else { bits };
    if value.is_nan() {
        // Where negative zero's pattern is NaN, it has no sign.
        return grid.nan | if grid.nan == grid.sign { 0 } else { sign };
    }
    // Without negative zero a rounded zero has no sign.
    if bits == 0 && grid.zero.is_sign_positive() { 0 } else { sign | bits }
}
