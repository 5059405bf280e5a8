//! The numbers that a floating-point format can hold, as a grid among the `f32`.

use super::Format;

/// A format narrower than `f32` whose exponent is narrower too, so that `f32` holds its denormals as normal numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Bits of the mantissa, without the leading one.
    pub(super) mantissa: u32,
    /// Of the exponent.
    pub(super) bias: i32,
    /// The largest finite number.
    pub(super) largest: f32,
    /// What a finite number that rounds beyond `largest` becomes, where it rounds to the nearest.
    pub(super) beyond: f32,
    /// What infinity becomes.
    pub(super) infinity: f32,
    /// Added to each number: `0.0` where there is no negative zero, else `-0.0`, which changes nothing.
    pub(super) zero: f32,
    /// The bits of a positive NaN; with negative zero's pattern where there is none.
    pub(super) nan: u32,
    /// The bit of the sign.
    pub(super) sign: u32,
}

impl Grid {
    /// `None` for integers, `f64`, `f32` and `bf16`.
    pub(super) const fn of(format: Format) -> Option<Self> {
        Some(match format {
            Format::F16 => Self {
                mantissa: 10,
                bias: 15,
                largest: 65504.0,
                beyond: f32::INFINITY,
                infinity: f32::INFINITY,
                zero: -0.0,
                nan: 0x7e00,
                sign: 0x8000,
            },
            Format::F8E4M3Fn => Self::eight_bits(3, 7, 448.0, -0.0, 0x7f),
            Format::F8E5M2 => Self::eight_bits(2, 15, 57344.0, -0.0, 0x7f),
            Format::F8E4M3Fnuz => Self::eight_bits(3, 8, 240.0, 0.0, 0x80),
            Format::F8E5M2Fnuz => Self::eight_bits(2, 16, 57344.0, 0.0, 0x80),
            // Without NaN: it takes the largest number's place, as `min.f16x2` has it.
            Format::F8E4B15 => Self::eight_bits(3, 15, 1.75, -0.0, 0x7e),
            _ => return None,
        })
    }

    /// Those saturate: what is too large becomes the largest number.
    const fn eight_bits(mantissa: u32, bias: i32, largest: f32, zero: f32, nan: u32) -> Self {
        Self { mantissa, bias, largest, beyond: largest, infinity: largest, zero, nan, sign: 0x80 }
    }

    /// The exponent of the smallest normal number.
    pub(super) const fn smallest(&self) -> i32 {
        1 - self.bias
    }
}

/// Exact, for every exponent of a normal `f32`.
pub(super) const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// The same in `f64`.
pub(super) const fn power_of_two_f64(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
