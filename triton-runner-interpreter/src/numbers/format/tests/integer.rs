//! Conversions of integers.

use proptest::prelude::*;

use super::*;

fn to_i32(sign: Signedness, bits: u32, value: f32) -> (i32, bool) {
    let mut integers = [0];
    let outside = f32_to_i32(sign, bits, &[value], &mut integers);
    let mut wide = [0];
    assert_eq!(f64_to_i32(sign, bits, &[f64::from(value)], &mut wide), outside);
    let nan = if bits == 8 { 0 } else { i32::MIN >> (32 - bits) };
    assert_eq!(wide[0], if value.is_nan() { nan } else { integers[0] });
    (integers[0], outside.is_some())
}

#[test]
fn floats_become_integers_as_the_machine_has_it() {
    use Signedness::{Signed, Unsigned};
    for (sign, bits, value, integer, outside) in [
        (Signed, 32, 1.9, 1, false),
        (Signed, 32, -1.9, -1, false),
        (Signed, 32, 3e9, i32::MAX, true),
        (Signed, 32, -3e9, i32::MIN, true),
        (Signed, 32, f32::NAN, 0, true),
        (Signed, 32, f32::INFINITY, i32::MAX, true),
        (Signed, 32, -2_147_483_648.0, i32::MIN, false),
        (Unsigned, 32, 3e9, 3_000_000_000_u32 as i32, false),
        (Unsigned, 32, 5e9, -1, true),
        (Unsigned, 32, -0.9, 0, false),
        (Unsigned, 32, -1.0, 0, true),
        (Signed, 16, 40_000.0, 32767, true),
        (Unsigned, 16, 40_000.0, 40_000_u16 as i16 as i32, false),
        // Through 16 bits, whose low half remains.
        (Signed, 8, 300.0, 44, true),
        (Signed, 8, 1e6, -1, true),
        (Unsigned, 8, 200.0, 200_u8 as i8 as i32, false),
    ] {
        assert_eq!(to_i32(sign, bits, value), (integer, outside), "{sign:?} {bits} {value}");
    }
}

#[test]
fn a_fraction_is_cut_off_above_what_has_a_sign() {
    let mut integers = [0];
    assert_eq!(f64_to_i32(Signedness::Unsigned, 32, &[3_352_181_703.67], &mut integers), None);
    assert_eq!(integers[0] as u32, 3_352_181_703);
}

#[test]
fn floats_become_long_integers_as_the_machine_has_it() {
    let values = [1e19, -1e19, f32::NAN, -1.5];
    let mut integers = [0; 4];
    assert_eq!(f32_to_i64(Signedness::Signed, &values, &mut integers), Some(0));
    assert_eq!(integers, [i64::MAX, i64::MIN, i64::MIN, -1]);
    assert_eq!(f32_to_i64(Signedness::Unsigned, &values, &mut integers), Some(1));
    assert_eq!(integers, [1e19_f32 as u64 as i64, 0, i64::MIN, 0]);
    assert_eq!(f64_to_i64(Signedness::Signed, &[-9_223_372_036_854_775_808.0], &mut integers), None);
    assert_eq!(f64_to_i64(Signedness::Signed, &[9_223_372_036_854_775_808.0], &mut integers), Some(0));
    assert_eq!(integers[0], i64::MAX);
}

#[test]
fn narrow_integers_widen_by_their_sign_or_without() {
    let mut wide = [0; 2];
    i32_to_i64(Signedness::Unsigned, 8, &[-1, 127], &mut wide);
    assert_eq!(wide, [255, 127]);
    i32_to_i64(Signedness::Unsigned, 32, &[-1, 127], &mut wide);
    assert_eq!(wide, [0xffff_ffff, 127]);
    i32_to_i64(Signedness::Signed, 8, &[-1, 127], &mut wide);
    assert_eq!(wide, [-1, 127]);
    let mut narrow = [0; 2];
    i64_to_i32(8, &[0x1_0000_0180, 0x7f], &mut narrow);
    assert_eq!(narrow, [-128, 127]);
    let mut floats = [0.0; 1];
    i32_to_f32(Signedness::Unsigned, 8, Format::F32, &[-1], &mut floats);
    assert_eq!(floats, [255.0]);
    let mut integers = [0; 2];
    mask_to_i32(Signedness::Signed, &[0, 1], &mut integers);
    assert_eq!(integers, [0, -1]);
}

proptest! {
    #[test]
    fn an_integer_is_rounded_once_whatever_the_format(x: i64, shift in 0..64_u32) {
        let x = x >> shift;
        for format in [Format::F16, Format::Bf16, Format::F32] {
            for (sign, exact) in [(Signedness::Signed, i128::from(x)), (Signedness::Unsigned, i128::from(x as u64))] {
                // From the exact integer: halving it, with a last bit for what went, until f64 holds it.
                let (mut odd, mut scale) = (exact, 0);
                while odd.unsigned_abs() >> 50 != 0 {
                    odd = odd >> 1 | odd & 1;
                    scale += 1;
                }
                let expected = narrowed(format, Rounding::NearestEven, &[odd as f64 * libm::ldexp(1.0, scale)])[0];
                let mut values = [0.0];
                i64_to_f32(sign, format, &[x], &mut values);
                prop_assert_eq!(values[0], expected);
                if let Ok(x) = i32::try_from(x) && sign == Signedness::Signed {
                    i32_to_f32(sign, 32, format, &[x], &mut values);
                    prop_assert_eq!(values[0], expected);
                }
            }
        }
    }
}
