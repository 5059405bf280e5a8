//! Rounding from `f64`, and to tf32.

use proptest::prelude::*;

use super::*;

#[test]
fn a_wide_number_is_not_rounded_through_f32() {
    // Just above the middle between 1 and the next number: through f32 it would be the middle, and become 1.
    for (format, places) in [(Format::F16, 11), (Format::Bf16, 8), (Format::F8E4M3Fn, 4), (Format::F8E5M2, 3)] {
        let middle = 1.0 + libm::ldexp(1.0, -places);
        let next = 1.0 + libm::ldexpf(1.0, 1 - places);
        assert_eq!(narrowed(format, Rounding::NearestEven, &[middle]), [1.0]);
        assert_eq!(narrowed(format, Rounding::NearestEven, &[middle.next_up()]), [next]);
        assert_eq!(narrowed(format, Rounding::NearestEven, &[-middle.next_up()]), [-next]);
    }
}

#[test]
fn towards_zero_f64_never_passes_its_own_value() {
    let values = [1.0 + 1e-12, -1.0 - 1e-12, 1e300, -1e300, 1e-300, f64::INFINITY];
    assert_eq!(
        narrowed(Format::F32, Rounding::TowardZero, &values),
        [1.0, -1.0, f32::MAX, f32::MIN, 0.0, f32::INFINITY]
    );
}

#[test]
fn tf32_goes_to_the_nearest_and_halves_go_away_from_zero() {
    let unit = libm::ldexpf(1.0, -10);
    let mut values = [1.0 + unit / 2.0, (1.0 + unit / 2.0).next_down(), -1.0 - unit / 2.0, f32::INFINITY, f32::NAN];
    round_to_tf32(&mut values);
    assert_eq!(values[..4], [1.0 + unit, 1.0, -1.0 - unit, f32::INFINITY]);
    assert!(values[4].is_nan());
}

#[test]
fn a_number_whose_f32_is_a_middle_is_not_taken_for_it() {
    // `half` goes through `f32` where the processor converts, and gives 4720.
    assert_eq!(narrowed(Format::F16, Rounding::NearestEven, &[9435.999663471686 / 2.0]), [4716.0]);
    assert_eq!(nearest_half(9435.999663471686 / 2.0), 4716.0);
}

/// By comparison with all halves, each of which is exact in `f64`, as are the middles between them.
fn nearest_half(value: f64) -> f32 {
    const INFINITY: u16 = 0x7c00;
    let half = |bits: u16| match bits {
        // One step beyond the largest, where rounding to infinity begins to count.
        INFINITY => 65536.0,
        _ => f64::from(half::f16::from_bits(bits).to_f32()),
    };
    let magnitude = value.abs();
    let (mut above, mut end) = (0, INFINITY);
    while above < end {
        let bits = above + (end - above) / 2;
        if half(bits) < magnitude { above = bits + 1 } else { end = bits }
    }
    let below = above.saturating_sub(1);
    let middle = f64::midpoint(half(below), half(above));
    let nearest = match magnitude.total_cmp(&middle) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => above,
        std::cmp::Ordering::Equal => {
            if below.is_multiple_of(2) {
                below
            } else {
                above
            }
        }
    };
    half::f16::from_bits(nearest).to_f32().copysign(value as f32)
}

proptest! {
    #[test]
    fn f64_to_f32_is_the_processors_own_conversion(bits: u64) {
        let value = f64::from_bits(bits);
        let narrow = narrowed(Format::F32, Rounding::NearestEven, &[value])[0];
        prop_assert!(narrow.to_bits() == (value as f32).to_bits() || narrow.is_nan());
    }

    #[test]
    fn any_f64_becomes_the_nearest_half(bits: u64) {
        let value = f64::from_bits(bits);
        let narrow = narrowed(Format::F16, Rounding::NearestEven, &[value])[0];
        prop_assert!(narrow.to_bits() == nearest_half(value).to_bits() || (narrow.is_nan() && value.is_nan()));
    }

    #[test]
    fn any_f64_near_the_range_of_f16_becomes_the_nearest_half(value in -70000.0..70000.0_f64, scale in -30..1_i32) {
        let value = value * libm::ldexp(1.0, scale);
        let narrow = narrowed(Format::F16, Rounding::NearestEven, &[value])[0];
        prop_assert_eq!(narrow.to_bits(), nearest_half(value).to_bits());
    }
}
