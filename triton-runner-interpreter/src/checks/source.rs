//! Where flags of integers begin: lanes without a value, numbers that wrap, divisions by zero.

use super::marks::{DIVIDED, Mark, Marks, Origins, UNDEFINED, WRAPPED, index};
use super::roles::Roles;
use super::step::{Flow, Wraps};
use super::wide::numbers;
use crate::numbers::Operand;
use crate::numbers::format::{Class, Format};
use crate::value::{Affine, Lanes, Value, map, zip};

/// Lanes of a load that have no value.
pub(super) fn undefined(marks: &mut Marks, at: usize, roles: &Roles, shape: &[usize], mask: &Value) -> Option<Mark> {
    if roles.other.is_some() {
        return None;
    }
    let bits = mask.clone().into_bits(shape)?;
    let lanes = map(shape, &bits, &mut |bits, out| {
        out.iter_mut().zip(bits).for_each(|(out, bit)| *out = if *bit == 0 { UNDEFINED } else { 0 });
    });
    flagged(marks, UNDEFINED, at, shape, lanes, |_| String::new())
}

/// Lanes that are picked outside the axis.
pub(super) fn outside(marks: &mut Marks, at: usize, shape: &[usize], size: usize, picks: &Value) -> Option<Mark> {
    let is_inside = |place: i64| usize::try_from(place).is_ok_and(|place| place < size);
    if let Value::Affine(affine) = picks
        && let (low, high) = affine.range(shape)
        && low >= 0
        && high < size as i128
    {
        return None;
    }
    let picks = numbers(picks, shape, None)?;
    let lanes = map(shape, &picks, &mut |from, to: &mut [u8]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if is_inside(*from) { 0 } else { UNDEFINED });
    });
    flagged(marks, UNDEFINED, at, shape, lanes, |lane| {
        let place = picks.to_vec(shape).get(lane).copied().unwrap_or(0);
        format!("lane {place} of {size}")
    })
}

/// A mark of lanes that are flagged, if any is.
fn flagged(
    marks: &mut Marks,
    flag: u8,
    at: usize,
    shape: &[usize],
    lanes: Lanes<u8>,
    text: impl FnOnce(usize) -> String,
) -> Option<Mark> {
    let mark = Mark::new(lanes, Origins::default());
    if mark.any() == 0 {
        return None;
    }
    let from = marks.bear(flag, at, || {
        let first = mark.to_vec(shape).iter().position(|flags| flags & flag != 0).unwrap_or(0);
        (index(shape, first), text(first), String::new())
    });
    Some(Mark { from, ..mark })
}

impl Wraps {
    /// The operation of two integers that may wrap.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "arith.addi" => Self::Add,
            "arith.subi" => Self::Subtract,
            "arith.muli" => Self::Multiply,
            "arith.shli" => Self::ShiftLeft,
            _ => return None,
        })
    }

    /// The same, in as many bits as it needs. Where 64 aren't enough, a large number of the same sign and low bits.
    pub(super) fn exactly(self, a: i64, b: i64) -> i64 {
        let (wide, by) = (i128::from(a), i128::from(b));
        let exact = match self {
            Self::Add => wide + by,
            Self::Subtract => wide - by,
            Self::Multiply => wide * by,
            // Further shifts have no meaning.
            Self::ShiftLeft => wide << b.clamp(0, 31),
            Self::Absolute | Self::Cut | Self::Round | Self::Together { .. } => wide,
        };
        const LARGE: i64 = 1 << 62;
        i64::try_from(exact).unwrap_or_else(|_| {
            let low = exact as i64 & (LARGE - 1);
            if exact < 0 { low | i64::MIN } else { low | LARGE }
        })
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::ShiftLeft => "<<",
            _ => "+",
        }
    }

    /// Whether what goes by steps stays inside its bits; `None` where steps can't say it.
    fn fits(self, a: &Affine, b: &Affine, shape: &[usize], bits: u32) -> Option<bool> {
        let scaled = |a: &Affine, by: i64| a.scale(by, shape, bits).is_some();
        match self {
            Self::Add => Some(a.add(b, shape, bits).is_some()),
            Self::Subtract => Some(a.sub(b, shape, bits).is_some()),
            Self::Multiply => match (a.as_splat(), b.as_splat()) {
                (_, Some(by)) => Some(scaled(a, by)),
                (Some(by), None) => Some(scaled(b, by)),
                (None, None) => None,
            },
            Self::ShiftLeft => b.as_splat().map(|by| scaled(a, 1 << by.clamp(0, 31))),
            Self::Absolute | Self::Cut | Self::Round | Self::Together { .. } => None,
        }
    }

    /// Lanes that have no place in a result of this format.
    pub(super) fn wrapped(
        self,
        marks: &mut Marks,
        at: usize,
        shape: &[usize],
        format: Format,
        operands: &[Value],
    ) -> Option<Mark> {
        let bits = format.bits();
        match (self, operands) {
            (Self::Add | Self::Subtract | Self::Multiply | Self::ShiftLeft, [a, b]) => {
                self.of_two(marks, at, shape, bits, a, b)
            }
            (Self::Absolute, [a]) => absolute(marks, at, shape, bits, a),
            (Self::Cut, [a]) => cut(marks, at, shape, bits, a),
            (Self::Round, [a]) => rounded(marks, at, shape, bits, a),
            _ => None,
        }
    }

    fn of_two(self, marks: &mut Marks, at: usize, shape: &[usize], bits: u32, a: &Value, b: &Value) -> Option<Mark> {
        if let (Value::Affine(a), Value::Affine(b)) = (a, b)
            && self.fits(a, b, shape, bits) == Some(true)
        {
            return None;
        }
        let (a, b) = (a.clone().into_i32(shape)?, b.clone().into_i32(shape)?);
        let most = i64::from(i32::MAX) >> (32 - bits.clamp(1, 32));
        let wraps = |a: i32, b: i32| {
            let exact = self.exactly(i64::from(a), i64::from(b));
            exact > most || exact < -most - 1
        };
        let (kept_a, kept_b) = (a.clone(), b.clone());
        let lanes = zip(shape, a, b, &mut |a, b, out: &mut [u8]| {
            let flag = |a: &i32, b: &i32| if wraps(*a, *b) { WRAPPED } else { 0 };
            match b {
                Operand::All(b) => out.iter_mut().zip(a).for_each(|(out, a)| *out = flag(a, &b)),
                Operand::Each(b) => out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = flag(a, b)),
            }
        });
        flagged(marks, WRAPPED, at, shape, lanes, |lane| {
            let [a, b] = [kept_a, kept_b].map(|lanes| lanes.to_vec(shape).get(lane).copied().unwrap_or(0));
            let exact = self.exactly(i64::from(a), i64::from(b));
            let left = exact << (64 - bits) >> (64 - bits);
            format!("{a} {} {b} is {exact}, which wraps to {left} in {bits} bits", self.sign())
        })
    }
}

/// The least number has no absolute value.
fn absolute(marks: &mut Marks, at: usize, shape: &[usize], bits: u32, a: &Value) -> Option<Mark> {
    let least = i32::MIN >> (32 - bits.clamp(1, 32));
    if let Value::Affine(affine) = a
        && affine.range(shape).0 > i128::from(least)
    {
        return None;
    }
    let lanes = a.clone().into_i32(shape)?;
    let lanes = map(shape, &lanes, &mut |from, to: &mut [u8]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if *from == least { WRAPPED } else { 0 });
    });
    flagged(marks, WRAPPED, at, shape, lanes, |_| {
        format!("the absolute value of {least} wraps to {least} in {bits} bits")
    })
}

/// What is cut off was needed.
fn cut(marks: &mut Marks, at: usize, shape: &[usize], bits: u32, a: &Value) -> Option<Mark> {
    let most = i64::from(i32::MAX);
    if let Value::Affine(affine) = a
        && let (low, high) = affine.range(shape)
        && low >= i128::from(-most - 1)
        && high <= i128::from(most)
    {
        return None;
    }
    let kept = a.clone().into_i64(shape)?;
    let lanes = map(shape, &kept, &mut |from, to: &mut [u8]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if i32::try_from(*from).is_err() { WRAPPED } else { 0 });
    });
    flagged(marks, WRAPPED, at, shape, lanes, |lane| {
        let number = kept.to_vec(shape).get(lane).copied().unwrap_or(0);
        format!("{number} is cut to {} in {bits} bits", number as i32)
    })
}

/// A floating-point number that no integer of the result's type is near.
fn rounded(marks: &mut Marks, at: usize, shape: &[usize], bits: u32, a: &Value) -> Option<Mark> {
    fn of(number: f64) -> i64 {
        // No number of 32 bits is what NaN was meant to be.
        if number.is_nan() { i64::MAX } else { number as i64 }
    }
    let meant: Lanes<i64> = match a {
        Value::F32(lanes) => map(shape, lanes, &mut |from, to: &mut [i64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = of(f64::from(*from)));
        }),
        Value::F64(lanes) => map(shape, lanes, &mut |from, to: &mut [i64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = of(*from));
        }),
        _ => return None,
    };
    let lanes = map(shape, &meant, &mut |from, to: &mut [u8]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if i32::try_from(*from).is_err() { WRAPPED } else { 0 });
    });
    let mark = flagged(marks, WRAPPED, at, shape, lanes, |lane| {
        let number = match a {
            Value::F32(lanes) => lanes.to_vec(shape).get(lane).copied().map(f64::from),
            Value::F64(lanes) => lanes.to_vec(shape).get(lane).copied(),
            _ => None,
        };
        format!("{} has no place in {bits} bits", number.unwrap_or(f64::NAN))
    });
    mark.map(|mark| Mark { meant: Some(meant), ..mark })
}

/// Whether numbers along an axis may be too much for 32 bits together.
pub(super) fn may_wrap(shape: &[usize], flow: Flow, sum: bool, operands: &[Value]) -> bool {
    let size = match flow {
        Flow::Reduce { axis, .. } | Flow::Scan { axis, .. } => shape.get(axis).copied().unwrap_or(1) as i128,
        _ => 1,
    };
    operands.iter().any(|value| {
        let most = match value {
            Value::Affine(affine) => {
                let (low, high) = affine.range(shape);
                high.max(-low)
            }
            Value::I32(Lanes::Splat(lane)) => i128::from(lane.unsigned_abs()),
            Value::I32(Lanes::Stored(stored)) => {
                i128::from(stored.data().0.iter().fold(0, |most, lane| lane.unsigned_abs().max(most)))
            }
            _ => 0,
        };
        if sum { most * size > i128::from(i32::MAX) } else { most > 1 }
    })
}

/// Lanes that divide by zero, or the least number by -1.
pub(super) fn divided(
    marks: &mut Marks,
    at: usize,
    shape: &[usize],
    format: Format,
    signed: bool,
    [a, b]: [&Value; 2],
) -> Option<Mark> {
    if let Value::Affine(by) = b
        && by.as_splat().is_some_and(|by| by != 0 && by != -1)
    {
        return None;
    }
    // Of its own type: narrow integers are held in 32 bits.
    let least = i64::MIN >> (64 - 8 * format.bytes().min(8));
    let (a, b) = match format.class() {
        Class::I64 => (a.clone().into_i64(shape)?, b.clone().into_i64(shape)?),
        Class::I32 => {
            let wide = |value: &Value| {
                let narrow = value.clone().into_i32(shape)?;
                Some(map(shape, &narrow, &mut |from, to| {
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = i64::from(*from));
                }))
            };
            (wide(a)?, wide(b)?)
        }
        _ => return None,
    };
    let (kept_a, kept_b) = (a.clone(), b.clone());
    let is_wrong = |a: i64, b: i64| b == 0 || signed && b == -1 && a == least;
    let lanes = zip(shape, a, b, &mut |a, b, out: &mut [u8]| {
        let flag = |a: i64, b: i64| if is_wrong(a, b) { DIVIDED } else { 0 };
        match b {
            Operand::All(b) => out.iter_mut().zip(a).for_each(|(out, a)| *out = flag(*a, b)),
            Operand::Each(b) => out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = flag(*a, *b)),
        }
    });
    flagged(marks, DIVIDED, at, shape, lanes, |lane| {
        let [a, b] = [kept_a, kept_b].map(|lanes| lanes.to_vec(shape).get(lane).copied().unwrap_or(0));
        match b {
            0 => format!("{a} is divided by 0"),
            _ => format!("{a}, the least number of its type, is divided by -1, and the quotient has no place in it"),
        }
    })
}
