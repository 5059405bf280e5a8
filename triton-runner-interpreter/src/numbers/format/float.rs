//! Conversions between floating-point formats: `arith.truncf`, `arith.extf`, `tt.fp_to_fp`, `tt.bitcast`.

use super::grid::{Grid, power_of_two, power_of_two_f64};
use super::{Class, Format, Rounding};

/// Rounds `f32` values onto a format's grid, as a conversion to it does: what is too large for eight bits becomes the
/// largest number, infinity too, and for `f16` infinity; towards zero it becomes the largest finite number, but infinity
/// stays where the format has one. A NaN stays one. For `F32`, and a format of another class, nothing is done.
pub fn round_f32(format: Format, rounding: Rounding, values: &mut [f32]) {
    match (format, rounding, Grid::of(format)) {
        (Format::F16, Rounding::NearestEven, _) => round_to_f16(values),
        (Format::Bf16, Rounding::NearestEven, _) => round_to_bf16(values),
        (Format::Bf16, Rounding::TowardZero, _) => cut_to_bf16(values),
        (_, Rounding::NearestEven, Some(grid)) => round_to(&grid, values),
        (_, Rounding::TowardZero, Some(grid)) => cut_to(&grid, infinity_towards_zero(format, &grid), values),
        _ => {}
    }
}

/// Rounds `f64` values onto the grid of a format whose class is [`Class::F32`], once: not through `f32`. Saturation and
/// NaN are as in [`round_f32`]. For a format of another class nothing is done.
pub fn f64_to_f32(format: Format, rounding: Rounding, values: &[f64], narrow: &mut [f32]) {
    debug_assert_eq!(format.class(), Class::F32);
    // `f32` and `bf16` have the exponents of `f32`, where denormals lie on a grid like any other's from `f64`.
    let wide = |mantissa, largest: f32| Grid {
        mantissa,
        bias: 127,
        largest,
        beyond: f32::INFINITY,
        infinity: f32::INFINITY,
        zero: -0.0,
        nan: 0,
        sign: 0,
    };
    let grid = match format {
        Format::F32 => Some(wide(23, f32::MAX)),
        Format::Bf16 => Some(wide(7, f32::from_bits(0x7f7f_0000))),
        _ => Grid::of(format),
    };
    match (format, rounding, grid) {
        (Format::F32, Rounding::NearestEven, _) => f64_to_nearest_f32(values, narrow),
        (_, Rounding::NearestEven, Some(grid)) => f64_to(&grid, None, values, narrow),
        (_, Rounding::TowardZero, Some(grid)) => {
            f64_to(&grid, Some(infinity_towards_zero(format, &grid)), values, narrow);
        }
        _ => {}
    }
}

/// `rtz` to E5M2 goes through `cvt.rz.f16`, which keeps infinity.
fn infinity_towards_zero(format: Format, grid: &Grid) -> f32 {
    if format == Format::F8E5M2 { f32::INFINITY } else { grid.infinity }
}

vectorised! {
    /// Exact.
    pub fn f32_to_f64(values: &[f32], wide: &mut [f64]) {
        for (value, wide) in values.iter().zip(wide) {
            *wide = f64::from(*value);
        }
    }

    /// Rounds as a descriptor that is told so does, and `cvt.rna.tf32.f32`: 10 bits of mantissa, to the nearest, of two the larger in magnitude.
    pub fn round_to_tf32(values: &mut [f32]) {
        for value in values {
            let nearest = value.to_bits().wrapping_add(0x1000) & 0xffff_e000;
            *value = if value.is_finite() { f32::from_bits(nearest) } else { *value };
        }
    }

    fn round_to_f16(values: &mut [f32]) {
        const GRID: Grid = match Grid::of(Format::F16) {
            Some(grid) => grid,
            None => unreachable!(),
        };
        for value in values {
            *value = rounded(&GRID, *value);
        }
    } => wide {
        use std::arch::x86_64::{_MM_FROUND_TO_NEAREST_INT, _mm256_cvtph_ps, _mm256_cvtps_ph};
        let (rows, rest) = values.as_chunks_mut::<8>();
        for row in rows {
            let half = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(bytemuck::cast(*row));
            *row = bytemuck::cast(_mm256_cvtph_ps(half));
        }
        if let (Some(grid), false) = (Grid::of(Format::F16), rest.is_empty()) {
            rest.iter_mut().for_each(|value| *value = rounded(&grid, *value));
        }
    }

    fn round_to_bf16(values: &mut [f32]) {
        for value in values {
            let bits = value.to_bits();
            let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & 0xffff_0000;
            *value = f32::from_bits(if value.is_nan() { bits & 0xffff_0000 | 0x40_0000 } else { nearest });
        }
    }

    fn cut_to_bf16(values: &mut [f32]) {
        for value in values {
            let bits = value.to_bits() & 0xffff_0000;
            *value = f32::from_bits(if value.is_nan() { bits | 0x40_0000 } else { bits });
        }
    }

    fn round_to(grid: &Grid, values: &mut [f32]) {
        for value in values {
            *value = rounded(grid, *value);
        }
    }

    fn cut_to(grid: &Grid, infinity: f32, values: &mut [f32]) {
        for value in values {
            let magnitude = value.abs();
            let near = magnitude_on_grid(grid, magnitude);
            let exponent = (magnitude.to_bits() & 0x7f80_0000).max(power_of_two(grid.smallest()).to_bits());
            let spacing = f32::from_bits(exponent - (grid.mantissa << 23));
            let below = if near > magnitude { near - spacing } else { near };
            let below = if below > grid.largest { grid.largest } else { below };
            let below = if magnitude == f32::INFINITY { infinity } else { below };
            *value = below.copysign(*value) + grid.zero;
        }
    }

    fn f64_to_nearest_f32(values: &[f64], narrow: &mut [f32]) {
        for (value, narrow) in values.iter().zip(narrow) {
            *narrow = *value as f32;
        }
    }

    fn f64_to(grid: &Grid, toward_zero: Option<f32>, values: &[f64], narrow: &mut [f32]) {
        for (value, narrow) in values.iter().zip(narrow) {
            *narrow = from_f64(grid, toward_zero, *value);
        }
    }
}

/// The nearest number of the grid, saturated as the format does.
#[inline(always)]
fn rounded(grid: &Grid, value: f32) -> f32 {
    let magnitude = value.abs();
    let near = magnitude_on_grid(grid, magnitude);
    let near = if near > grid.largest { grid.beyond } else { near };
    near.copysign(value) + grid.zero
}

/// The nearest number of the grid, as if its exponent had one step more: above the largest number it is what comes
/// after that one. Adding a number whose last place is the grid's spacing rounds to it, as the processor does.
#[inline(always)]
pub(super) fn magnitude_on_grid(grid: &Grid, magnitude: f32) -> f32 {
    let cap = grid.largest * 2.0;
    // NaN stays: it isn't larger.
    let magnitude = if magnitude > cap { cap } else { magnitude };
    let exponent = (magnitude.to_bits() & 0x7f80_0000).max(power_of_two(grid.smallest()).to_bits());
    let aligner = f32::from_bits(exponent.wrapping_add((23 - grid.mantissa) << 23));
    (magnitude + aligner) - aligner
}

/// The same from `f64`, saturated; towards zero where it is said what infinity becomes.
#[inline(always)]
fn from_f64(grid: &Grid, toward_zero: Option<f32>, value: f64) -> f32 {
    let magnitude = value.abs();
    let (largest, cap) = (f64::from(grid.largest), f64::from(grid.largest) * 2.0);
    let capped = if magnitude > cap { cap } else { magnitude };
    let exponent = (capped.to_bits() & 0x7ff0_0000_0000_0000).max(power_of_two_f64(grid.smallest()).to_bits());
    let aligner = f64::from_bits(exponent.wrapping_add(u64::from(52 - grid.mantissa) << 52));
    let spacing = f64::from_bits(exponent - (u64::from(grid.mantissa) << 52));
    let near = (capped + aligner) - aligner;
    let near = if toward_zero.is_some() && near > capped { near - spacing } else { near };
    let beyond = if toward_zero.is_some() { grid.largest } else { grid.beyond };
    let beyond = if magnitude == f64::INFINITY { toward_zero.unwrap_or(grid.infinity) } else { beyond };
    // Exact: the grid is part of `f32`.
    let near = if near > largest { beyond } else { near as f32 };
    near.copysign(if value.is_sign_negative() { -1.0 } else { 1.0 }) + grid.zero
}
