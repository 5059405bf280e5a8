//! Numbers that stop to be any: NaN and infinities, and where they are born.

use super::marks::{BORN, INFINITE, Mark, Marks, NAN, Origins, either, index};
use crate::numbers::elementwise::{all_finite_f32, all_finite_f64};
use crate::value::{Lane, Lanes, Value, map};

/// Whether a lane is NaN or infinite.
fn has_infinite(value: &Value) -> bool {
    match value {
        Value::F32(lanes) => !stored(lanes, all_finite_f32),
        Value::F64(lanes) => !stored(lanes, all_finite_f64),
        _ => false,
    }
}

fn stored<T: Lane>(lanes: &Lanes<T>, all: fn(&[T]) -> bool) -> bool {
    match lanes {
        Lanes::Splat(value) => all(&[*value]),
        Lanes::Stored(stored) => all(stored.data().0),
    }
}

fn flags(is_finite: bool, is_nan: bool) -> u8 {
    match (is_finite, is_nan) {
        (true, _) => 0,
        (false, true) => INFINITE | NAN,
        (false, false) => INFINITE,
    }
}

fn infinite_lanes(shape: &[usize], value: &Value) -> Option<Lanes<u8>> {
    match value {
        Value::F32(lanes) if has_infinite(value) => Some(map(shape, lanes, &mut |row, out| {
            out.iter_mut().zip(row).for_each(|(out, lane)| *out = flags(lane.is_finite(), lane.is_nan()));
        })),
        Value::F64(lanes) if has_infinite(value) => Some(map(shape, lanes, &mut |row, out| {
            out.iter_mut().zip(row).for_each(|(out, lane)| *out = flags(lane.is_finite(), lane.is_nan()));
        })),
        _ => None,
    }
}

/// A result's mark, with lanes that are NaN or infinite. An infinity is born where all operands are finite, and NaN where
/// none is NaN, if that is possible here.
pub(super) fn infinite(
    marks: &mut Marks,
    at: usize,
    shape: &[usize],
    value: &Value,
    inherited: Option<Mark>,
    bears: bool,
) -> Option<Mark> {
    const ALL: u8 = INFINITE | NAN | BORN;
    let lanes = infinite_lanes(shape, value);
    let Some(mark) = lanes.map(|lanes| Mark { lanes, from: Origins::default() }).filter(|mark| mark.any() != 0) else {
        // Finite again.
        return inherited?.without(shape, ALL);
    };
    let Some(inherited) = inherited else {
        return Some(if bears { born(marks, at, shape, value, mark) } else { mark });
    };
    let (here, before) = (mark.to_vec(shape), inherited.to_vec(shape));
    let (mut kept, mut new) = (Vec::with_capacity(here.len()), Vec::with_capacity(here.len()));
    for (here, before) in here.into_iter().zip(before) {
        kept.push(if here == 0 { before & !ALL } else { before & !NAN | here });
        // What sort of number it is, no operand was.
        let sort = if here & NAN != 0 { NAN } else { here };
        new.push(if before & sort == 0 { here } else { 0 });
    }
    let kept = Mark::of(shape, kept, inherited.from);
    let new = Mark::of(shape, new, Origins::default()).filter(|_| bears).map(|new| born(marks, at, shape, value, new));
    either(shape, kept, new)
}

fn born(marks: &mut Marks, at: usize, shape: &[usize], value: &Value, mark: Mark) -> Mark {
    let lanes = map(shape, &mark.lanes, &mut |from, to| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if *from == 0 { 0 } else { from | BORN });
    });
    let from = marks.bear(BORN, at, || {
        let first = mark.to_vec(shape).iter().position(|flags| *flags != 0).unwrap_or(0);
        let number = match value {
            Value::F32(lanes) => lanes.to_vec(shape).get(first).map(|lane| f64::from(*lane)),
            Value::F64(lanes) => lanes.to_vec(shape).get(first).copied(),
            _ => None,
        };
        (index(shape, first), number.map_or_else(String::new, |number| number.to_string()))
    });
    Mark { lanes, from }
}

/// Flags of a value that nothing is computed of: a constant, an argument.
pub(super) fn of_constant(value: &Value) -> u8 {
    match value {
        Value::F32(Lanes::Splat(lane)) => flags(lane.is_finite(), lane.is_nan()),
        Value::F64(Lanes::Splat(lane)) => flags(lane.is_finite(), lane.is_nan()),
        _ if has_infinite(value) => INFINITE | NAN,
        _ => 0,
    }
}
