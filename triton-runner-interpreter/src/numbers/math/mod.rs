//! Functions of `math` and `tt` on floating-point numbers.
//!
//! In `f32` those that kernels use in hot places are polynomials that vectorise; the rest goes through `f64` and
//! `libm`, whose results are the same on every machine. `docs/interpreter-numbers.md` has the bounds of each.

mod exponential;
mod logarithm;
mod root;
mod sigmoid;
#[cfg(test)]
mod tests;
mod trigonometry;

pub(crate) use exponential::{exp_f32, exp2_f32, precise_exp_f32};
pub(crate) use logarithm::{Base, log_f32, log1p_f32};
pub(crate) use root::{reciprocal_root_f32, root_f32};
pub(crate) use sigmoid::{erf_f32, tanh_f32};
pub(crate) use trigonometry::{Wave, wave_f32};

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the functions")]
pub enum Math {
    /// `math.exp`: of `f32`, through the rounded product with log₂e.
    Exp,
    /// What `__nv_expf` is: without that rounding.
    PreciseExp,
    Exp2,
    Expm1,
    Log,
    Log2,
    Log10,
    Log1p,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Erf,
    Erfc,
    Cbrt,
    /// `math.sqrt`: of `f32`, denormals count as zero, as in `sqrt.approx.ftz`.
    Sqrt,
    /// `tt.precise_sqrt`.
    PreciseSqrt,
    /// `math.rsqrt`: of `f32`, denormals count as zero, as in `rsqrt.approx.ftz`.
    Rsqrt,
    Floor,
    Ceil,
    /// Halves go away from zero.
    Round,
    RoundEven,
    Trunc,
    Absolute,
    Negate,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the functions")]
pub enum MathBinary {
    Pow,
    Atan2,
    CopySign,
}

impl Math {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "math.exp" => Self::Exp,
            "math.exp2" => Self::Exp2,
            "math.expm1" => Self::Expm1,
            "math.log" => Self::Log,
            "math.log2" => Self::Log2,
            "math.log10" => Self::Log10,
            "math.log1p" => Self::Log1p,
            "math.sin" => Self::Sin,
            "math.cos" => Self::Cos,
            "math.tan" => Self::Tan,
            "math.asin" => Self::Asin,
            "math.acos" => Self::Acos,
            "math.atan" => Self::Atan,
            "math.sinh" => Self::Sinh,
            "math.cosh" => Self::Cosh,
            "math.tanh" => Self::Tanh,
            "math.asinh" => Self::Asinh,
            "math.acosh" => Self::Acosh,
            "math.atanh" => Self::Atanh,
            "math.erf" => Self::Erf,
            "math.erfc" => Self::Erfc,
            "math.cbrt" => Self::Cbrt,
            "math.sqrt" => Self::Sqrt,
            "tt.precise_sqrt" => Self::PreciseSqrt,
            "math.rsqrt" => Self::Rsqrt,
            "math.floor" => Self::Floor,
            "math.ceil" => Self::Ceil,
            "math.round" => Self::Round,
            "math.roundeven" => Self::RoundEven,
            "math.trunc" => Self::Trunc,
            "math.absf" => Self::Absolute,
            "arith.negf" => Self::Negate,
            _ => return None,
        })
    }
}

impl MathBinary {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "math.powf" => Self::Pow,
            "math.atan2" => Self::Atan2,
            "math.copysign" => Self::CopySign,
            _ => return None,
        })
    }
}

/// Applies a function to each element; sine, cosine, the error function and rounding to whole numbers take denormals for
/// zero, as libdevice does, which these come from. For `f16` and `bf16` it is followed by [`super::format::round_f32`].
pub fn math_f32(function: Math, row: &mut [f32]) {
    if matches!(function, Math::Sin | Math::Cos | Math::Erf | Math::Floor | Math::Ceil) {
        flush_f32(row);
    }
    match function {
        Math::Exp => exp_f32(row),
        Math::PreciseExp => precise_exp_f32(row),
        Math::Exp2 => exp2_f32(row),
        Math::Log => log_f32(Base::E, row),
        Math::Log2 => log_f32(Base::Two, row),
        Math::Log10 => log_f32(Base::Ten, row),
        Math::Log1p => log1p_f32(row),
        Math::Sin => wave_f32(Wave::Sin, row),
        Math::Cos => wave_f32(Wave::Cos, row),
        Math::Tanh => tanh_f32(row),
        Math::Erf => erf_f32(row),
        Math::Sqrt => root_f32(true, row),
        Math::PreciseSqrt => root_f32(false, row),
        Math::Rsqrt => reciprocal_root_f32(row),
        Math::Floor => floor_f32(row),
        Math::Ceil => ceil_f32(row),
        Math::RoundEven => round_even_f32(row),
        Math::Trunc => trunc_f32(row),
        Math::Absolute => absolute_f32(row),
        Math::Negate => negate_f32(row),
        Math::Round => row.iter_mut().for_each(|value| *value = value.round()),
        Math::Expm1
        | Math::Tan
        | Math::Asin
        | Math::Acos
        | Math::Atan
        | Math::Sinh
        | Math::Cosh
        | Math::Asinh
        | Math::Acosh
        | Math::Atanh
        | Math::Erfc
        | Math::Cbrt => {
            let wide = of_f64(function);
            row.iter_mut().for_each(|value| *value = wide(f64::from(*value)) as f32);
        }
    }
}

/// Applies a function to each element.
pub fn math_f64(function: Math, row: &mut [f64]) {
    match function {
        Math::Absolute => row.iter_mut().for_each(|value| *value = value.abs()),
        Math::Negate => row.iter_mut().for_each(|value| *value = -*value),
        Math::Sqrt | Math::PreciseSqrt => root::root_f64(row),
        _ => {
            let function = of_f64(function);
            row.iter_mut().for_each(|value| *value = function(*value));
        }
    }
}

/// `row = f(row, other)`.
pub fn math_binary_f32(function: MathBinary, row: &mut [f32], other: &[f32]) {
    let function: fn(f64, f64) -> f64 = of_two(function);
    for (value, other) in row.iter_mut().zip(other) {
        *value = function(f64::from(*value), f64::from(*other)) as f32;
    }
}

/// `row = f(row, other)`.
pub fn math_binary_f64(function: MathBinary, row: &mut [f64], other: &[f64]) {
    let function = of_two(function);
    for (value, other) in row.iter_mut().zip(other) {
        *value = function(*value, *other);
    }
}

/// NaN below 1, which `libm` misses.
pub(crate) fn acosh(x: f64) -> f64 {
    if x < 1.0 { f64::NAN } else { libm::acosh(x) }
}

fn of_two(function: MathBinary) -> fn(f64, f64) -> f64 {
    match function {
        MathBinary::Pow => libm::pow,
        MathBinary::Atan2 => libm::atan2,
        MathBinary::CopySign => f64::copysign,
    }
}

fn of_f64(function: Math) -> fn(f64) -> f64 {
    match function {
        Math::Exp | Math::PreciseExp => libm::exp,
        Math::Exp2 => libm::exp2,
        Math::Expm1 => libm::expm1,
        Math::Log => libm::log,
        Math::Log2 => libm::log2,
        Math::Log10 => libm::log10,
        Math::Log1p => libm::log1p,
        Math::Sin => libm::sin,
        Math::Cos => libm::cos,
        Math::Tan => libm::tan,
        Math::Asin => libm::asin,
        Math::Acos => libm::acos,
        Math::Atan => libm::atan,
        Math::Sinh => libm::sinh,
        Math::Cosh => libm::cosh,
        Math::Tanh => libm::tanh,
        Math::Asinh => libm::asinh,
        Math::Acosh => acosh,
        Math::Atanh => libm::atanh,
        Math::Erf => libm::erf,
        Math::Erfc => libm::erfc,
        Math::Cbrt => libm::cbrt,
        Math::Sqrt | Math::PreciseSqrt => f64::sqrt,
        Math::Rsqrt => |value| 1.0 / value.sqrt(),
        Math::Floor => f64::floor,
        Math::Ceil => f64::ceil,
        Math::Round => f64::round,
        Math::RoundEven => f64::round_ties_even,
        Math::Trunc => f64::trunc,
        Math::Absolute => f64::abs,
        Math::Negate => |value| -value,
    }
}

vectorised! {
    /// Makes denormals zero, of their sign.
    pub(crate) fn flush_f32(row: &mut [f32]) {
        for value in row {
            let kept = if value.to_bits() & 0x7f80_0000 == 0 { 1 << 31 } else { u32::MAX };
            *value = f32::from_bits(value.to_bits() & kept);
        }
    }

    fn floor_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = value.floor());
    }

    fn ceil_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = value.ceil());
    }

    fn round_even_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = value.round_ties_even());
    }

    fn trunc_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = value.trunc());
    }

    fn absolute_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = value.abs());
    }

    fn negate_f32(row: &mut [f32]) {
        row.iter_mut().for_each(|value| *value = -*value);
    }
}
