//! Floating-point formats bit by bit: from a number to its bits and back.
//!
//! Source: LLVM's `APFloat` (names and special values of the formats); OCP MX specification 1.0.

use crate::types::FloatType;

/// How a format is laid out: a sign, then the exponent, then the mantissa.
struct Layout {
    exponent: u32,
    mantissa: u32,
    bias: i32,
    special: Special,
}

/// What a format has besides finite numbers.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    /// The highest exponent is infinity and NaN.
    Ieee,
    /// All bits but the sign are one: NaN. No infinity.
    NanAllOnes,
    /// Negative zero is NaN. No infinity.
    NanNegativeZero,
    /// Nothing.
    Finite,
    /// An exponent alone, without sign, zero and mantissa; all ones are NaN.
    Scale,
}

fn layout(ty: FloatType) -> Layout {
    let (exponent, mantissa, bias, special) = match ty {
        FloatType::F16 => (5, 10, 15, Special::Ieee),
        FloatType::Bf16 => (8, 7, 127, Special::Ieee),
        FloatType::F32 => (8, 23, 127, Special::Ieee),
        FloatType::F64 => (11, 52, 1023, Special::Ieee),
        FloatType::Tf32 => (8, 10, 127, Special::Ieee),
        FloatType::F8E5M2 => (5, 2, 15, Special::Ieee),
        FloatType::F8E4M3 => (4, 3, 7, Special::Ieee),
        FloatType::F8E3M4 => (3, 4, 3, Special::Ieee),
        FloatType::F8E4M3FN => (4, 3, 7, Special::NanAllOnes),
        FloatType::F8E4M3FNUZ => (4, 3, 8, Special::NanNegativeZero),
        FloatType::F8E5M2FNUZ => (5, 2, 16, Special::NanNegativeZero),
        FloatType::F8E4M3B11FNUZ => (4, 3, 11, Special::NanNegativeZero),
        FloatType::F8E8M0FNU => (8, 0, 127, Special::Scale),
        FloatType::F6E2M3FN => (2, 3, 1, Special::Finite),
        FloatType::F6E3M2FN => (3, 2, 3, Special::Finite),
        FloatType::F4E2M1FN => (2, 1, 1, Special::Finite),
    };
    Layout { exponent, mantissa, bias, special }
}

impl Layout {
    fn sign(&self) -> u64 {
        if self.special == Special::Scale { 0 } else { 1 << (self.exponent + self.mantissa) }
    }

    /// Exponent and mantissa, all ones.
    fn ones(&self) -> u64 {
        (1 << (self.exponent + self.mantissa)) - 1
    }

    fn infinity(&self) -> u64 {
        ((1 << self.exponent) - 1) << self.mantissa
    }

    fn nan(&self) -> Option<u64> {
        match self.special {
            Special::Ieee => Some(self.infinity() | 1 << (self.mantissa - 1)),
            Special::NanAllOnes | Special::Scale => Some(self.ones()),
            Special::NanNegativeZero => Some(self.sign()),
            Special::Finite => None,
        }
    }

    /// The largest finite number.
    fn largest(&self) -> u64 {
        match self.special {
            Special::Ieee => self.infinity() - 1,
            Special::NanAllOnes | Special::Scale => self.ones() - 1,
            Special::NanNegativeZero | Special::Finite => self.ones(),
        }
    }
}

impl FloatType {
    /// The number that these bits are; exact. Bits above the format's are left out.
    pub fn decode(self, bits: u64) -> f64 {
        if self == Self::F64 {
            return f64::from_bits(bits);
        }
        let layout = layout(self);
        let sign = if bits & layout.sign() == 0 { 1.0 } else { -1.0 };
        let magnitude = bits & layout.ones();
        let exponent = (magnitude >> layout.mantissa) as i32;
        let mantissa = (magnitude & ((1 << layout.mantissa) - 1)) as f64;
        let is_nan = match layout.special {
            Special::Ieee => magnitude > layout.infinity(),
            Special::NanAllOnes | Special::Scale => magnitude == layout.ones(),
            Special::NanNegativeZero => bits & (layout.sign() | layout.ones()) == layout.sign(),
            Special::Finite => false,
        };
        if is_nan {
            return f64::NAN;
        }
        if layout.special == Special::Ieee && magnitude == layout.infinity() {
            return sign * f64::INFINITY;
        }
        let ulp = |exponent: i32| 2_f64.powi(exponent - layout.bias - layout.mantissa as i32);
        match exponent {
            0 if layout.special != Special::Scale => sign * mantissa * ulp(1),
            _ => sign * (mantissa + 2_f64.powi(layout.mantissa as i32)) * ulp(exponent),
        }
    }

    /// The bits of the nearest number, of two equally near ones the even one. What is too large becomes infinity, NaN
    /// where the format has none, the largest number where it has neither. `None` for a NaN, or a number that is no power
    /// of two, in a format without it.
    pub fn encode(self, number: f64) -> Option<u64> {
        if self == Self::F64 {
            return Some(number.to_bits());
        }
        let layout = layout(self);
        if number.is_nan() {
            return layout.nan();
        }
        let sign = if number.is_sign_negative() { layout.sign() } else { 0 };
        let too_large = match layout.special {
            Special::Ieee => Some(layout.infinity()),
            Special::Finite => Some(layout.largest()),
            _ => layout.nan(),
        };
        if number.is_infinite() {
            return too_large.map(|bits| bits | sign);
        }
        let magnitude = number.abs();
        if layout.special == Special::Scale {
            return (0..layout.ones()).find(|&bits| self.decode(bits) == number);
        }
        // Numbers of a format are as many steps away from zero as their bits count.
        let exponent = ((magnitude.to_bits() >> 52) as i32 - 1023).max(1 - layout.bias);
        let ulp = 2_f64.powi(exponent - layout.mantissa as i32);
        let steps = (magnitude / ulp).round_ties_even() as u64;
        let bits = (((exponent + layout.bias - 1) as u64) << layout.mantissa) + steps;
        match bits {
            0 if layout.special == Special::NanNegativeZero => Some(0),
            _ if bits > layout.largest() => too_large.map(|bits| bits | sign),
            _ => Some(bits | sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats() -> impl Iterator<Item = FloatType> {
        FloatType::ALL.into_iter().filter(|ty| ty.bits() <= 19)
    }

    #[test]
    fn every_number_of_the_small_formats_goes_there_and_back() {
        for ty in formats() {
            for bits in 0..1 << ty.bits() {
                let number = ty.decode(bits);
                match ty.encode(number) {
                    Some(found) if number.is_nan() => assert!(ty.decode(found).is_nan(), "{ty:?} {bits:#x}"),
                    found => assert_eq!(found, Some(bits), "{ty:?} {bits:#x} is {number}"),
                }
            }
        }
    }

    #[test]
    fn numbers_in_between_go_to_the_nearest_and_ties_to_even() {
        for ty in formats().filter(|&ty| ty != FloatType::F8E8M0FNU) {
            for bits in 0..(1 << (ty.bits() - 1)) - 1 {
                let (low, high) = (ty.decode(bits), ty.decode(bits + 1));
                if !high.is_finite() {
                    break;
                }
                let middle = (low + high) / 2.0;
                let even = if bits % 2 == 0 { bits } else { bits + 1 };
                assert_eq!(ty.encode(middle), Some(even), "{ty:?} between {low} and {high}");
                assert_eq!(ty.encode((low + middle) / 2.0), Some(bits), "{ty:?} just above {low}");
                assert_eq!(ty.encode((middle + high) / 2.0), Some(bits + 1), "{ty:?} just below {high}");
            }
        }
    }

    #[test]
    fn the_wide_formats_are_rusts_own() {
        for number in [0.0, -0.0, 1.0, -1.5, 1e-45, 1e-40, 3.4e38, 0.1, f64::INFINITY, f64::NEG_INFINITY, 1e39, 1e-300]
        {
            assert_eq!(FloatType::F32.encode(number), Some(u64::from((number as f32).to_bits())), "{number}");
            assert_eq!(FloatType::F64.encode(number), Some(number.to_bits()));
        }
        for bits in [0, 1, 0x7F80_0000, 0xFF80_0000, 0x0080_0000, 0x007F_FFFF, 0x3F80_0001] {
            assert_eq!(FloatType::F32.decode(bits), f64::from(f32::from_bits(bits as u32)), "{bits:#x}");
        }
        assert!(FloatType::F32.decode(0x7FC0_0000).is_nan());
    }

    #[test]
    fn numbers_that_are_too_large_are_what_the_format_has_for_them() {
        let found: Vec<_> = [FloatType::F16, FloatType::F8E4M3FN, FloatType::F8E5M2FNUZ, FloatType::F4E2M1FN]
            .map(|ty| ty.encode(-1e30))
            .into();
        assert_eq!(found, [Some(0xFC00), Some(0xFF), Some(0x80), Some(0xF)]);
    }
}
