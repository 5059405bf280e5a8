//! How flags go from operands to results.

use super::marks::{ABSORBED, Mark, Origins, UNDEFINED, either};
use super::plan::Plan;
use super::step::Flow;
use super::wide::numbers;
use crate::ops::Operation;
use crate::program::{Code, Instruction};
use crate::scope::Scope;
use crate::value::axes::{compact, lanes, step};
use crate::value::{Lanes, Value, Values};

/// An instruction with its operands, some of which are marked.
pub(super) struct Spread<'s, 'r, 'a> {
    pub(super) plan: &'s Plan<'r, 'a>,
    pub(super) instruction: &'r Instruction,
    pub(super) operands: &'s [Value],
    pub(super) marks: Vec<Option<Mark>>,
}

impl Spread<'_, '_, '_> {
    fn shape(&self, operand: usize) -> &[usize] {
        let slot = self.instruction.operands.get(operand);
        slot.and_then(|slot| self.plan.program.slots.get(*slot as usize)).map_or(&[], |ty| &ty.shape)
    }

    fn result_shape(&self, result: usize) -> &[usize] {
        let slot = self.instruction.results.get(result);
        slot.and_then(|slot| self.plan.program.slots.get(*slot as usize)).map_or(&[], |ty| &ty.shape)
    }

    /// Marks of the results.
    pub(super) fn results(mut self, flow: Flow) -> Vec<Option<Mark>> {
        let count = self.instruction.results.len();
        match flow {
            Flow::End => Vec::new(),
            Flow::Lanes => vec![self.together(0..self.marks.len())],
            Flow::And | Flow::Or => vec![self.truth(flow == Flow::And)],
            Flow::Select => vec![self.select()],
            Flow::Layout => self.layout(),
            Flow::Reduce { axis, sum } => {
                let mark = self.reduced(axis, sum);
                vec![mark; count]
            }
            Flow::Scan { axis, reverse } => {
                let mark = self.scanned(axis, reverse);
                vec![mark; count]
            }
            Flow::Dot => vec![self.dot()],
            Flow::Swap { axis } => vec![self.swapped(axis)],
            Flow::Histogram => vec![self.counted()],
            Flow::Gather { axis } => vec![self.gathered(axis)],
            Flow::Everywhere => {
                let marks: Vec<Mark> = self.marks.drain(..).flatten().collect();
                let flags = marks.iter().fold(0, |flags, mark| flags | mark.any());
                let from = marks.iter().fold(Origins::default(), |from, mark| from.or(mark.from));
                vec![Some(Mark::new(Lanes::Splat(flags), from)); count]
            }
        }
    }

    /// Of several operands, lane by lane.
    fn together(&mut self, places: std::ops::Range<usize>) -> Option<Mark> {
        let mut all = None;
        for place in places {
            let mark = self.marks.get_mut(place).and_then(Option::take);
            all = either(self.result_shape(0), all, mark);
        }
        all
    }

    fn bits(&self, operand: usize) -> Option<Vec<u8>> {
        let shape = self.shape(operand);
        Some(self.operands.get(operand)?.clone().into_bits(shape)?.to_vec(shape))
    }

    /// `and` and `or` of truth values: a lane that one operand decides doesn't depend on the other.
    fn truth(&mut self, and: bool) -> Option<Mark> {
        let deciding = u8::from(!and);
        let (Some(a), Some(b)) = (self.bits(0), self.bits(1)) else { return self.together(0..2) };
        let shape = self.shape(0).to_vec();
        let of = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.to_vec(&shape));
        let (first, second) = (self.marks.first().and_then(of), self.marks.get(1).and_then(of));
        let flags = |row: &Option<Vec<u8>>, lane: usize| row.as_ref().map_or(0, |row| row[lane]);
        let all = (0..a.len().min(b.len()))
            .map(|lane| {
                let (x, y) = (flags(&first, lane), flags(&second, lane));
                let is_decided = x == 0 && a[lane] == deciding || y == 0 && b[lane] == deciding;
                if is_decided { 0 } else { x | y }
            })
            .collect();
        Mark::of(&shape, all, self.origins())
    }

    fn origins(&self) -> Origins {
        self.marks.iter().flatten().fold(Origins::default(), |from, mark| from.or(mark.from))
    }

    fn select(&mut self) -> Option<Mark> {
        let shape = self.result_shape(0).to_vec();
        let Some(condition) = self.operands.first().cloned().and_then(|value| value.into_bits(self.shape(0))) else {
            return self.together(0..3);
        };
        let condition = condition.to_vec(&shape);
        let of = |place: usize| self.marks.get(place).and_then(Option::as_ref).map(|mark| mark.to_vec(&shape));
        let rows = [of(0), of(1), of(2)];
        let flags =
            |place: usize, lane: usize| rows[place].as_ref().and_then(|row| row.get(lane)).copied().unwrap_or(0);
        let all = condition.iter().enumerate();
        let all = all.map(|(lane, taken)| flags(0, lane) | flags(if *taken != 0 { 1 } else { 2 }, lane)).collect();
        Mark::of(&shape, all, self.origins())
    }

    fn layout(&mut self) -> Vec<Option<Mark>> {
        let Code::Compute(operation @ Operation::Layout(_)) = &self.instruction.code else { return Vec::new() };
        let from = self.origins();
        let clean = || Value::Bits(Lanes::Splat(0));
        let flags: Values =
            self.marks.drain(..).map(|mark| mark.map_or_else(clean, |mark| Value::Bits(mark.lanes))).collect();
        let scope = Scope::new(&self.plan.slots, &self.instruction.operands, &self.instruction.results);
        let Ok(moved) = operation.run(&scope, flags) else { return Vec::new() };
        let mark = |value| match value {
            Value::Bits(lanes) => Some(Mark::new(lanes, from)).filter(|mark| mark.any() != 0),
            _ => None,
        };
        moved.into_iter().map(mark).collect()
    }

    /// Flags of all operands together.
    fn all(&mut self) -> Option<(Vec<u8>, Origins)> {
        let shape = self.shape(0).to_vec();
        let mut all = None;
        for place in 0..self.marks.len() {
            let mark = self.marks.get_mut(place).and_then(Option::take);
            all = either(&shape, all, mark);
        }
        all.map(|mark| (mark.to_vec(&shape), mark.from))
    }

    /// Along an axis. In a sum what has no value and is 0 counts as absorbed by what has one.
    fn reduced(&mut self, axis: usize, sum: bool) -> Option<Mark> {
        let shape = self.shape(0).to_vec();
        let (flags, from) = self.all()?;
        // A product that is summed is 0 if either factor is.
        let zeros: Vec<Vec<bool>> = match sum {
            true => self.operands.iter().filter_map(|value| zeros(value, &shape)).collect(),
            false => Vec::new(),
        };
        let is_zero = |lane: usize| zeros.iter().any(|zeros| zeros.get(lane) == Some(&true));
        let size = shape.get(axis).copied().unwrap_or(1);
        let inner: usize = shape.iter().skip(axis + 1).product();
        let mut out = vec![(0, false); (flags.len() / size.max(1)).max(1)];
        for (lane, flags) in flags.into_iter().enumerate() {
            if let Some((to, has_value)) = out.get_mut(lane / (inner * size) * inner + lane % inner) {
                *to |= if flags & UNDEFINED != 0 && is_zero(lane) { flags & !UNDEFINED | ABSORBED } else { flags };
                *has_value |= flags & UNDEFINED == 0;
            }
        }
        let out = out.into_iter().map(|(flags, has_value)| if has_value { flags } else { unabsorbed(flags) }).collect();
        let result: Vec<usize> =
            shape.iter().enumerate().filter(|(place, _)| *place != axis).map(|(_, size)| *size).collect();
        Mark::of(&result, out, from)
    }

    /// Two lanes along an axis change places.
    fn swapped(&mut self, axis: usize) -> Option<Mark> {
        let shape = self.result_shape(0).to_vec();
        let kept =
            (0..2).find(|place| self.shape(*place) == shape && self.marks.get(*place).is_some_and(Option::is_some));
        let mark = self.marks.get_mut(kept?).and_then(Option::take)?;
        let inner: usize = shape.iter().skip(axis + 1).product();
        let flags = mark.to_vec(&shape);
        let other = |lane: usize| {
            if (lane / inner.max(1)).is_multiple_of(2) { lane + inner } else { lane.saturating_sub(inner) }
        };
        let moved = (0..flags.len()).map(|lane| flags.get(other(lane)).copied().unwrap_or(0)).collect();
        Mark::of(&shape, moved, mark.from)
    }

    /// Lanes that are counted, into all bins.
    fn counted(&mut self) -> Option<Mark> {
        let shape = self.shape(0).to_vec();
        let mask = if self.operands.len() > 1 { self.bits(1) } else { None };
        let of = |place: usize| self.marks.get(place).and_then(Option::as_ref).map(|mark| mark.to_vec(&shape));
        let (values, masks) = (of(0).unwrap_or_default(), of(1).unwrap_or_default());
        let is_on = |lane: usize| mask.as_ref().is_none_or(|mask| mask.get(lane) == Some(&1));
        let counted = values.iter().enumerate().filter(|(lane, _)| is_on(*lane)).map(|(_, flags)| flags);
        let flags = counted.chain(&masks).fold(0, |all, flags| all | flags);
        (flags != 0).then(|| Mark::new(Lanes::Splat(flags), self.origins()))
    }

    /// Of the lanes that are picked, and of the picks.
    fn gathered(&mut self, axis: usize) -> Option<Mark> {
        let (from, shape) = (self.shape(0).to_vec(), self.result_shape(0).to_vec());
        let of = |place: usize, shape: &[usize]| {
            self.marks.get(place).and_then(Option::as_ref).map(|mark| mark.to_vec(shape)).unwrap_or_default()
        };
        let (source, picks) = (of(0, &from), of(1, &shape));
        let places = numbers(self.operands.get(1)?, &shape, None)?.to_vec(&shape);
        let inner: usize = shape.iter().skip(axis + 1).product::<usize>().max(1);
        let (size, count) = (from.get(axis).copied()?, shape.get(axis).copied()?.max(1));
        let flags = places.into_iter().enumerate().map(|(lane, place)| {
            let place = usize::try_from(place).ok().filter(|place| *place < size);
            let outer = lane / (inner * count);
            let picked = place.and_then(|place| source.get((outer * size + place) * inner + lane % inner));
            picked.copied().unwrap_or(0) | picks.get(lane).copied().unwrap_or(0)
        });
        Mark::of(&shape, flags.collect(), self.origins())
    }

    fn scanned(&mut self, axis: usize, reverse: bool) -> Option<Mark> {
        let shape = self.shape(0).to_vec();
        let (mut flags, from) = self.all()?;
        let (steps, _) = compact(&shape, |_| true);
        let (along, size) = (step(&steps, axis).max(1) as usize, shape.get(axis).copied().unwrap_or(1));
        for first in (0..flags.len()).filter(|lane| lane / along % size == 0) {
            let mut before = 0;
            for place in 0..size {
                let place = if reverse { size - 1 - place } else { place };
                if let Some(lane) = flags.get_mut(first + place * along) {
                    *lane |= before;
                    before = *lane;
                }
            }
        }
        Mark::of(&shape, flags, from)
    }

    /// A row of the first operand and a column of the second come together in each element.
    fn dot(&mut self) -> Option<Mark> {
        let shape = self.result_shape(0).to_vec();
        let [.., m, n] = shape[..] else { return None };
        let batches = lanes(&shape) / (m * n).max(1);
        let k = *self.shape(0).last()?;
        let of = |place: usize| {
            let shape = self.shape(place);
            self.marks.get(place).and_then(Option::as_ref).map(|mark| mark.to_vec(shape))
        };
        let zero = |place: usize| self.operands.get(place).and_then(|value| zeros(value, self.shape(place)));
        let (a_zero, b_zero) = (zero(0).unwrap_or_default(), zero(1).unwrap_or_default());
        let is_zero = |zeros: &[bool], place: usize| zeros.get(place).copied().unwrap_or(false);
        let c_zero = zero(2);
        let mut out = of(2).unwrap_or_else(|| vec![0; batches * m * n]);
        for batch in 0..batches {
            let a_place = |row: usize, at: usize| (batch * m + row) * k + at;
            let b_place = |column: usize, at: usize| (batch * k + at) * n + column;
            let empty_row = |at: usize| (0..n).all(|column| is_zero(&b_zero, b_place(column, at)));
            let empty_column = |at: usize| (0..m).all(|row| is_zero(&a_zero, a_place(row, at)));
            let rows = of(0).map(|flags| {
                Lines::new(
                    m,
                    k,
                    |row, at| (flags.get(a_place(row, at)).copied().unwrap_or(0), is_zero(&a_zero, a_place(row, at))),
                    empty_row,
                )
            });
            let columns = of(1).map(|flags| {
                Lines::new(
                    n,
                    k,
                    |column, at| {
                        (flags.get(b_place(column, at)).copied().unwrap_or(0), is_zero(&b_zero, b_place(column, at)))
                    },
                    empty_column,
                )
            });
            for (lane, out) in out.iter_mut().enumerate().skip(batch * m * n).take(m * n) {
                let (row, column) = (lane / n % m, lane % n);
                let flags = rows.as_ref().map_or(0, |rows| rows.flags[row])
                    | columns.as_ref().map_or(0, |columns| columns.flags[column]);
                let product = match (&rows, &columns) {
                    (Some(rows), Some(columns)) => rows.meets(row, columns, column),
                    (Some(lines), None) => lines.has_value(row),
                    (None, Some(lines)) => lines.has_value(column),
                    (None, None) => true,
                };
                let is_zero = c_zero.as_ref().is_some_and(|zeros| is_zero(zeros, lane));
                *out = match (product, *out & UNDEFINED != 0) {
                    // What was added up so far is as if it weren't there.
                    (true, true) if is_zero => *out & !UNDEFINED | ABSORBED | flags,
                    (false, false) if is_zero => *out | unabsorbed(flags),
                    _ => *out | flags,
                };
            }
        }
        Mark::of(&shape, out, self.origins())
    }
}

/// Without a value of its own nothing absorbs what has none.
fn unabsorbed(flags: u8) -> u8 {
    if flags & ABSORBED != 0 { flags & !ABSORBED | UNDEFINED } else { flags }
}

/// Rows of a product's first factor, or columns of its second one.
struct Lines {
    flags: Vec<u8>,
    /// Which places of each line have values, 64 at once.
    values: Vec<Vec<u64>>,
}

impl Lines {
    /// With each place's flags and whether it is 0, and the places at which the other factor is 0 everywhere.
    fn new(
        count: usize,
        len: usize,
        at: impl Fn(usize, usize) -> (u8, bool),
        is_empty: impl Fn(usize) -> bool,
    ) -> Self {
        let empty: Vec<bool> = (0..len).map(is_empty).collect();
        let (mut all, mut values) = (vec![0; count], vec![vec![0u64; len.div_ceil(64)]; count]);
        for (line, (all, values)) in all.iter_mut().zip(&mut values).enumerate() {
            for (place, is_empty) in empty.iter().enumerate() {
                let (flags, is_zero) = at(line, place);
                let is_undefined = flags & UNDEFINED != 0;
                *all |= if is_undefined && (is_zero || *is_empty) { flags & !UNDEFINED | ABSORBED } else { flags };
                if let Some(bits) = values.get_mut(place / 64) {
                    *bits |= u64::from(!is_undefined) << (place % 64);
                }
            }
        }
        Self { flags: all, values }
    }

    fn has_value(&self, line: usize) -> bool {
        self.values.get(line).is_some_and(|bits| bits.iter().any(|bits| *bits != 0))
    }

    /// Whether both factors of a product have values somewhere.
    fn meets(&self, line: usize, other: &Self, column: usize) -> bool {
        let (Some(a), Some(b)) = (self.values.get(line), other.values.get(column)) else { return false };
        a.iter().zip(b).any(|(a, b)| a & b != 0)
    }
}

/// Which lanes are 0.
fn zeros(value: &Value, shape: &[usize]) -> Option<Vec<bool>> {
    Some(match value {
        Value::F32(lanes) => lanes.to_vec(shape).into_iter().map(|lane| lane == 0.0).collect(),
        Value::F64(lanes) => lanes.to_vec(shape).into_iter().map(|lane| lane == 0.0).collect(),
        Value::I32(lanes) => lanes.to_vec(shape).into_iter().map(|lane| lane == 0).collect(),
        Value::I64(lanes) => lanes.to_vec(shape).into_iter().map(|lane| lane == 0).collect(),
        _ => return None,
    })
}
