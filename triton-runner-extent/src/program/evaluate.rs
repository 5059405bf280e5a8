//! Values of a program's steps. Nothing wraps: what doesn't fit in 128 bits has no value.

use super::{Operand, Program, Step};

/// Values of all steps, in order.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    scalars: &'a [Option<i64>],
    grid: [u32; 3],
    steps: Vec<Option<i128>>,
}

impl Program {
    /// Computes every step. `scalars` are by the places of the IR's arguments, `None` for what is no integer.
    pub(crate) fn evaluate<'a>(&self, scalars: &'a [Option<i64>], grid: [u32; 3]) -> Values<'a> {
        let mut values = Values { scalars, grid, steps: Vec::with_capacity(self.steps.len()) };
        for step in &self.steps {
            let value = values.step(step);
            values.steps.push(value);
        }
        values
    }
}

impl Values<'_> {
    /// The value of an operand.
    pub(crate) fn of(&self, operand: Operand) -> Option<i128> {
        match operand {
            Operand::Number(number) => Some(number),
            Operand::Scalar(place) => self.scalars.get(place as usize).copied().flatten().map(i128::from),
            Operand::Grid(axis) => self.grid.get(usize::from(axis)).copied().map(i128::from),
            Operand::Step(place) => self.steps.get(place as usize).copied().flatten(),
            Operand::Unknown => None,
        }
    }

    fn step(&self, step: &Step) -> Option<i128> {
        let two = |a, b| Some((self.of(a)?, self.of(b)?));
        let divide = |a, b, by: fn(i128, i128) -> Option<i128>| match two(a, b)? {
            (a, b @ 1..) => by(a, b),
            _ => None,
        };
        match *step {
            Step::Add(a, b) => two(a, b).and_then(|(a, b)| a.checked_add(b)),
            Step::Sub(a, b) => two(a, b).and_then(|(a, b)| a.checked_sub(b)),
            Step::Mul(a, b) => two(a, b).and_then(|(a, b)| a.checked_mul(b)),
            Step::Div(a, b) => divide(a, b, i128::checked_div),
            Step::Floor(a, b) => divide(a, b, i128::checked_div_euclid),
            Step::Rem(a, b) => divide(a, b, i128::checked_rem),
            Step::Min(a, b) => two(a, b).map(|(a, b)| a.min(b)),
            Step::Max(a, b) => two(a, b).map(|(a, b)| a.max(b)),
            Step::Select(sign, yes, no) => self.of(if self.of(sign)? >= 0 { yes } else { no }),
        }
    }
}
