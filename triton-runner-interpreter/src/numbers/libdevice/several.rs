//! Functions of several numbers, at least one of them floating-point.

use super::function::Function;
use super::special;

type Four = fn(f64, f64, f64, f64) -> f64;

/// A name of `f64`, or that name with an `f` of `f32`.
pub(super) fn find(name: &str) -> Option<Function> {
    let short = name.strip_suffix('f').unwrap_or_default();
    // Exact in `f32`; a way through `f64` would round twice, or not at all what it must.
    let exact: Option<Function> = match name {
        "fmaf" => Some(Function::FFFF(f32::mul_add)),
        "nextafterf" => Some(Function::FFF(libm::nextafterf)),
        "fdimf" => Some(Function::FFF(|a, b| if a <= b { 0.0 } else { a - b })),
        "fmodf" => Some(Function::FFF(|a, b| a % b)),
        "remainderf" => Some(Function::FFF(libm::remainderf)),
        "copysignf" => Some(Function::FFF(f32::copysign)),
        "fast_fdividef" => Some(Function::FFF(special::fast_fdividef)),
        "fast_powf" => Some(Function::TwoThroughF64(|x, y| libm::exp2(y * libm::log2(x)))),
        "ldexpf" | "scalbnf" => Some(Function::FIF(libm::ldexpf)),
        "ldexp" | "scalbn" => Some(Function::DID(libm::ldexp)),
        "powif" => Some(Function::FIF(|x, n| libm::pow(f64::from(x), f64::from(n)) as f32)),
        "powi" => Some(Function::DID(|x, n| libm::pow(x, f64::from(n)))),
        "jnf" => Some(Function::IFF(|n, x| libm::jn(n, f64::from(x)) as f32)),
        "jn" => Some(Function::IDD(libm::jn)),
        "ynf" => Some(Function::IFF(|n, x| libm::yn(n, f64::from(x)) as f32)),
        "yn" => Some(Function::IDD(libm::yn)),
        "fma" => Some(Function::DDDD(f64::mul_add)),
        _ => None,
    };
    exact
        .or_else(|| two(name).map(Function::DDD))
        .or_else(|| two(short).map(Function::TwoThroughF64))
        .or_else(|| three(name).map(Function::DDDD))
        .or_else(|| three(short).map(Function::ThreeThroughF64))
        .or_else(|| four(name).map(Function::DDDDD))
        .or_else(|| four(short).map(Function::FourThroughF64))
}

fn two(name: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match name {
        "atan2" => libm::atan2,
        "copysign" => f64::copysign,
        "fdim" => |a, b| if a <= b { 0.0 } else { a - b },
        "fmod" => |a, b| a % b,
        "hypot" => libm::hypot,
        "nextafter" => libm::nextafter,
        "pow" => libm::pow,
        "remainder" => libm::remainder,
        "rhypot" => |a, b| 1.0 / libm::hypot(a, b),
        _ => return None,
    })
}

fn three(name: &str) -> Option<fn(f64, f64, f64) -> f64> {
    Some(match name {
        "norm3d" => |a, b, c| special::norm([a, b, c, 0.0]),
        "rnorm3d" => |a, b, c| 1.0 / special::norm([a, b, c, 0.0]),
        _ => return None,
    })
}

fn four(name: &str) -> Option<Four> {
    Some(match name {
        "norm4d" => |a, b, c, d| special::norm([a, b, c, d]),
        "rnorm4d" => |a, b, c, d| 1.0 / special::norm([a, b, c, d]),
        _ => return None,
    })
}
