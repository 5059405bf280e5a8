//! Conversions between formats.

use crate::numbers::format::{
    Class, Format, Rounding, Signedness, f32_to_f64, f32_to_i32, f32_to_i64, f64_to_f32, f64_to_i32, f64_to_i64,
    i32_to_f32, i32_to_f64, i32_to_i64, i32_to_mask, i64_to_f32, i64_to_f64, i64_to_i32, i64_to_mask, mask_to_i32,
    mask_to_i64, round_f32,
};
use crate::ops::element::Element;
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::{Value, change, map};

/// A conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    /// `arith.extsi`, `extui`, `trunci`, `index_cast`.
    Integer(Signedness),
    /// `arith.sitofp`, `uitofp`.
    ToFloat(Signedness),
    /// `arith.fptosi`, `fptoui`.
    ToInteger(Signedness),
    /// `arith.extf`, `truncf`, `tt.fp_to_fp`.
    Float(Rounding),
    /// `tt.bitcast`, `arith.bitcast`.
    Bits,
    /// `tt.ptr_to_int`, `tt.int_to_ptr`: an address is its number.
    Address,
}

impl Cast {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let cast = match form.name() {
            "arith.extsi" | "arith.index_cast" | "arith.trunci" => Self::Integer(Signedness::Signed),
            "arith.extui" | "arith.index_castui" => Self::Integer(Signedness::Unsigned),
            "arith.sitofp" => Self::ToFloat(Signedness::Signed),
            "arith.uitofp" => Self::ToFloat(Signedness::Unsigned),
            "arith.fptosi" => Self::ToInteger(Signedness::Signed),
            "arith.fptoui" => Self::ToInteger(Signedness::Unsigned),
            "arith.extf" | "arith.truncf" | "tt.fp_to_fp" => {
                match form.word("rounding").or(form.word("roundingmode")) {
                    None | Some("rtne" | "to_nearest_even") => Self::Float(Rounding::NearestEven),
                    Some("rtz" | "toward_zero") => Self::Float(Rounding::TowardZero),
                    Some(other) => return Err(format!("rounding `{other}` is not supported")),
                }
            }
            "tt.bitcast" | "arith.bitcast" => Self::Bits,
            "tt.ptr_to_int" | "tt.int_to_ptr" => Self::Address,
            _ => return Ok(None),
        };
        form.count(1, 1)?;
        form.elementwise()?;
        let (from, to) = (form.operand(0)?, form.result(0)?);
        let is_float = |format: Format| matches!(format.class(), Class::F32 | Class::F64);
        let fits = match cast {
            Self::Integer(_) => !is_float(from.format()) && !is_float(to.format()),
            Self::ToFloat(_) => !is_float(from.format()) && is_float(to.format()),
            Self::ToInteger(_) => is_float(from.format()) && !is_float(to.format()) && to.format() != Format::I1,
            Self::Float(_) => is_float(from.format()) && is_float(to.format()),
            // Bits of `i1` in another type of one bit: the same.
            Self::Bits => {
                from.format().bits() == to.format().bits() && from.pointee().is_some() == to.pointee().is_some()
            }
            Self::Address => from.format() == Format::I64 && to.format() == Format::I64,
        };
        if fits { Ok(Some(cast)) } else { Err("it can't convert between these types".to_owned()) }
    }

    /// Without looking at lanes, where numbers go by steps.
    pub(crate) fn shortly(self, scope: &Scope<'_>, a: &Value) -> Option<Value> {
        match self {
            Self::Integer(sign) => short(scope.shape(0), a, sign, scope.result_format(0)),
            Self::Address if matches!(a, Value::Affine(_)) => Some(a.clone()),
            _ => None,
        }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, mut operands: Values) -> Outcome<Values> {
        let value = operands.pop().ok_or_else(|| Trap::form(0))?;
        let (shape, from, to) = (scope.shape(0), scope.format(0), scope.result_format(0));
        let missing = || Trap::form(0);
        let value = match self {
            Self::Address => value,
            Self::Integer(sign) => integer(shape, value, sign, from, to)?,
            Self::Float(rounding) => float(shape, value, rounding, from, to)?,
            Self::Bits => bits(shape, value, from, to)?,
            Self::ToFloat(sign) => match from.class() {
                Class::I64 => {
                    let lanes = value.into_i64(shape).ok_or_else(missing)?;
                    match to.class() {
                        Class::F64 => map(shape, &lanes, &mut |row, out| i64_to_f64(sign, row, out)).into(),
                        _ => map(shape, &lanes, &mut |row, out| i64_to_f32(sign, to, row, out)).into(),
                    }
                }
                class => {
                    let (lanes, bits) = match class {
                        Class::Mask => {
                            let mask = value.into_bits(shape).ok_or_else(missing)?;
                            (map(shape, &mask, &mut |row, out| mask_to_i32(sign, row, out)), 32)
                        }
                        _ => (value.into_i32(shape).ok_or_else(missing)?, from.bits()),
                    };
                    match to.class() {
                        Class::F64 => map(shape, &lanes, &mut |row, out| i32_to_f64(sign, bits, row, out)).into(),
                        _ => map(shape, &lanes, &mut |row, out| i32_to_f32(sign, bits, to, row, out)).into(),
                    }
                }
            },
            Self::ToInteger(sign) => match (from.class(), to.class()) {
                (Class::F64, Class::I64) => {
                    let lanes = value.into_f64().ok_or_else(missing)?;
                    map(shape, &lanes, &mut |row, out| _ = f64_to_i64(sign, row, out)).into()
                }
                (Class::F64, _) => {
                    let lanes = value.into_f64().ok_or_else(missing)?;
                    map(shape, &lanes, &mut |row, out| _ = f64_to_i32(sign, to.bits(), row, out)).into()
                }
                (_, Class::I64) => {
                    let lanes = value.into_f32().ok_or_else(missing)?;
                    map(shape, &lanes, &mut |row, out| _ = f32_to_i64(sign, row, out)).into()
                }
                _ => {
                    let lanes = value.into_f32().ok_or_else(missing)?;
                    map(shape, &lanes, &mut |row, out| _ = f32_to_i32(sign, to.bits(), row, out)).into()
                }
            },
        };
        Ok(smallvec::smallvec![value])
    }
}

fn short(shape: &[usize], value: &Value, sign: Signedness, to: Format) -> Option<Value> {
    match value {
        _ if to == Format::I1 => None,
        Value::Affine(affine) if sign == Signedness::Signed || affine.range(shape).0 >= 0 => {
            affine.resize(shape, to.bits()).map(Value::Affine)
        }
        Value::Region(region) => {
            let bit = i64::from(region.as_splat()?);
            Some(Value::int(if sign == Signedness::Signed { -bit } else { bit }))
        }
        _ => None,
    }
}

fn integer(shape: &[usize], value: Value, sign: Signedness, from: Format, to: Format) -> Outcome<Value> {
    if from == Format::I1 && to == Format::I1 {
        return Ok(value);
    }
    let missing = || Trap::form(0);
    Ok(match from.class() {
        Class::Mask => {
            let lanes = value.into_bits(shape).ok_or_else(missing)?;
            match to.class() {
                Class::I64 => map(shape, &lanes, &mut |row, out| mask_to_i64(sign, row, out)).into(),
                _ => map(shape, &lanes, &mut |row, out| mask_to_i32(sign, row, out)).into(),
            }
        }
        Class::I64 => {
            let lanes = value.into_i64(shape).ok_or_else(missing)?;
            match to.class() {
                Class::I64 => lanes.into(),
                Class::Mask => map(shape, &lanes, &mut i64_to_mask_rows).into(),
                _ => map(shape, &lanes, &mut |row, out| i64_to_i32(to.bits(), row, out)).into(),
            }
        }
        _ => {
            let lanes = value.into_i32(shape).ok_or_else(missing)?;
            match to.class() {
                Class::I64 => map(shape, &lanes, &mut |row, out| i32_to_i64(sign, from.bits(), row, out)).into(),
                Class::Mask => map(shape, &lanes, &mut |row, out| i32_to_mask(row, out)).into(),
                _ => change(shape, lanes, &mut |row| resize(sign, from.bits(), to.bits(), row)).into(),
            }
        }
    })
}

fn i64_to_mask_rows(row: &[i64], out: &mut [u8]) {
    i64_to_mask(row, out);
}

fn resize(sign: Signedness, from: u32, to: u32, row: &mut [i32]) {
    if to < from {
        crate::numbers::format::wrap_i32(to, row);
    } else if sign == Signedness::Unsigned && from < 32 {
        crate::numbers::format::zero_extend_i32(from, row);
    }
}

fn float(shape: &[usize], value: Value, rounding: Rounding, from: Format, to: Format) -> Outcome<Value> {
    let missing = || Trap::form(0);
    Ok(match (from.class(), to.class()) {
        (Class::F64, Class::F64) => value,
        (Class::F64, _) => {
            let lanes = value.into_f64().ok_or_else(missing)?;
            map(shape, &lanes, &mut |row, out| f64_to_f32(to, rounding, row, out)).into()
        }
        (_, Class::F64) => {
            let lanes = value.into_f32().ok_or_else(missing)?;
            map(shape, &lanes, &mut f32_to_f64_rows).into()
        }
        // Every number of the narrower format is one of `f32`.
        _ if to == Format::F32 => value,
        _ => {
            let lanes = value.into_f32().ok_or_else(missing)?;
            change(shape, lanes, &mut |row| round_f32(to, rounding, row)).into()
        }
    })
}

fn f32_to_f64_rows(row: &[f32], out: &mut [f64]) {
    f32_to_f64(row, out);
}

fn bits(shape: &[usize], value: Value, from: Format, to: Format) -> Outcome<Value> {
    if from == to || from.class() == to.class() && from.class() != Class::F32 {
        return Ok(value);
    }
    if from.class() == Class::Mask {
        return Ok(value);
    }
    let size = from.bytes();
    let mut bytes = Vec::new();
    Ok(by_class!(from.class(), (value in shape) => {
        match to.class() {
            Class::F32 => map(shape, &value, &mut |row, out: &mut [f32]| reinterpret(from, to, size, &mut bytes, row, out)).into(),
            Class::F64 => map(shape, &value, &mut |row, out: &mut [f64]| reinterpret(from, to, size, &mut bytes, row, out)).into(),
            Class::I64 => map(shape, &value, &mut |row, out: &mut [i64]| reinterpret(from, to, size, &mut bytes, row, out)).into(),
            _ => map(shape, &value, &mut |row, out: &mut [i32]| reinterpret(from, to, size, &mut bytes, row, out)).into(),
        }
    }))
}

/// Numbers to memory and back as others.
fn reinterpret<A: Element, B: Element>(
    from: Format,
    to: Format,
    size: usize,
    bytes: &mut Vec<u8>,
    row: &[A],
    out: &mut [B],
) {
    bytes.clear();
    bytes.resize(row.len() * size, 0);
    A::store(from, row, bytes);
    B::load(to, bytes, out);
}
