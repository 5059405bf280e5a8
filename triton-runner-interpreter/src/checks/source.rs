//! Where flags of integers begin: lanes without a value, numbers that wrap, divisions by zero.

use super::marks::{DIVIDED, Mark, Marks, Origins, UNDEFINED, WRAPPED, index};
use super::plan::{Roles, Wraps};
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

/// A mark of lanes that are flagged, if any is.
fn flagged(
    marks: &mut Marks,
    flag: u8,
    at: usize,
    shape: &[usize],
    lanes: Lanes<u8>,
    text: impl FnOnce(usize) -> String,
) -> Option<Mark> {
    let mark = Mark { lanes, from: Origins::default() };
    if mark.any() == 0 {
        return None;
    }
    let from = marks.bear(flag, at, || {
        let first = mark.to_vec(shape).iter().position(|flags| flags & flag != 0).unwrap_or(0);
        (index(shape, first), text(first))
    });
    Some(Mark { from, ..mark })
}

impl Wraps {
    /// The same, in as many bits as it needs.
    fn exactly(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            // Further shifts have no meaning.
            Self::ShiftLeft => a << b.clamp(0, 31),
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::ShiftLeft => "<<",
        }
    }

    /// Whether what goes by steps stays inside 32 bits; `None` where steps can't say it.
    fn fits(self, a: &Affine, b: &Affine, shape: &[usize]) -> Option<bool> {
        let scaled = |a: &Affine, by: i64| a.scale(by, shape, 32).is_some();
        match self {
            Self::Add => Some(a.add(b, shape, 32).is_some()),
            Self::Subtract => Some(a.sub(b, shape, 32).is_some()),
            Self::Multiply => match (a.as_splat(), b.as_splat()) {
                (_, Some(by)) => Some(scaled(a, by)),
                (Some(by), None) => Some(scaled(b, by)),
                (None, None) => None,
            },
            Self::ShiftLeft => b.as_splat().map(|by| scaled(a, 1 << by.clamp(0, 31))),
        }
    }

    /// Lanes that wrap.
    pub(super) fn wrapped(self, marks: &mut Marks, at: usize, shape: &[usize], a: &Value, b: &Value) -> Option<Mark> {
        if let (Value::Affine(a), Value::Affine(b)) = (a, b)
            && self.fits(a, b, shape) == Some(true)
        {
            return None;
        }
        let (a, b) = (a.clone().into_i32(shape)?, b.clone().into_i32(shape)?);
        let wraps = |a: i32, b: i32| i32::try_from(self.exactly(i64::from(a), i64::from(b))).is_err();
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
            format!("{a} {} {b} is {exact}, which wraps to {} in 32 bits", self.sign(), exact as i32)
        })
    }
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
