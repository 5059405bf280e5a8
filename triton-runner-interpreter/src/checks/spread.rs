//! How flags go from operands to results.

use super::marks::{ABSORBED, Mark, Origins, UNDEFINED, either};
use super::plan::{Flow, Plan};
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
            Flow::Everywhere => {
                let marks: Vec<Mark> = self.marks.drain(..).flatten().collect();
                let flags = marks.iter().fold(0, |flags, mark| flags | mark.any());
                let from = marks.iter().fold(Origins::default(), |from, mark| from.or(mark.from));
                vec![Some(Mark { lanes: Lanes::Splat(flags), from }); count]
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
            Value::Bits(lanes) => Some(Mark { lanes, from }).filter(|mark| mark.any() != 0),
            _ => None,
        };
        moved.into_iter().map(mark).collect()
    }

    /// Flags of all operands, where what is undefined and 0 counts as absorbed in a sum.
    fn summands(&mut self, sum: bool) -> Option<(Vec<u8>, Origins)> {
        let shape = self.shape(0).to_vec();
        let zeros: Vec<Vec<bool>> = match sum {
            true => self.operands.iter().filter_map(|value| zeros(value, &shape)).collect(),
            false => Vec::new(),
        };
        let places = 0..self.marks.len();
        let mut all = None;
        for place in places {
            let mark = self.marks.get_mut(place).and_then(Option::take);
            all = either(&shape, all, mark);
        }
        let mark = all?;
        let mut flags = mark.to_vec(&shape);
        for (lane, flags) in flags.iter_mut().enumerate() {
            // A product that is summed is 0 if either factor is.
            if *flags & UNDEFINED != 0 && zeros.iter().any(|zeros| zeros.get(lane) == Some(&true)) {
                *flags = *flags & !UNDEFINED | ABSORBED;
            }
        }
        Some((flags, mark.from))
    }

    fn reduced(&mut self, axis: usize, sum: bool) -> Option<Mark> {
        let shape = self.shape(0).to_vec();
        let (flags, from) = self.summands(sum)?;
        let size = shape.get(axis).copied().unwrap_or(1);
        let inner: usize = shape.iter().skip(axis + 1).product();
        let mut out = vec![0; (flags.len() / size.max(1)).max(1)];
        for (lane, flags) in flags.into_iter().enumerate() {
            if let Some(to) = out.get_mut(lane / (inner * size) * inner + lane % inner) {
                *to |= flags;
            }
        }
        let result: Vec<usize> =
            shape.iter().enumerate().filter(|(place, _)| *place != axis).map(|(_, size)| *size).collect();
        Mark::of(&result, out, from)
    }

    fn scanned(&mut self, axis: usize, reverse: bool) -> Option<Mark> {
        let shape = self.shape(0).to_vec();
        let (mut flags, from) = self.summands(false)?;
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
        let from = self.origins();
        let of = |place: usize| {
            let shape = self.shape(place);
            self.marks.get(place).and_then(Option::as_ref).map(|mark| mark.to_vec(shape))
        };
        let zero = |place: usize| self.operands.get(place).and_then(|value| zeros(value, self.shape(place)));
        let (a, b, c) = (of(0), of(1), of(2));
        let (a_zero, b_zero) = (zero(0).unwrap_or_default(), zero(1).unwrap_or_default());
        let is_zero = |zeros: &[bool], place: usize| zeros.get(place).copied().unwrap_or(false);
        let absorbed = |flags: u8, is_zero: bool| match is_zero && flags & UNDEFINED != 0 {
            true => flags & !UNDEFINED | ABSORBED,
            false => flags,
        };
        let mut out = c.unwrap_or_else(|| vec![0; batches * m * n]);
        for batch in 0..batches {
            let empty_row = |at: usize| (0..n).all(|column| is_zero(&b_zero, (batch * k + at) * n + column));
            let empty_column = |at: usize| (0..m).all(|row| is_zero(&a_zero, (batch * m + row) * k + at));
            let rows = a.as_ref().map(|a| {
                let flags = |row: usize, at: usize| a.get((batch * m + row) * k + at).copied().unwrap_or(0);
                let empty: Vec<bool> = (0..k).map(empty_row).collect();
                let of = |row: usize| {
                    (0..k).fold(0, |all, at| {
                        let is_zero = empty[at] || is_zero(&a_zero, (batch * m + row) * k + at);
                        all | absorbed(flags(row, at), is_zero)
                    })
                };
                (0..m).map(of).collect::<Vec<u8>>()
            });
            let columns = b.as_ref().map(|b| {
                let flags = |at: usize, column: usize| b.get((batch * k + at) * n + column).copied().unwrap_or(0);
                let empty: Vec<bool> = (0..k).map(empty_column).collect();
                let of = |column: usize| {
                    (0..k).fold(0, |all, at| {
                        let is_zero = empty[at] || is_zero(&b_zero, (batch * k + at) * n + column);
                        all | absorbed(flags(at, column), is_zero)
                    })
                };
                (0..n).map(of).collect::<Vec<u8>>()
            });
            for (lane, out) in out.iter_mut().enumerate().skip(batch * m * n).take(m * n) {
                let (row, column) = (lane / n % m, lane % n);
                *out |=
                    rows.as_ref().map_or(0, |rows| rows[row]) | columns.as_ref().map_or(0, |columns| columns[column]);
            }
        }
        Mark::of(&shape, out, from)
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
