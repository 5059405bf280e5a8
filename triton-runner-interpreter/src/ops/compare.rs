//! `arith.cmpi`, `arith.cmpf` and `arith.select`.

use crate::numbers::elementwise::{
    FloatPredicate, IntegerPredicate, compare_f32, compare_f64, compare_i32, compare_i64, compare_mask, select_f32,
    select_f64, select_i32, select_i64, select_mask,
};
use crate::numbers::format::{Class, Format};
use crate::ops::form::{Form, Reason, floats, integers};
use crate::ops::integer::slice;
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::{Affine, Lanes, Order, Region, Value, select, zip};

/// A comparison, or a choice by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Integers(IntegerPredicate),
    Floats(FloatPredicate),
    Select,
}

impl Compare {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let known = |word: &str| format!("the predicate `{word}` is not known");
        let compare = match form.name() {
            "arith.cmpi" => {
                let word = form.need_word("predicate")?;
                Self::Integers(IntegerPredicate::from_mlir(word).ok_or_else(|| known(word))?)
            }
            "arith.cmpf" => {
                let word = form.need_word("predicate")?;
                Self::Floats(FloatPredicate::from_mlir(word).ok_or_else(|| known(word))?)
            }
            "arith.select" => {
                form.count(3, 1)?;
                form.like_result([1, 2])?;
                let condition = form.operand(0)?;
                if condition.format() != Format::I1 || !(condition.shape.is_empty() || form.elementwise().is_ok()) {
                    return Err("its condition isn't `i1` of its result's shape".to_owned());
                }
                return Ok(Some(Self::Select));
            }
            _ => return Ok(None),
        };
        form.count(2, 1)?;
        form.elementwise()?;
        if form.operand(0)? != form.operand(1)? || form.result(0)?.format() != Format::I1 {
            return Err("its operands have different types, or its result isn't `i1`".to_owned());
        }
        let format = form.operand(0)?.format();
        match compare {
            Self::Floats(_) => floats(format)?,
            _ => integers(format)?,
        };
        Ok(Some(compare))
    }

    /// Without looking at lanes, where numbers go by steps.
    pub(crate) fn shortly(self, scope: &Scope<'_>, [a, b]: [&Value; 2]) -> Option<Value> {
        match (self, a, b) {
            (Self::Integers(predicate), Value::Affine(a), Value::Affine(b)) => {
                short(scope.result_shape(0), predicate, a, b)
            }
            _ => None,
        }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let shape = scope.result_shape(0);
        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_default();
        let value = match self {
            Self::Select => choose(shape, scope.result_format(0), next(), next(), next())?,
            Self::Integers(predicate) => integer(shape, scope.format(0), predicate, next(), next())?,
            Self::Floats(predicate) => match scope.format(0).class() {
                Class::F64 => {
                    let (a, b) = (next().into_f64(), next().into_f64());
                    let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
                    zip(shape, a, b, &mut |a, b, out| compare_f64(predicate, a, b, out)).into()
                }
                _ => {
                    let (a, b) = (next().into_f32(), next().into_f32());
                    let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
                    zip(shape, a, b, &mut |a, b, out| compare_f32(predicate, a, b, out)).into()
                }
            },
        };
        Ok(smallvec::smallvec![value])
    }
}

fn order(predicate: IntegerPredicate) -> Option<Order> {
    Some(match (predicate.less, predicate.equal, predicate.greater) {
        (false, true, false) => Order::Equal,
        (true, false, true) => Order::NotEqual,
        (true, false, false) => Order::Less,
        (true, true, false) => Order::LessEqual,
        (false, false, true) => Order::Greater,
        (false, true, true) => Order::GreaterEqual,
        _ => return None,
    })
}

fn short(shape: &[usize], predicate: IntegerPredicate, a: &Affine, b: &Affine) -> Option<Value> {
    // Without signs only what isn't negative compares alike.
    let is_plain = !predicate.unsigned || a.range(shape).0 >= 0 && b.range(shape).0 >= 0;
    let order = order(predicate).filter(|_| is_plain)?;
    Region::compare(a, order, b, shape).map(Value::Region)
}

fn integer(shape: &[usize], format: Format, predicate: IntegerPredicate, a: Value, b: Value) -> Outcome<Value> {
    Ok(match format.class() {
        Class::I64 => {
            let (a, b) = (a.into_i64(shape), b.into_i64(shape));
            let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
            zip(shape, a, b, &mut |a, b, out| compare_i64(predicate, a, b, out)).into()
        }
        Class::Mask => {
            let mut filled = Vec::new();
            let (a, b) = (a.into_bits(shape), b.into_bits(shape));
            let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
            zip(shape, a, b, &mut |a, b, out| compare_mask(predicate, a, slice(b, a.len(), &mut filled), out)).into()
        }
        _ => {
            let (a, b) = (a.into_i32(shape), b.into_i32(shape));
            let (a, b) = (a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?);
            zip(shape, a, b, &mut |a, b, out| compare_i32(predicate, a, b, out)).into()
        }
    })
}

fn choose(shape: &[usize], format: Format, mask: Value, a: Value, b: Value) -> Outcome<Value> {
    if let Some(mask) = mask.as_bool() {
        return Ok(if mask { a } else { b });
    }
    let mask: Lanes<u8> = mask.into_bits(shape).ok_or_else(|| Trap::form(0))?;
    macro_rules! chosen {
        ($into:ident($($shape:ident)?), $select:ident) => {{
            let (a, b) = (a.$into($($shape)?), b.$into($($shape)?));
            select(shape, mask, a.ok_or_else(|| Trap::form(1))?, b.ok_or_else(|| Trap::form(2))?, $select).into()
        }};
    }
    Ok(match format.class() {
        Class::F32 => chosen!(into_f32(), select_f32),
        Class::F64 => chosen!(into_f64(), select_f64),
        Class::I32 => chosen!(into_i32(shape), select_i32),
        Class::I64 => chosen!(into_i64(shape), select_i64),
        Class::Mask => chosen!(into_bits(shape), select_mask),
    })
}
