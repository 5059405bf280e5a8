//! Functions of one floating-point number.

use super::function::Function;
use super::special;
use crate::numbers::math::{Math, acosh};

/// Those of `f32` that have a loop of their own.
pub(super) fn vectorised(name: &str) -> Option<Math> {
    Some(match name {
        "expf" => Math::PreciseExp,
        "fast_expf" => Math::Exp,
        "exp2f" => Math::Exp2,
        "logf" | "fast_logf" => Math::Log,
        "log2f" | "fast_log2f" => Math::Log2,
        "log10f" | "fast_log10f" => Math::Log10,
        "log1pf" => Math::Log1p,
        "sinf" | "fast_sinf" => Math::Sin,
        "cosf" | "fast_cosf" => Math::Cos,
        "tanhf" => Math::Tanh,
        "erff" => Math::Erf,
        "rsqrtf" => Math::Rsqrt,
        "sqrtf" => Math::Sqrt,
        "floorf" => Math::Floor,
        "ceilf" => Math::Ceil,
        "truncf" => Math::Trunc,
        "rintf" | "nearbyintf" => Math::RoundEven,
        "roundf" => Math::Round,
        "fabsf" => Math::Absolute,
        _ => return None,
    })
}

/// A name of `f64`, or that name with an `f` of `f32`.
pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "fast_tanf" => Function::ThroughF64(libm::tan),
        "fast_exp10f" => Function::ThroughF64(libm::exp10),
        "saturatef" => Function::FF(|x| if x > 0.0 { x.min(1.0) } else { 0.0 }),
        "logbf" => Function::ThroughF64(special::logb),
        "rcp64h" => Function::DD(special::rcp64h),
        "isnanf" => Function::FI(|x| i32::from(x.is_nan())),
        "isnand" => Function::DI(|x| i32::from(x.is_nan())),
        "isinff" => Function::FI(|x| i32::from(x.is_infinite())),
        "isinfd" => Function::DI(|x| i32::from(x.is_infinite())),
        "finitef" => Function::FI(|x| i32::from(x.is_finite())),
        "isfinited" => Function::DI(|x| i32::from(x.is_finite())),
        "signbitf" => Function::FI(|x| i32::from(x.is_sign_negative())),
        "signbitd" => Function::DI(|x| i32::from(x.is_sign_negative())),
        "ilogbf" => Function::FI(|x| special::ilogb(f64::from(x))),
        "ilogb" => Function::DI(special::ilogb),
        _ => match (of_f64(name), name.strip_suffix('f').and_then(of_f64)) {
            (Some(function), _) => Function::DD(function),
            (None, Some(function)) => Function::ThroughF64(function),
            (None, None) => return None,
        },
    })
}

fn of_f64(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "acos" => libm::acos,
        "acosh" => acosh,
        "asin" => libm::asin,
        "asinh" => libm::asinh,
        "atan" => libm::atan,
        "atanh" => libm::atanh,
        "cbrt" => libm::cbrt,
        "ceil" => f64::ceil,
        "cos" => libm::cos,
        "cosh" => libm::cosh,
        "cospi" => special::cospi,
        "cyl_bessel_i0" => special::bessel_i0,
        "cyl_bessel_i1" => special::bessel_i1,
        "erf" => libm::erf,
        "erfc" => libm::erfc,
        "erfcinv" => special::erfcinv,
        "erfcx" => special::erfcx,
        "erfinv" => special::erfinv,
        "exp" => libm::exp,
        "exp10" => libm::exp10,
        "exp2" => libm::exp2,
        "expm1" => libm::expm1,
        "fabs" => f64::abs,
        "floor" => f64::floor,
        "j0" => libm::j0,
        "j1" => libm::j1,
        "lgamma" => libm::lgamma,
        "log" => libm::log,
        "log10" => libm::log10,
        "log1p" => libm::log1p,
        "log2" => libm::log2,
        "logb" => special::logb,
        "nearbyint" | "rint" => f64::round_ties_even,
        "normcdf" => special::normcdf,
        "normcdfinv" => |p| 0.0 - std::f64::consts::SQRT_2 * special::erfcinv(2.0 * p),
        "rcbrt" => |x| 1.0 / libm::cbrt(x),
        "round" => f64::round,
        "rsqrt" => |x| 1.0 / x.sqrt(),
        "sin" => libm::sin,
        "sinh" => libm::sinh,
        "sinpi" => special::sinpi,
        "sqrt" => f64::sqrt,
        "tan" => libm::tan,
        "tanh" => libm::tanh,
        "tgamma" => libm::tgamma,
        "trunc" => f64::trunc,
        "y0" => libm::y0,
        "y1" => libm::y1,
        _ => return None,
    })
}
