//! Operations on floating-point numbers, lane by lane.

use crate::numbers::elementwise::{
    FloatBinary, binary_f32, binary_f64, clamp_f32, clamp_f64, fma_f32, fma_f64, fma_narrow,
};
use crate::numbers::format::{Class, Format, Rounding, round_f32};
use crate::numbers::math::{Math, MathBinary, math_binary_f32, math_binary_f64, math_f32, math_f64};
use crate::ops::form::{Form, Reason, floats};
use crate::ops::integer::{change_first, slice};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::{Lanes, Value, change, combine, combine3};

/// An operation on floating-point numbers of one format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    Binary(FloatBinary),
    Unary(Math),
    MathBinary(MathBinary),
    /// `±a·b ± c`, rounded once.
    Fma {
        negate_product: bool,
        negate_addend: bool,
    },
    /// `tt.clampf`.
    Clamp {
        propagate_nan: bool,
    },
}

impl Float {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let name = form.name();
        let (operation, operands) = if let Some(binary) = FloatBinary::from_mlir(name) {
            (Self::Binary(binary), 2)
        } else if let Some(unary) = Math::from_mlir(name) {
            (Self::Unary(unary), 1)
        } else if let Some(binary) = MathBinary::from_mlir(name) {
            (Self::MathBinary(binary), 2)
        } else {
            match name {
                "math.fma" => (Self::Fma { negate_product: false, negate_addend: false }, 3),
                "tt.clampf" => {
                    let propagate_nan = match form.word("propagateNan") {
                        None | Some("none") => false,
                        Some("all") => true,
                        Some(other) => return Err(format!("`propagateNan = {other}` is not known")),
                    };
                    (Self::Clamp { propagate_nan }, 3)
                }
                _ => return Ok(None),
            }
        };
        floats(form.uniform(operands)?)?;
        Ok(Some(operation))
    }

    /// A sum with the product that only it needs.
    pub(crate) fn fused(form: &Form<'_>, first: bool) -> Result<Self, Reason> {
        floats(form.uniform(2)?)?;
        let minus = form.name() == "arith.subf";
        // a·b − c, or c − a·b.
        Ok(Self::Fma { negate_product: minus && !first, negate_addend: minus && first })
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let shape = scope.result_shape(0);
        let format = scope.result_format(0);
        let value: Value = match format.class() {
            Class::F64 => {
                let mut lanes = operands.into_iter().map(Value::into_f64);
                let mut next = |place| lanes.next().flatten().ok_or_else(|| Trap::form(place));
                match self {
                    Self::Unary(_) => self.wide(shape, next(0)?, None, None),
                    Self::Binary(_) | Self::MathBinary(_) => self.wide(shape, next(0)?, Some(next(1)?), None),
                    _ => self.wide(shape, next(0)?, Some(next(1)?), Some(next(2)?)),
                }
                .into()
            }
            _ => {
                let mut lanes = operands.into_iter().map(Value::into_f32);
                let mut next = |place| lanes.next().flatten().ok_or_else(|| Trap::form(place));
                match self {
                    Self::Unary(unary) => unary_f32(shape, format, unary, next(0)?),
                    Self::Binary(binary) => combine(shape, next(0)?, next(1)?, &mut |reversed, row, other| {
                        binary_f32(binary, reversed, row, other);
                        round(format, row);
                    }),
                    Self::MathBinary(_) => self.narrow(shape, format, next(0)?, next(1)?, Lanes::Splat(0.0)),
                    _ => self.narrow(shape, format, next(0)?, next(1)?, next(2)?),
                }
                .into()
            }
        };
        Ok(smallvec::smallvec![value])
    }

    fn narrow(self, shape: &[usize], format: Format, a: Lanes<f32>, b: Lanes<f32>, c: Lanes<f32>) -> Lanes<f32> {
        let (a, c) = match self {
            Self::Fma { negate_product, negate_addend } => (
                if negate_product { unary_f32(shape, Format::F32, Math::Negate, a) } else { a },
                if negate_addend { unary_f32(shape, Format::F32, Math::Negate, c) } else { c },
            ),
            _ => (a, c),
        };
        let (mut second, mut third) = (Vec::new(), Vec::new());
        combine3(shape, a, b, c, &mut |row, b, c| {
            let len = row.len();
            match self {
                Self::MathBinary(binary) => {
                    math_binary_f32(binary, row, slice(b, len, &mut second));
                    round(format, row);
                }
                Self::Clamp { propagate_nan } => {
                    clamp_f32(propagate_nan, row, slice(b, len, &mut second), slice(c, len, &mut third));
                }
                _ => {
                    let (b, c) = (slice(b, len, &mut second), slice(c, len, &mut third));
                    match format {
                        Format::F32 => fma_f32(row, b, c),
                        _ => fma_narrow(format, row, b, c),
                    }
                }
            }
        })
    }

    fn wide(self, shape: &[usize], a: Lanes<f64>, b: Option<Lanes<f64>>, c: Option<Lanes<f64>>) -> Lanes<f64> {
        let negated = |lanes| change(shape, lanes, &mut |row: &mut [f64]| math_f64(Math::Negate, row));
        let (b, c) = (b.unwrap_or(Lanes::Splat(0.0)), c.unwrap_or(Lanes::Splat(0.0)));
        let (mut second, mut third) = (Vec::new(), Vec::new());
        match self {
            Self::Unary(unary) => change(shape, a, &mut |row| math_f64(unary, row)),
            Self::Binary(binary) => {
                combine(shape, a, b, &mut |reversed, row, other| binary_f64(binary, reversed, row, other))
            }
            Self::MathBinary(binary) => change_first(shape, a, b, &mut |row, other| {
                math_binary_f64(binary, row, slice(other, row.len(), &mut second));
            }),
            Self::Fma { negate_product, negate_addend } => {
                let a = if negate_product { negated(a) } else { a };
                let c = if negate_addend { negated(c) } else { c };
                combine3(shape, a, b, c, &mut |row, b, c| {
                    let len = row.len();
                    fma_f64(row, slice(b, len, &mut second), slice(c, len, &mut third));
                })
            }
            Self::Clamp { propagate_nan } => combine3(shape, a, b, c, &mut |row, b, c| {
                let len = row.len();
                clamp_f64(propagate_nan, row, slice(b, len, &mut second), slice(c, len, &mut third));
            }),
        }
    }
}

fn round(format: Format, row: &mut [f32]) {
    if format != Format::F32 {
        round_f32(format, Rounding::NearestEven, row);
    }
}

fn unary_f32(shape: &[usize], format: Format, unary: Math, a: Lanes<f32>) -> Lanes<f32> {
    change(shape, a, &mut |row| {
        math_f32(unary, row);
        round(format, row);
    })
}
