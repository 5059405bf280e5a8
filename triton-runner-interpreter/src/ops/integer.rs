//! `arith` on integers, and `tt.addptr`.

use crate::numbers::Operand;
use crate::numbers::elementwise::{
    Division, IntegerBinary, IntegerUnary, Shift, binary_i32, binary_i64, binary_mask, divide_i32, divide_i64,
    multiply_high_i32, multiply_high_i64, shift_i32, shift_i64, unary_i32, unary_i64,
};
use crate::numbers::format::{Class, Format, wrap_i32};
use crate::ops::form::{Form, Reason, integers};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Lane;
use crate::value::Values;
use crate::value::{Affine, Lanes, Region, Value, change, combine};

/// An operation on integers of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    Binary(IntegerBinary),
    Divide(Division),
    Shift(Shift),
    /// `tt.mulhiui`.
    MultiplyHigh,
    Unary(IntegerUnary),
    /// `tt.addptr`: so many bytes for each element.
    Address {
        bytes: i64,
    },
}

impl Integer {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let name = form.name();
        let operation = if let Some(binary) = IntegerBinary::from_mlir(name) {
            Self::Binary(binary)
        } else if let Some(division) = Division::from_mlir(name) {
            Self::Divide(division)
        } else if let Some(shift) = Shift::from_mlir(name) {
            Self::Shift(shift)
        } else if let Some(unary) = IntegerUnary::from_mlir(name) {
            integers(form.uniform(1)?)?;
            Self::Unary(unary)
        } else if name == "tt.mulhiui" {
            Self::MultiplyHigh
        } else if name == "tt.addptr" {
            form.count(2, 1)?;
            form.elementwise()?;
            form.like_result([0])?;
            integers(form.operand(1)?.format())?;
            let format = form.result(0)?.pointee().ok_or("it works on pointers")?;
            return Ok(Some(Self::Address { bytes: format.bytes() as i64 }));
        } else {
            return Ok(None);
        };
        if !matches!(operation, Self::Unary(_)) {
            integers(form.uniform(2)?)?;
        }
        let narrow = form.result(0)?.format() == Format::I1;
        match operation {
            Self::Binary(_) => Ok(Some(operation)),
            _ if narrow => Err("it works on integers of 8 bits or more".to_owned()),
            _ => Ok(Some(operation)),
        }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, mut operands: Values) -> Outcome<Values> {
        let shape = scope.result_shape(0);
        let format = scope.result_format(0);
        let b = operands.pop().ok_or_else(|| Trap::form(0))?;
        if let Self::Unary(unary) = self {
            return Ok(smallvec::smallvec![apply(shape, format, b, unary)?]);
        }
        let a = operands.pop().ok_or_else(|| Trap::form(1))?;
        if let Self::Address { bytes } = self {
            return Ok(smallvec::smallvec![address(shape, a, b, bytes, scope.format(1))?]);
        }
        let value: Value = match format.class() {
            Class::I32 => {
                let (a, b) = (a.into_i32(shape), b.into_i32(shape));
                let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
                self.narrow(shape, format.bits(), a, b).into()
            }
            Class::I64 => {
                let (a, b) = (a.into_i64(shape), b.into_i64(shape));
                let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
                self.wide(shape, a, b).into()
            }
            Class::Mask => {
                let (a, b) = (a.into_bits(shape), b.into_bits(shape));
                let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
                let Self::Binary(binary) = self else { return Err(Trap::form(0)) };
                combine(shape, a, b, &mut |_, row, other| binary_mask(binary, row, other)).into()
            }
            Class::F32 | Class::F64 => return Err(Trap::form(0)),
        };
        Ok(smallvec::smallvec![value])
    }

    /// Without looking at lanes, where the result is of a short form too.
    pub(crate) fn shortly(self, scope: &Scope<'_>, [a, b]: [&Value; 2]) -> Option<Value> {
        match (self, a, b) {
            (Self::Address { bytes }, Value::Affine(base), Value::Affine(by)) => {
                let shape = scope.result_shape(0);
                base.add(&by.scale(bytes, shape, 64)?, shape, 64).map(Value::Affine)
            }
            (Self::Unary(_), ..) => None,
            _ => self.exactly(scope.result_shape(0), scope.result_format(0), a, b),
        }
    }

    fn exactly(self, shape: &[usize], format: Format, a: &Value, b: &Value) -> Option<Value> {
        if let (Value::Region(a), Value::Region(b)) = (a, b) {
            let Self::Binary(binary) = self else { return None };
            let region = match binary {
                IntegerBinary::And
                | IntegerBinary::Multiply
                | IntegerBinary::MinUnsigned
                | IntegerBinary::MaxSigned => Some(a.and(b)),
                IntegerBinary::Or | IntegerBinary::MaxUnsigned | IntegerBinary::MinSigned => a.or(b),
                IntegerBinary::Xor | IntegerBinary::Add | IntegerBinary::Subtract => match (a.as_splat(), b.as_splat())
                {
                    (Some(a), Some(b)) => Some(Region::splat(a != b)),
                    (Some(true), None) => b.not(shape),
                    (Some(false), None) => Some(b.clone()),
                    (None, Some(true)) => a.not(shape),
                    (None, Some(false)) => Some(a.clone()),
                    (None, None) => None,
                },
            };
            return region.map(Value::Region);
        }
        let (Value::Affine(a), Value::Affine(b)) = (a, b) else { return None };
        let bits = format.bits();
        let affine = match self {
            Self::Binary(IntegerBinary::Add) => a.add(b, shape, bits),
            Self::Binary(IntegerBinary::Subtract) => a.sub(b, shape, bits),
            Self::Binary(IntegerBinary::Multiply) => match (a.as_splat(), b.as_splat()) {
                (_, Some(by)) => a.scale(by, shape, bits),
                (Some(by), None) => b.scale(by, shape, bits),
                (None, None) => None,
            },
            Self::Shift(Shift::Left) => {
                let by = b.as_splat().filter(|by| (0..i64::from(bits) - 1).contains(by))?;
                a.scale(1 << by, shape, bits)
            }
            Self::Divide(division) => divide(division, a, b.as_splat()?, shape),
            Self::Binary(IntegerBinary::MinSigned) => pick(a, b, shape, true),
            Self::Binary(IntegerBinary::MaxSigned) => pick(a, b, shape, false),
            _ => None,
        };
        affine.map(Value::Affine)
    }

    fn narrow(self, shape: &[usize], bits: u32, a: Lanes<i32>, b: Lanes<i32>) -> Lanes<i32> {
        let mut filled = Vec::new();
        match self {
            Self::Binary(binary) => combine(shape, a, b, &mut |reversed, row, other| {
                binary_i32(binary, reversed, row, other);
                if bits < 32 {
                    wrap_i32(bits, row);
                }
            }),
            Self::Divide(division) => change_first(shape, a, b, &mut |row, other| {
                divide_i32(division, bits, row, slice(other, row.len(), &mut filled));
            }),
            Self::Shift(shift) => change_first(shape, a, b, &mut |row, other| {
                shift_i32(shift, bits, row, slice(other, row.len(), &mut filled));
            }),
            _ => change_first(shape, a, b, &mut |row, other| {
                multiply_high_i32(row, slice(other, row.len(), &mut filled));
            }),
        }
    }

    fn wide(self, shape: &[usize], a: Lanes<i64>, b: Lanes<i64>) -> Lanes<i64> {
        let mut filled = Vec::new();
        match self {
            Self::Binary(binary) => {
                combine(shape, a, b, &mut |reversed, row, other| binary_i64(binary, reversed, row, other))
            }
            Self::Divide(division) => change_first(shape, a, b, &mut |row, other| {
                divide_i64(division, row, slice(other, row.len(), &mut filled));
            }),
            Self::Shift(shift) => change_first(shape, a, b, &mut |row, other| {
                shift_i64(shift, row, slice(other, row.len(), &mut filled));
            }),
            _ => change_first(shape, a, b, &mut |row, other| {
                multiply_high_i64(row, slice(other, row.len(), &mut filled));
            }),
        }
    }
}

/// Changes the first operand by the second one, never the other way round.
pub(crate) fn change_first<T: Lane>(
    shape: &[usize],
    a: Lanes<T>,
    b: Lanes<T>,
    f: &mut dyn FnMut(&mut [T], Operand<'_, T>),
) -> Lanes<T> {
    crate::value::combine3(shape, a, b, Lanes::Splat(()), &mut |row, other, _: Operand<'_, ()>| f(row, other))
}

/// An operand element by element; `filled` keeps the same one for all.
pub(crate) fn slice<'s, T: Copy>(operand: Operand<'s, T>, len: usize, filled: &'s mut Vec<T>) -> &'s [T] {
    match operand {
        Operand::Each(row) => row,
        Operand::All(value) => {
            filled.clear();
            filled.resize(len, value);
            filled
        }
    }
}

fn apply(shape: &[usize], format: Format, a: Value, unary: IntegerUnary) -> Outcome<Value> {
    Ok(match format.class() {
        Class::I32 => {
            let a = a.into_i32(shape).ok_or_else(|| Trap::form(0))?;
            change(shape, a, &mut |row| unary_i32(unary, format.bits(), row)).into()
        }
        _ => {
            let a = a.into_i64(shape).ok_or_else(|| Trap::form(0))?;
            change(shape, a, &mut |row| unary_i64(unary, row)).into()
        }
    })
}

/// Quotients and remainders of what lies within one multiple of the divisor.
fn divide(division: Division, a: &Affine, by: i64, shape: &[usize]) -> Option<Affine> {
    if by <= 0 {
        return None;
    }
    let (low, high) = a.range(shape);
    if low < 0 {
        return None;
    }
    let remainder = matches!(division, Division::RemSigned | Division::RemUnsigned);
    let quotient = matches!(division, Division::DivSigned | Division::DivUnsigned | Division::FloorDivSigned);
    let by = i128::from(by);
    match () {
        () if remainder && low / by == high / by => {
            let start = low - low % by;
            Some(Affine { base: (i128::from(a.base) - start) as i64, steps: a.steps.clone() })
        }
        () if quotient && low / by == high / by => Some(Affine::splat((low / by) as i64)),
        () if quotient && i128::from(a.base) % by == 0 && a.steps.iter().all(|step| i128::from(*step) % by == 0) => {
            let by = by as i64;
            Some(Affine { base: a.base / by, steps: a.steps.iter().map(|step| step / by).collect() })
        }
        () => None,
    }
}

/// The smaller or the larger one, where it is the same one in all lanes.
fn pick(a: &Affine, b: &Affine, shape: &[usize], smaller: bool) -> Option<Affine> {
    let (difference_low, difference_high) = a.sub(b, shape, 64)?.range(shape);
    match smaller {
        _ if difference_high <= 0 => Some(if smaller { a } else { b }.clone()),
        _ if difference_low >= 0 => Some(if smaller { b } else { a }.clone()),
        _ => None,
    }
}

fn address(shape: &[usize], a: Value, b: Value, bytes: i64, offset: Format) -> Outcome<Value> {
    let b = match offset.class() {
        Class::I64 => b.into_i64(shape).ok_or_else(|| Trap::form(1))?,
        Class::Mask => {
            let bits = b.into_bits(shape).ok_or_else(|| Trap::form(1))?;
            crate::value::map(shape, &bits, &mut |bits, out| {
                out.iter_mut().zip(bits).for_each(|(out, bit)| *out = -i64::from(*bit));
            })
        }
        _ => {
            let narrow = b.into_i32(shape).ok_or_else(|| Trap::form(1))?;
            crate::value::map(shape, &narrow, &mut |narrow, out| {
                out.iter_mut().zip(narrow).for_each(|(out, offset)| *out = i64::from(*offset));
            })
        }
    };
    let b = change(shape, b, &mut |row| binary_i64(IntegerBinary::Multiply, false, row, Operand::All(bytes)));
    let a = a.into_i64(shape).ok_or_else(|| Trap::form(0))?;
    let sum = combine(shape, b, a, &mut |_, row, other| binary_i64(IntegerBinary::Add, false, row, other));
    Ok(sum.into())
}
