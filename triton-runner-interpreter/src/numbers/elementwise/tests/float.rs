//! Floating-point operations.

use half::{bf16, f16};
use proptest::prelude::*;

use crate::numbers::Operand;
use crate::numbers::elementwise::*;
use crate::numbers::format::{Format, Rounding, round_f32};

fn binary(operation: FloatBinary, reversed: bool, a: f32, b: f32) -> f32 {
    let (mut each, mut all) = ([a; 9], [a; 9]);
    binary_f32(operation, reversed, &mut each, Operand::Each(&[b; 9]));
    binary_f32(operation, reversed, &mut all, Operand::All(b));
    let mut wide = [f64::from(a)];
    binary_f64(operation, reversed, &mut wide, Operand::All(f64::from(b)));
    assert!(each.iter().chain(&all).all(|x| x.to_bits() == each[0].to_bits() || x.is_nan() && each[0].is_nan()));
    if matches!(
        operation,
        FloatBinary::MaxNumber | FloatBinary::MinNumber | FloatBinary::Maximum | FloatBinary::Minimum
    ) {
        assert!(each[0].to_bits() == (wide[0] as f32).to_bits() || each[0].is_nan() && wide[0].is_nan());
    }
    each[0]
}

#[test]
fn arithmetic_is_that_of_the_machine_in_either_order() {
    let name = |name: &str| FloatBinary::from_mlir(name).unwrap();
    for (operation, expected) in [
        ("arith.addf", 7.5 + 2.5),
        ("arith.subf", 7.5 - 2.5),
        ("arith.mulf", 7.5 * 2.5),
        ("arith.divf", 7.5 / 2.5),
        ("tt.precise_divf", 7.5 / 2.5),
        ("arith.remf", 0.0),
        ("arith.maxnumf", 7.5),
        ("arith.minimumf", 2.5),
    ] {
        assert_eq!(binary(name(operation), false, 7.5, 2.5), expected, "{operation}");
        assert_eq!(binary(name(operation), true, 2.5, 7.5), expected, "{operation}");
    }
    assert_eq!(FloatBinary::from_mlir("arith.addi"), None);
}

#[test]
fn the_remainder_is_what_the_compiled_kernel_computes() {
    assert_eq!(binary(FloatBinary::Remainder, false, -7.5, 2.0), -1.5);
    assert_eq!(binary(FloatBinary::Remainder, false, 5.0, f32::INFINITY), 5.0);
    assert!(binary(FloatBinary::Remainder, false, 5.0, 0.0).is_nan());
    // The quotient is rounded up to a whole number, and the rest is below zero: fmod would give nearly 0.1.
    let rest = binary(FloatBinary::Remainder, false, 1e8, 0.1);
    assert_eq!(rest, (-(1e8_f32 / 0.1).trunc()).mul_add(0.1, 1e8));
}

#[test]
fn number_extremes_drop_nan_and_the_others_keep_it() {
    let nan = f32::NAN;
    for (operation, with_nan, zeros) in [
        (FloatBinary::MaxNumber, 1.0, 0.0),
        (FloatBinary::MinNumber, 1.0, -0.0),
        (FloatBinary::Maximum, nan, 0.0),
        (FloatBinary::Minimum, nan, -0.0),
    ] {
        for (a, b) in [(1.0, nan), (nan, 1.0)] {
            let result = binary(operation, false, a, b);
            assert!(result == with_nan || result.is_nan() && with_nan.is_nan(), "{operation:?}");
        }
        assert!(binary(operation, false, nan, nan).is_nan());
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            let zeros: f32 = zeros;
            assert_eq!(binary(operation, false, a, b).to_bits(), zeros.to_bits(), "{operation:?}");
        }
    }
    assert_eq!(binary(FloatBinary::Maximum, false, -1.0, f32::INFINITY), f32::INFINITY);
    assert_eq!(binary(FloatBinary::MinNumber, false, -1.0, 2.0), -1.0);
}

#[test]
fn clamping_drops_nan_or_keeps_it() {
    for (propagate, nan_becomes_least) in [(false, true), (true, false)] {
        let mut values = [5.0, -5.0, 0.5, f32::NAN];
        clamp_f32(propagate, &mut values, &[-1.0; 4], &[1.0; 4]);
        assert_eq!(values[..3], [1.0, -1.0, 0.5]);
        assert_eq!(values[3] == -1.0, nan_becomes_least);
        assert_eq!(values[3].is_nan(), propagate);
        let mut wide = [5.0, f64::NAN];
        clamp_f64(propagate, &mut wide, &[-1.0; 2], &[1.0; 2]);
        assert_eq!(wide[0], 1.0);
        assert_eq!(wide[1].is_nan(), propagate);
    }
}

#[test]
fn every_predicate_says_what_its_letters_say() {
    let nan = f32::NAN;
    let pairs = [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (nan, 2.0), (2.0, nan), (0.0, -0.0)];
    for (name, expected) in [
        ("false", [0, 0, 0, 0, 0, 0]),
        ("oeq", [0, 1, 0, 0, 0, 1]),
        ("ogt", [0, 0, 1, 0, 0, 0]),
        ("oge", [0, 1, 1, 0, 0, 1]),
        ("olt", [1, 0, 0, 0, 0, 0]),
        ("ole", [1, 1, 0, 0, 0, 1]),
        ("one", [1, 0, 1, 0, 0, 0]),
        ("ord", [1, 1, 1, 0, 0, 1]),
        ("ueq", [0, 1, 0, 1, 1, 1]),
        ("ugt", [0, 0, 1, 1, 1, 0]),
        ("uge", [0, 1, 1, 1, 1, 1]),
        ("ult", [1, 0, 0, 1, 1, 0]),
        ("ule", [1, 1, 0, 1, 1, 1]),
        ("une", [1, 0, 1, 1, 1, 0]),
        ("uno", [0, 0, 0, 1, 1, 0]),
        ("true", [1, 1, 1, 1, 1, 1]),
    ] {
        let predicate = FloatPredicate::from_mlir(name).unwrap();
        let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
        let mut mask = [9; 6];
        compare_f32(predicate, &a, Operand::Each(&b), &mut mask);
        assert_eq!(mask, expected, "{name}");
        let wide: Vec<f64> = a.iter().map(|a| f64::from(*a)).collect();
        compare_f64(predicate, &wide, Operand::All(2.0), &mut mask);
        assert_eq!(mask[..4], expected[..4], "{name}");
    }
    assert!(FloatPredicate::from_mlir("eq").is_none());
}

#[test]
fn a_selection_keeps_or_takes() {
    let mut row = [1.0, 2.0, 3.0];
    select_f32(&[1, 0, 1], true, &mut row, Operand::Each(&[10.0, 20.0, 30.0]));
    assert_eq!(row, [1.0, 20.0, 3.0]);
    select_f32(&[1, 0, 1], false, &mut row, Operand::All(0.5));
    assert_eq!(row, [0.5, 20.0, 0.5]);
    let mut wide = [1_i64, 2];
    select_i64(&[0, 1], true, &mut wide, Operand::All(-1));
    assert_eq!(wide, [-1, 2]);
    let mut bytes = [1, 1];
    select_mask(&[0, 1], true, &mut bytes, Operand::Each(&[0, 0]));
    assert_eq!(bytes, [0, 1]);
    let mut doubles = [1.0, 2.0];
    select_f64(&[0, 1], true, &mut doubles, Operand::All(-1.0));
    assert_eq!(doubles, [-1.0, 2.0]);
    let mut integers = [1, 2];
    select_i32(&[0, 1], true, &mut integers, Operand::All(-1));
    assert_eq!(integers, [-1, 2]);
}

#[test]
fn a_fused_operation_is_rounded_once() {
    let e = f32::EPSILON;
    let mut row = [1.0 + e];
    fma_f32(&mut row, &[1.0 - e], &[-1.0]);
    assert_eq!(row, [-e * e]);
    let mut wide = [1.0 + f64::EPSILON];
    fma_f64(&mut wide, &[1.0 - f64::EPSILON], &[-1.0]);
    assert_eq!(wide, [-f64::EPSILON * f64::EPSILON]);
    // In f32 the sum would be the middle between two f16, and become the even one.
    let f16_values = [1.000_976_6_f32, 1.000_976_6, libm::ldexpf(1.0, -20)];
    let mut row = [f16_values[0]];
    fma_narrow(Format::F16, &mut row, &[f16_values[1]], &[f16_values[2]]);
    let exact = 1.0009765625_f64 * 1.0009765625 + libm::ldexp(1.0, -20);
    assert_eq!(row[0], f16::from_f64(exact).to_f32());
}

proptest! {
    #[test]
    fn f16_arithmetic_in_f32_is_that_of_f16(a: u16, b: u16) {
        let (a, b) = (f16::from_bits(a), f16::from_bits(b));
        for (operation, expected) in [
            (FloatBinary::Add, a.to_f64() + b.to_f64()),
            (FloatBinary::Subtract, a.to_f64() - b.to_f64()),
            (FloatBinary::Multiply, a.to_f64() * b.to_f64()),
            (FloatBinary::Divide, a.to_f64() / b.to_f64()),
        ] {
            let mut row = [binary(operation, false, a.to_f32(), b.to_f32())];
            round_f32(Format::F16, Rounding::NearestEven, &mut row);
            let expected = f16::from_f64(expected).to_f32();
            prop_assert!(row[0].to_bits() == expected.to_bits() || row[0].is_nan() && expected.is_nan());
        }
    }

    #[test]
    fn a_fused_f16_operation_is_the_exact_one_rounded(a: u16, b: u16, c: u16) {
        let [a, b, c] = [a, b, c].map(f16::from_bits);
        let mut row = [a.to_f32()];
        fma_narrow(Format::F16, &mut row, &[b.to_f32()], &[c.to_f32()]);
        let expected = exact_fma(a.to_f64(), b.to_f64(), c.to_f64(), 24);
        let expected = expected.map_or(a.to_f32().mul_add(b.to_f32(), c.to_f32()), |x| f16::from_f64(x).to_f32());
        prop_assert!(row[0] == expected || row[0].is_nan() && expected.is_nan(), "{} {}", row[0], expected);
    }

    #[test]
    fn a_fused_bf16_operation_is_the_exact_one_rounded(a: u16, b: u16, c in -64..64_i32, m: u16) {
        // Near enough for the sum to matter.
        let (a, b) = (bf16::from_bits(a & 0xbfff), bf16::from_bits(b & 0xbfff));
        let c = bf16::from_f64(a.to_f64() * b.to_f64() * libm::ldexp(1.0, c) * (1.0 + f64::from(m) / 65536.0));
        let mut row = [a.to_f32()];
        fma_narrow(Format::Bf16, &mut row, &[b.to_f32()], &[c.to_f32()]);
        prop_assume!(a.is_finite() && b.is_finite() && c.is_finite());
        let (p, c) = (a.to_f64() * b.to_f64(), c.to_f64());
        // The nearest bf16 by the exact sum's two halves: is p + c above or below the middle?
        let near = bf16::from_f64(p + c);
        for other in [near.to_bits().wrapping_sub(1), near.to_bits().wrapping_add(1)].map(bf16::from_bits) {
            if other.is_finite() && near.is_finite() {
                // (p - near) + c and (p - other) + c, each exact in twice the width.
                let distance = |x: f64| two_sum_distance(p, c, x);
                let (to_found, to_other) = (distance(f64::from(row[0])), distance(other.to_f64()));
                prop_assert!(to_found <= to_other, "{} {}", row[0], other);
            }
        }
    }
}

/// |p + c − x|, near enough to compare: the sum of the parts, largest first.
fn two_sum_distance(p: f64, c: f64, x: f64) -> f64 {
    let sum = p + c;
    let other = sum - p;
    let low = (p - (sum - other)) + (c - other);
    ((sum - x) + low).abs()
}

/// a · b + c as a whole number of 2⁻⁴⁸, made odd where bits are dropped; `None` for what isn't finite.
fn exact_fma(a: f64, b: f64, c: f64, places: i32) -> Option<f64> {
    if !(a.is_finite() && b.is_finite() && c.is_finite()) {
        return None;
    }
    let unit = libm::ldexp(1.0, places);
    let whole = |x: f64| (x * unit) as i128;
    let mut sum = whole(a) * whole(b) + (whole(c) << places);
    if sum == 0 {
        return None;
    }
    let mut scale = -2 * places;
    while sum.unsigned_abs() >> 52 != 0 {
        sum = sum >> 1 | sum & 1;
        scale += 1;
    }
    Some(sum as f64 * libm::ldexp(1.0, scale))
}
