//! The 8-bit floating-point numbers of the OCP specification, as bits and as `f32`.

use std::fmt;

use cudarc::driver::{DeviceRepr, ValidAsZeroBits};

macro_rules! float8 {
    (
        $(#[$doc:meta])*
        $name:ident: $mantissa:literal bits of mantissa, bias $bias:literal, largest $largest:literal, nan $nan:literal,
        $decode:path
    ) => {
        $(#[$doc])*
        ///
        /// Compared by its bits: `-0` differs from `0`, and a NaN equals itself.
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        #[repr(transparent)]
        pub struct $name(u8);

        impl $name {
            /// The number with these bits.
            #[inline]
            pub const fn from_bits(bits: u8) -> Self {
                Self(bits)
            }

            /// Its bits.
            #[inline]
            pub const fn to_bits(self) -> u8 {
                self.0
            }

            /// The nearest number, of two the even one. What is larger than the largest number becomes that one, as
            /// the GPU's `cvt.rn.satfinite` does; NaN stays NaN.
            pub fn from_f32(value: f32) -> Self {
                Self(encode(value, $mantissa, $bias, $largest, $nan))
            }

            /// The same number as `f32`, which holds each exactly.
            pub fn to_f32(self) -> f32 {
                $decode(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.to_f32(), f)
            }
        }

        impl From<$name> for f32 {
            fn from(number: $name) -> f32 {
                number.to_f32()
            }
        }

        // SAFETY: one byte, and each of its values is a number or NaN.
        unsafe impl DeviceRepr for $name {}
        // SAFETY: zero bits are the number zero.
        unsafe impl ValidAsZeroBits for $name {}
        // SAFETY: as above.
        #[cfg(feature = "interpreter")]
        unsafe impl bytemuck::Zeroable for $name {}
        // SAFETY: one byte, each of whose values is a number or NaN, and no padding.
        #[cfg(feature = "interpreter")]
        unsafe impl bytemuck::Pod for $name {}
    };
}

float8! {
    /// An 8-bit number with 4 bits of exponent and 3 of mantissa, without infinities: Triton's `fp8e4nv`.
    F8E4M3: 3 bits of mantissa, bias 7, largest 0x7e, nan 0x7f, decode_e4m3
}

float8! {
    /// An 8-bit number with 5 bits of exponent and 2 of mantissa: Triton's `fp8e5`.
    F8E5M2: 2 bits of mantissa, bias 15, largest 0x7b, nan 0x7f, decode_e5m2
}

fn encode(value: f32, mantissa: i32, bias: i32, largest: u8, nan: u8) -> u8 {
    let sign = if value.is_sign_negative() { 0x80 } else { 0 };
    if value.is_nan() {
        return sign | nan;
    }
    let magnitude = value.abs().min(decode_largest(mantissa));
    // Numbers below the smallest normal one share its spacing.
    let exponent = ((magnitude.to_bits() >> 23) as i32 - 127).max(1 - bias);
    let steps = (magnitude / power_of_two(exponent - mantissa)).round_ties_even() as i32;
    // `steps` holds the leading one, which carries into the exponent.
    let bits = ((exponent + bias - 1) << mantissa) + steps;
    sign | bits.min(i32::from(largest)) as u8
}

/// Exact, for any exponent of a normal number; how exact `powi` is, the standard library leaves open.
const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// A value that rounds to the largest number, so that the arithmetic stays in range.
fn decode_largest(mantissa: i32) -> f32 {
    if mantissa == 3 { 448.0 } else { 57344.0 }
}

fn decode_e4m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 3 & 15), f32::from(bits & 7));
    let magnitude = match (exponent, bits & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa * power_of_two(-9),
        _ => (8.0 + mantissa) * power_of_two(exponent - 10),
    };
    if bits & 0x80 == 0 { magnitude } else { -magnitude }
}

fn decode_e5m2(bits: u8) -> f32 {
    // The upper half of an IEEE half-precision number.
    half::f16::from_bits(u16::from(bits) << 8).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_the_way_through_f32() {
        for bits in 0..=u8::MAX {
            let (e4m3, e5m2) = (F8E4M3::from_bits(bits), F8E5M2::from_bits(bits));
            if !e4m3.to_f32().is_nan() {
                assert_eq!(F8E4M3::from_f32(e4m3.to_f32()).to_bits(), bits);
            }
            if e5m2.to_f32().is_finite() {
                assert_eq!(F8E5M2::from_f32(e5m2.to_f32()).to_bits(), bits);
            }
        }
    }

    #[test]
    fn known_numbers_have_the_bits_of_the_specification() {
        assert_eq!(F8E4M3::from_bits(0x38).to_f32(), 1.0);
        assert_eq!(F8E4M3::from_bits(0x7e).to_f32(), 448.0);
        assert_eq!(F8E4M3::from_bits(0x01).to_f32(), 1.0 / 512.0);
        assert_eq!(F8E5M2::from_bits(0x3c).to_f32(), 1.0);
        assert_eq!(F8E5M2::from_bits(0x7b).to_f32(), 57344.0);
        assert_eq!(F8E5M2::from_bits(0x7c).to_f32(), f32::INFINITY);
        assert!(F8E4M3::from_bits(0x7f).to_f32().is_nan());
    }

    #[test]
    fn what_lies_between_rounds_to_the_nearest_and_ties_to_even() {
        for bits in 0..0x7e_u8 {
            let (low, high) = (F8E4M3::from_bits(bits).to_f32(), F8E4M3::from_bits(bits + 1).to_f32());
            let middle = (low + high) / 2.0;
            let even = if bits % 2 == 0 { bits } else { bits + 1 };
            assert_eq!(F8E4M3::from_f32(middle).to_bits(), even);
            assert_eq!(F8E4M3::from_f32(middle.next_up()).to_bits(), bits + 1);
            assert_eq!(F8E4M3::from_f32(-middle.next_down()).to_bits(), bits | 0x80);
        }
    }

    #[test]
    fn overflow_saturates_and_nan_stays() {
        assert_eq!(F8E4M3::from_f32(1e9).to_f32(), 448.0);
        assert_eq!(F8E4M3::from_f32(f32::NEG_INFINITY).to_f32(), -448.0);
        assert_eq!(F8E5M2::from_f32(60_000.0).to_f32(), 57344.0);
        assert!(F8E5M2::from_f32(f32::NAN).to_f32().is_nan());
    }
}
