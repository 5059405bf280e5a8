//! Functions that neither the standard library nor `libm` has.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

/// sin πx, whole and half numbers exactly.
pub(super) fn sinpi(x: f64) -> f64 {
    let turn = x % 2.0;
    let (nearest, rest) = quarter(turn);
    let value = match nearest.rem_euclid(4) {
        0 => libm::sin(PI * rest),
        1 => libm::cos(PI * rest),
        2 => -libm::sin(PI * rest),
        _ => -libm::cos(PI * rest),
    };
    // Zero has the argument's sign.
    if value == 0.0 { 0.0_f64.copysign(x) } else { value }
}

/// cos πx, whole and half numbers exactly.
pub(super) fn cospi(x: f64) -> f64 {
    let turn = x.abs() % 2.0;
    let (nearest, rest) = quarter(turn);
    match nearest.rem_euclid(4) {
        0 => libm::cos(PI * rest),
        1 => 0.0 - libm::sin(PI * rest),
        2 => -libm::cos(PI * rest),
        _ => libm::sin(PI * rest) + 0.0,
    }
}

fn quarter(turn: f64) -> (i64, f64) {
    let nearest = (turn * 2.0).round();
    (nearest as i64, turn - nearest / 2.0)
}

/// The upper half of 1 ÷ x, without denormals.
pub(super) fn rcp64h(x: f64) -> f64 {
    let flush = |x: f64| if x.abs() < f64::MIN_POSITIVE { 0.0_f64.copysign(x) } else { x };
    f64::from_bits(flush(1.0 / flush(x)).to_bits() & 0xffff_ffff_0000_0000)
}

/// `div.approx`: a divisor above 2¹²⁶ counts as infinite.
pub(super) fn fast_fdividef(a: f32, b: f32) -> f32 {
    let largest = libm::ldexpf(1.0, 126);
    if b.abs() > largest { a * 0.0_f32.copysign(b) } else { a / b }
}

/// The exponent; −∞ of zero.
pub(super) fn logb(x: f64) -> f64 {
    match x {
        0.0 => f64::NEG_INFINITY,
        _ if x.is_infinite() => f64::INFINITY,
        _ if x.is_nan() => x,
        _ => f64::from(ilogb(x)),
    }
}

/// The exponent; of zero and NaN the least integer, of infinity the largest, as CUDA has it.
pub(super) fn ilogb(x: f64) -> i32 {
    match x {
        0.0 => i32::MIN,
        _ if x.is_nan() => i32::MIN,
        _ if x.is_infinite() => i32::MAX,
        _ => libm::ilogb(x),
    }
}

/// The length of a vector, without overflow on the way.
pub(super) fn norm(vector: [f64; 4]) -> f64 {
    if vector.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    let largest = vector.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 || vector.iter().any(|x| x.is_nan()) {
        return vector.iter().sum::<f64>().abs();
    }
    // A power of two, so that scaling is exact.
    let scale = libm::ldexp(1.0, -libm::ilogb(largest).clamp(-1000, 1000));
    vector.iter().map(|x| (x * scale) * (x * scale)).sum::<f64>().sqrt() / scale
}

/// exp(x²) · erfc x.
pub(super) fn erfcx(x: f64) -> f64 {
    if x < 25.0 {
        // The square in two pieces: the exponential makes much of a small error.
        let square = x * x;
        let rest = x.mul_add(x, -square);
        let scale = libm::exp(square);
        return if scale.is_infinite() { scale } else { scale * libm::erfc(x) * (1.0 + rest) };
    }
    // A continued fraction, from its far end.
    let fraction = (1..=30).rev().fold(x, |below, k| x + f64::from(k) / 2.0 / below);
    FRAC_2_SQRT_PI / 2.0 / fraction
}

/// The normal distribution's area below x.
pub(super) fn normcdf(x: f64) -> f64 {
    // −x ÷ √2 in two pieces: erfc makes much of a small error.
    const LOW: f64 = -4.833_646_656_726_457e-17;
    let scaled = -x * FRAC_1_SQRT_2;
    let rest = (-x).mul_add(FRAC_1_SQRT_2, -scaled) - x * LOW;
    let slope = FRAC_2_SQRT_PI * libm::exp(-scaled * scaled);
    let area = libm::erfc(scaled);
    0.5 * if area > 0.0 && rest.is_finite() { area - slope * rest } else { area }
}

/// The number whose erf is x.
pub(super) fn erfinv(x: f64) -> f64 {
    match x.abs() {
        1.0 => f64::INFINITY.copysign(x),
        magnitude if magnitude < 0.5 => {
            // Newton from the slope at zero; the third step is below the last place.
            let mut y = x * PI.sqrt() / 2.0;
            for _ in 0..8 {
                y -= (libm::erf(y) - x) / (FRAC_2_SQRT_PI * libm::exp(-y * y));
            }
            if x == 0.0 { x } else { y }
        }
        magnitude if magnitude < 1.0 => erfcinv(1.0 - magnitude).copysign(x),
        _ => f64::NAN,
    }
}

/// The number whose erfc is x.
pub(super) fn erfcinv(x: f64) -> f64 {
    match x {
        0.0 => f64::INFINITY,
        2.0 => f64::NEG_INFINITY,
        _ if !(0.0..=2.0).contains(&x) => f64::NAN,
        1.0 => 0.0,
        _ if x > 1.5 => -erfcinv(2.0 - x),
        _ if x > 0.5 => erfinv(1.0 - x),
        _ => {
            let log = libm::log(x);
            // erfc y is about exp(−y²) ÷ (y√π).
            let mut y = (-log).sqrt();
            for _ in 0..60 {
                // Newton on the logarithm, whose curve is flat.
                let scaled = erfcx(y);
                let step = (libm::log(scaled) - y * y - log) / (FRAC_2_SQRT_PI / scaled);
                y += step;
                if step.abs() <= y * f64::EPSILON {
                    break;
                }
            }
            y
        }
    }
}

/// The modified Bessel function of the first kind, of order 0.
pub(super) fn bessel_i0(x: f64) -> f64 {
    series(x, 0)
}

/// The same of order 1.
pub(super) fn bessel_i1(x: f64) -> f64 {
    x / 2.0 * series(x, 1)
}

/// Σ (x²/4)ᵏ ÷ (k! (k + order)!): every term is positive, so nothing cancels.
fn series(x: f64, order: u32) -> f64 {
    if !x.is_finite() {
        return x.abs();
    }
    let quarter = x / 2.0 * (x / 2.0);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..2000_u32 {
        term *= quarter / (f64::from(k) * f64::from(k + order));
        sum += term;
        if term < sum * 1e-17 || sum.is_infinite() {
            break;
        }
    }
    sum
}
