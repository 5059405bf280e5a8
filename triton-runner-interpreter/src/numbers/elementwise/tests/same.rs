//! Both compilations of each loop, held against each other.

use crate::numbers::Operand;
use crate::numbers::dispatch::plainly;
use crate::numbers::elementwise::*;
use crate::numbers::format::{Format, Rounding, f64_to_f32, load_f32, round_f32, round_to_tf32, store_f32};

/// Patterns of every kind.
fn patterns(seed: u32) -> Vec<f32> {
    let mut state = seed;
    // Miri has but one compilation.
    (0..if cfg!(miri) { 9 } else { 1003 })
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from_bits(state ^ state >> 7)
        })
        .collect()
}

/// The bits, every NaN alike.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { u32::MAX } else { value.to_bits() }).collect()
}

#[track_caller]
fn assert_same(run: impl Fn() -> Vec<f32>) {
    assert_eq!(bits(&run()), bits(&plainly(&run)));
}

#[test]
fn arithmetic_and_rounding_give_the_same_bits() {
    let (a, b, c) = (patterns(1), patterns(2), patterns(3));
    for operation in [
        FloatBinary::Add,
        FloatBinary::Divide,
        FloatBinary::Remainder,
        FloatBinary::MaxNumber,
        FloatBinary::MinNumber,
        FloatBinary::Maximum,
        FloatBinary::Minimum,
    ] {
        assert_same(|| {
            let mut row = a.clone();
            binary_f32(operation, false, &mut row, Operand::Each(&b));
            row
        });
    }
    assert_same(|| {
        let mut row = a.clone();
        fma_f32(&mut row, &b, &c);
        row
    });
    for format in Format::ALL.into_iter().filter(|format| format.class() == crate::numbers::format::Class::F32) {
        for rounding in [Rounding::NearestEven, Rounding::TowardZero] {
            assert_same(|| {
                let mut row = a.clone();
                round_f32(format, rounding, &mut row);
                row
            });
            assert_same(|| {
                let wide: Vec<f64> = a.iter().map(|value| f64::from(*value) * 1.000_000_000_1).collect();
                let mut row = a.clone();
                f64_to_f32(format, rounding, &wide, &mut row);
                row
            });
        }
        assert_same(|| {
            let mut bytes = vec![0; a.len() * format.bytes()];
            store_f32(format, &a, &mut bytes);
            let mut row = a.clone();
            load_f32(format, &bytes, &mut row);
            row
        });
    }
    assert_same(|| {
        let mut row = a.clone();
        round_to_tf32(&mut row);
        row
    });
}

#[test]
fn narrow_fused_operations_give_the_same_bits() {
    for format in [Format::F16, Format::Bf16] {
        let on_grid = |seed| {
            let mut row: Vec<f32> = patterns(seed).into_iter().map(|value| value.clamp(-1e4, 1e4)).collect();
            round_f32(format, Rounding::NearestEven, &mut row);
            row
        };
        let (a, b, c) = (on_grid(4), on_grid(5), on_grid(6));
        assert_same(|| {
            let mut row = a.clone();
            fma_narrow(format, &mut row, &b, &c);
            row
        });
    }
}

#[test]
fn integer_loops_give_the_same_bits() {
    let (a, b): (Vec<i32>, Vec<i32>) =
        (0..1003_i32).map(|x| (x.wrapping_mul(0x9e37_79b9_u32 as i32), x.wrapping_mul(77) % 41)).unzip();
    for division in [Division::DivSigned, Division::DivUnsigned, Division::RemSigned, Division::FloorDivSigned] {
        let run = || {
            let mut row = a.clone();
            divide_i32(division, 32, &mut row, &b);
            row
        };
        assert_eq!(run(), plainly(run));
    }
    for shift in [Shift::Left, Shift::RightSigned, Shift::RightUnsigned] {
        let run = || {
            let mut row = a.clone();
            shift_i32(shift, 32, &mut row, &b);
            row
        };
        assert_eq!(run(), plainly(run));
    }
}
