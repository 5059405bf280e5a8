//! Numbers that stop to be any: NaN and infinities, and where they are born.

use super::marks::{BORN, INFINITE, Mark, Marks, NAN, Origins, either, index};
use crate::numbers::elementwise::{all_finite_f32, all_finite_f64, count_infinite_f32, count_infinite_f64};
use crate::types::{Slot, SlotType};
use crate::value::axes::lanes;
use crate::value::{Lane, Lanes, Value, map};

/// How many lanes are NaN or infinite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Both.
    pub(super) infinite: usize,
    /// NaN alone.
    pub(super) nan: usize,
}

impl Count {
    /// Of a value with these lanes. Where none is likely it is quicker to see whether there is any.
    pub(super) fn of_few(value: &Value, shape: &[usize]) -> Self {
        if has_infinite(value) { Self::of(value, shape) } else { Self::default() }
    }

    /// Of a value with these lanes.
    pub(super) fn of(value: &Value, shape: &[usize]) -> Self {
        let [infinite, nan] = match value {
            Value::F32(all) => counted(all, shape, count_infinite_f32),
            Value::F64(all) => counted(all, shape, count_infinite_f64),
            _ => [0; 2],
        };
        Self { infinite, nan }
    }
}

fn counted<T: Lane>(all: &Lanes<T>, shape: &[usize], count: fn(&[T]) -> [usize; 2]) -> [usize; 2] {
    match all {
        Lanes::Splat(lane) => count(&[*lane]).map(|count| count * lanes(shape)),
        Lanes::Stored(stored) if stored.is_all(shape) => {
            let data = stored.data().0;
            let times = lanes(shape) / data.len().max(1);
            count(data).map(|count| count * times)
        }
        Lanes::Stored(_) => count(&all.to_vec(shape)),
    }
}

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

/// What a number is called that isn't finite.
pub(super) fn word(number: f64) -> &'static str {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number < 0.0 => "minus infinity",
        _ => "infinity",
    }
}

fn flags(is_finite: bool, is_nan: bool) -> u8 {
    match (is_finite, is_nan) {
        (true, _) => 0,
        (false, true) => INFINITE | NAN,
        (false, false) => INFINITE,
    }
}

/// Flags of each lane; `None` where none is NaN or infinite.
pub(super) fn infinite_lanes(shape: &[usize], value: &Value) -> Option<Lanes<u8>> {
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
    // What it is computed of; `None` where nothing can be born.
    held: Option<Held<'_>>,
) -> Option<Mark> {
    const ALL: u8 = INFINITE | NAN | BORN;
    let lanes = infinite_lanes(shape, value);
    let Some(mark) = lanes.map(|lanes| Mark::new(lanes, Origins::default())).filter(|mark| mark.any() != 0) else {
        // Finite again.
        return inherited?.without(shape, ALL);
    };
    let Some(inherited) = inherited else {
        return Some(match held {
            Some(held) => born(marks, at, shape, value, held, mark),
            None => mark,
        });
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
    let new = match held {
        Some(held) => Mark::of(shape, new, Origins::default()).map(|new| born(marks, at, shape, value, held, new)),
        None => None,
    };
    either(shape, kept, new)
}

fn born(marks: &mut Marks, at: usize, shape: &[usize], value: &Value, held: Held<'_>, mark: Mark) -> Mark {
    let lanes = map(shape, &mark.lanes, &mut |from, to| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = if *from == 0 { 0 } else { from | BORN });
    });
    let from = marks.bear(BORN, at, || {
        let first = mark.to_vec(shape).iter().position(|flags| *flags != 0).unwrap_or(0);
        let number = lane(value, shape, first).map_or_else(String::new, |number| word(number).to_owned());
        (index(shape, first), number, held.of(shape, first))
    });
    Mark::new(lanes, from)
}

fn lane(value: &Value, shape: &[usize], lane: usize) -> Option<f64> {
    match value {
        Value::F32(lanes) => lanes.to_vec(shape).get(lane).map(|lane| f64::from(*lane)),
        Value::F64(lanes) => lanes.to_vec(shape).get(lane).copied(),
        _ => None,
    }
}

/// Operands of an instruction that may bear NaN, as far as they were kept.
#[derive(Clone, Copy)]
pub(super) struct Held<'h> {
    pub(super) values: &'h [Value],
    pub(super) slots: &'h [Slot],
    pub(super) types: &'h [SlotType],
}

impl Held<'_> {
    /// What was in a lane of each, in words; nothing where that isn't known of all.
    fn of(self, shape: &[usize], first: usize) -> String {
        let number = |(slot, value): (&Slot, &Value)| {
            let of = &self.types.get(*slot as usize)?.shape;
            lane(value, of, first).filter(|_| of[..] == *shape).map(|number| format!("{number:?}"))
        };
        let of: Option<Vec<String>> = self.slots.iter().zip(self.values).map(number).collect();
        of.filter(|of| !of.is_empty()).map_or_else(String::new, |of| format!(" of {}", of.join(" and ")))
    }
}

/// Operands that are kept to be told, where that takes no memory, or the operation takes much longer anyway.
pub(super) fn held(operands: &[Value], dying: u64, holds: bool) -> impl Iterator<Item = Value> {
    operands.iter().enumerate().map(move |(place, value)| {
        let is_free = place >= 64 || dying >> place & 1 == 0;
        match value {
            Value::F32(Lanes::Splat(_)) | Value::F64(Lanes::Splat(_)) => value.clone(),
            Value::F32(_) | Value::F64(_) if holds || is_free => value.clone(),
            _ => Value::None,
        }
    })
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
