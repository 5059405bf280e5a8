//! What a launch evaluates before it starts, and what that says.

mod fault;
mod kind;
mod refusal;
mod text;

use crate::program::{Operand, Program};
use crate::reason::Place;

pub use fault::{Fault, Launched, words};
pub use kind::Kind;
pub use refusal::Refusal;

/// What is touched behind each argument, and what has to hold for that to be right. All numbers are those of one launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Steps that everything below is found in.
    pub program: Program,
    /// Scalars that the program needs, in order.
    pub scalars: Vec<Scalar>,
    /// Conditions, each of which has to be met.
    pub conditions: Vec<Condition>,
    /// Pointers through which something may be touched, by their places, in order. Nothing is touched through others.
    pub touched: Vec<Touched>,
}

/// A scalar argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its place among the arguments that a caller passes.
    pub argument: u32,
    /// Bits in the IR. It has to fit in these, with a sign; a truth value has one and is 0 or 1.
    pub bits: u32,
}

/// What has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// It holds where this is 0 or more.
    pub value: Operand,
    /// What goes wrong where it doesn't.
    pub kind: Kind,
    /// Where that would be.
    pub place: Place,
}

/// Memory behind an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The argument's place among those that a caller passes.
    pub argument: u32,
    /// The lowest byte, counted from where the pointer points to.
    pub low: Operand,
    /// The highest byte; nothing is touched where it is below the lowest.
    pub high: Operand,
}

/// Bytes behind an argument, of one launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// The argument's place among those that a caller passes.
    pub argument: u32,
    /// The lowest and the highest byte; `None` where nothing is touched.
    pub ends: Option<(i128, i128)>,
}

impl Check {
    /// Stages of pipelined loops that a check allows for. TTIR doesn't say the option: who lowers with more can't rely on the
    /// check.
    pub const MOST_STAGES: u32 = 64;

    /// Most programs along each axis.
    pub const MOST_PROGRAMS: [u32; 3] = [i32::MAX as u32, 65_535, 65_535];

    /// What a launch touches. `scalars` are by the places of the IR's arguments, `None` for what is no integer.
    ///
    /// # Errors
    ///
    /// A condition that isn't met; numbers that don't fit.
    pub fn evaluate(&self, scalars: &[Option<i64>], grid: [u32; 3]) -> Result<Vec<Bytes>, Refusal> {
        if grid.contains(&0) {
            let nothing = |touched: &Touched| Bytes { argument: touched.argument, ends: None };
            return Ok(self.touched.iter().map(nothing).collect());
        }
        if grid.iter().zip(Self::MOST_PROGRAMS).any(|(programs, most)| *programs > most) {
            return Err(Refusal::Grid);
        }
        for scalar in &self.scalars {
            let value = scalars.get(scalar.argument as usize).copied().flatten();
            if !value.is_some_and(|value| scalar.holds(value)) {
                return Err(Refusal::Scalar { argument: scalar.argument });
            }
        }
        let values = self.program.evaluate(scalars, grid);
        for condition in &self.conditions {
            let because = || self.program.inputs(condition.value);
            match values.of(condition.value) {
                Some(0..) => {}
                value => {
                    let (kind, place) = (condition.kind, condition.place.clone());
                    return Err(Refusal::Condition { kind, place, overflows: value.is_none(), because: because() });
                }
            }
        }
        let bytes = |touched: &Touched| {
            let (Some(low), Some(high)) = (values.of(touched.low), values.of(touched.high)) else {
                let because = self.program.inputs(touched.high);
                return Err(Refusal::Overflow { argument: touched.argument, because });
            };
            Ok(Bytes { argument: touched.argument, ends: (low <= high).then_some((low, high)) })
        };
        self.touched.iter().map(bytes).collect()
    }

    /// Whether a launch stays inside memory of these lengths in bytes, by the places of the IR's arguments; `None` for what is
    /// no pointer.
    ///
    /// # Errors
    ///
    /// The same as of `evaluate`, and memory that is too short.
    pub fn admit(&self, scalars: &[Option<i64>], grid: [u32; 3], lengths: &[Option<u64>]) -> Result<(), Refusal> {
        for (bytes, touched) in self.evaluate(scalars, grid)?.into_iter().zip(&self.touched) {
            let Some((low, high)) = bytes.ends else { continue };
            let argument = bytes.argument;
            let given = lengths.get(argument as usize).copied().flatten().unwrap_or(0);
            if low < 0 {
                return Err(Refusal::Before { argument, byte: low, because: self.program.inputs(touched.low) });
            }
            if high >= i128::from(given) {
                let because = self.program.inputs(touched.high);
                return Err(Refusal::Short { argument, needed: high.saturating_add(1), given, because });
            }
        }
        Ok(())
    }
}

impl Scalar {
    fn holds(self, value: i64) -> bool {
        match self.bits {
            1 => (0..=1).contains(&value),
            64.. => true,
            bits => {
                let half = 1_i64 << (bits.max(1) - 1);
                (-half..half).contains(&value)
            }
        }
    }
}

#[cfg(test)]
mod tests;
