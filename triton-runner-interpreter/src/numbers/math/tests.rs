//! Functions of `f32` against `f64`, over random numbers of every size and the special ones; both compilations.

use proptest::prelude::*;

use super::*;
use crate::numbers::dispatch::plainly;

fn apply(function: Math, values: &[f32]) -> Vec<f32> {
    let mut row = values.to_vec();
    math_f32(function, &mut row);
    row
}

/// Numbers of every exponent, and evenly spaced ones; all different.
fn samples() -> Vec<f32> {
    let step = if cfg!(miri) { 16_000_057 } else { 40_009 };
    let mut samples: Vec<f32> = (0..=u32::MAX).step_by(step).map(f32::from_bits).filter(|x| !x.is_nan()).collect();
    let count = if cfg!(miri) { 40 } else { 20_000 };
    samples.extend((0..count).map(|index| (index as f32 / count as f32 - 0.5) * 40.0));
    samples.extend([0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN_POSITIVE]);
    samples
}

/// How far from the exact result, in units of its last place as a normal or denormal `f32`.
fn ulps(found: f32, exact: f64) -> f64 {
    // Infinity counts as the number that would come after the largest.
    let end = libm::ldexp(1.0, 128);
    let exact = exact.clamp(-end, end);
    let nearest = (exact as f32).abs().min(f32::MAX.next_down());
    let ulp = f64::from(nearest.next_up()) - f64::from(nearest);
    (f64::from(found).clamp(-end, end) - exact).abs() / ulp
}

#[track_caller]
fn assert_within(function: Math, bound: f64, exact: impl Fn(f64) -> f64) {
    let samples = samples();
    let mut worst = (0.0, 0.0);
    for (x, found) in samples.iter().zip(apply(function, &samples)) {
        let exact = exact(f64::from(*x));
        if exact.is_nan() {
            assert!(found.is_nan(), "{function:?} of {x:e} is {found:e}");
        } else if exact.is_infinite() || exact == 0.0 {
            assert_eq!(found.to_bits(), (exact as f32).to_bits(), "{function:?} of {x:e}");
        } else {
            let off = ulps(found, exact);
            if off.is_nan() || off > worst.0 {
                worst = (off, *x);
            }
        }
    }
    assert!(worst.0 <= bound, "{function:?} of {:e} is off by {} ulp", worst.1, worst.0);
}

#[test]
fn functions_are_within_an_ulp() {
    assert_within(Math::Log, 1.0, libm::log);
    assert_within(Math::Log2, 1.0, libm::log2);
    assert_within(Math::Log10, 1.0, libm::log10);
    assert_within(Math::Log1p, 1.0, libm::log1p);
    let flushed = |x: f64| if x.abs() < f64::from(f32::MIN_POSITIVE) { 0.0_f64.copysign(x) } else { x };
    assert_within(Math::Sin, 1.0, |x| libm::sin(flushed(x)));
    assert_within(Math::Cos, 1.0, libm::cos);
    assert_within(Math::PreciseExp, 1.0, libm::exp);
    assert_within(Math::Tan, 1.0, libm::tan);
    assert_within(Math::Tanh, 1.0, libm::tanh);
    assert_within(Math::Erf, 1.0, |x| libm::erf(flushed(x)));
    assert_within(Math::Erfc, 1.0, libm::erfc);
    assert_within(Math::Expm1, 1.0, libm::expm1);
    assert_within(Math::Atanh, 1.0, libm::atanh);
    assert_within(Math::Cbrt, 1.0, libm::cbrt);
    assert_within(Math::PreciseSqrt, 0.5, f64::sqrt);
}

#[test]
fn powers_of_two_are_within_an_ulp_and_flush_what_is_denormal() {
    let flushed = |x: f64| {
        let power = libm::exp2(x);
        if power < f64::from(f32::MIN_POSITIVE) * (1.0 - 1e-7) { 0.0 } else { power }
    };
    assert_within(Math::Exp2, 1.0, flushed);
    let whole: Vec<f32> = (-126..128).map(|exponent| exponent as f32).collect();
    let powers: Vec<f32> = (-126..128).map(|exponent: i32| libm::ldexpf(1.0, exponent)).collect();
    assert_eq!(apply(Math::Exp2, &whole), powers);
}

#[test]
fn the_exponential_is_two_to_the_rounded_product() {
    // Against PTX's own definition 1 ulp, also where the result is denormal.
    assert_within(Math::Exp, 1.0, |x| libm::exp2(f64::from(x as f32 * std::f32::consts::LOG2_E)));
    assert_eq!(apply(Math::Exp, &[0.0, f32::NEG_INFINITY, 100.0]), [1.0, 0.0, f32::INFINITY]);
    // Against e to the power of x what the product's rounding costs comes on top.
    let samples: Vec<f32> = samples().into_iter().filter(|x| x.abs() < 87.0).collect();
    for (x, found) in samples.iter().zip(apply(Math::Exp, &samples)) {
        let exact = libm::exp(f64::from(*x));
        assert!((f64::from(found) / exact - 1.0).abs() <= (2.0 + f64::from(x.abs())) * libm::ldexp(1.0, -23), "{x:e}");
    }
}

#[test]
fn roots_take_denormals_for_zero_unless_they_are_precise() {
    let denormal = f32::MIN_POSITIVE / 2.0;
    assert_eq!(apply(Math::Sqrt, &[4.0, denormal, -0.0]), [2.0, 0.0, -0.0]);
    assert!(apply(Math::PreciseSqrt, &[denormal])[0] > 0.0);
    assert_eq!(
        apply(Math::Rsqrt, &[4.0, denormal, -denormal, f32::INFINITY]),
        [0.5, f32::INFINITY, f32::NEG_INFINITY, 0.0]
    );
    assert!(apply(Math::Rsqrt, &[-1.0])[0].is_nan());
    assert_within(Math::Rsqrt, 1.0, |x| {
        1.0 / (if x.abs() < f64::from(f32::MIN_POSITIVE) { 0.0_f64.copysign(x) } else { x }).sqrt()
    });
}

#[test]
fn rounding_goes_where_its_name_says() {
    let values = [-2.5, -1.5, -0.2, 0.5, 1.5, 2.5, 1e30];
    assert_eq!(apply(Math::Floor, &values), [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 1e30]);
    assert_eq!(apply(Math::Ceil, &values), [-2.0, -1.0, -0.0, 1.0, 2.0, 3.0, 1e30]);
    assert_eq!(apply(Math::Trunc, &values), [-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 1e30]);
    assert_eq!(apply(Math::Round, &values), [-3.0, -2.0, -0.0, 1.0, 2.0, 3.0, 1e30]);
    assert_eq!(apply(Math::RoundEven, &values), [-2.0, -2.0, -0.0, 0.0, 2.0, 2.0, 1e30]);
    // As `cvt.rmi.ftz` has it: not −1.
    assert_eq!(apply(Math::Floor, &[-f32::MIN_POSITIVE / 2.0, -f32::MIN_POSITIVE]), [-0.0, -1.0]);
    assert_eq!(apply(Math::Absolute, &[-2.0, -0.0]), [2.0, 0.0]);
    assert_eq!(apply(Math::Negate, &[-2.0, 0.0]), [2.0, -0.0]);
}

#[test]
fn functions_of_f64_and_of_two_numbers_are_those_of_their_names() {
    for (name, x, exact) in [
        ("math.exp", 1.0, std::f64::consts::E),
        ("math.sqrt", 2.0, std::f64::consts::SQRT_2),
        ("math.rsqrt", 4.0, 0.5),
        ("math.absf", -3.0, 3.0),
        ("arith.negf", -3.0, 3.0),
        ("math.floor", -0.5, -1.0),
        ("math.cos", 0.0, 1.0),
        ("math.atan", 1.0, std::f64::consts::FRAC_PI_4),
    ] {
        let mut row = [x];
        math_f64(Math::from_mlir(name).unwrap(), &mut row);
        assert!((row[0] - exact).abs() <= exact.abs() * f64::EPSILON, "{name}");
    }
    let mut row = [2.0, -8.0];
    math_binary_f32(MathBinary::from_mlir("math.powf").unwrap(), &mut row, &[10.0, 3.0]);
    assert_eq!(row, [1024.0, -512.0]);
    let mut row = [-1.0];
    math_binary_f64(MathBinary::Atan2, &mut row, &[-1.0]);
    assert_eq!(row, [-0.75 * std::f64::consts::PI]);
    let mut row = [-1.5];
    math_binary_f32(MathBinary::CopySign, &mut row, &[0.0]);
    assert_eq!(row, [1.5]);
}

const ALL: [Math; 20] = [
    Math::Exp,
    Math::PreciseExp,
    Math::Exp2,
    Math::Log,
    Math::Log2,
    Math::Log10,
    Math::Log1p,
    Math::Sin,
    Math::Cos,
    Math::Tanh,
    Math::Erf,
    Math::Sqrt,
    Math::PreciseSqrt,
    Math::Rsqrt,
    Math::Floor,
    Math::Ceil,
    Math::RoundEven,
    Math::Trunc,
    Math::Absolute,
    Math::Negate,
];

#[test]
fn every_machine_gives_the_same_bits() {
    let samples: Vec<f32> = samples().into_iter().step_by(7).collect();
    for function in ALL {
        let (here, plain) = (apply(function, &samples), plainly(|| apply(function, &samples)));
        for ((x, here), plain) in samples.iter().zip(here).zip(plain) {
            assert!(here.to_bits() == plain.to_bits() || (here.is_nan() && plain.is_nan()), "{function:?} of {x:e}");
        }
    }
}

proptest! {
    #[test]
    fn no_input_panics(bits: u32) {
        for function in ALL {
            apply(function, &[f32::from_bits(bits)]);
        }
    }
}
