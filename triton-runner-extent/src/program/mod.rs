//! Straight-line programs over scalars and the grid: what a launch evaluates.

mod evaluate;
mod text;

pub use text::TextError;

/// Steps in order, each over earlier ones. There are no jumps; a step whose value can't be told has none, and neither have
/// those that need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// In order.
    pub steps: Vec<Step>,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever generates code of them has to know all")]
pub enum Step {
    /// The sum.
    Add(Operand, Operand),
    /// The difference.
    Sub(Operand, Operand),
    /// The product.
    Mul(Operand, Operand),
    /// The quotient, rounded toward zero. It has no value where the divisor is 0 or less.
    Div(Operand, Operand),
    /// The quotient, rounded down. It has no value where the divisor is 0 or less.
    Floor(Operand, Operand),
    /// What `Div` leaves, with the sign of the dividend. It has no value where the divisor is 0 or less.
    Rem(Operand, Operand),
    /// The smaller one.
    Min(Operand, Operand),
    /// The larger one.
    Max(Operand, Operand),
    /// The second where the first is 0 or more, else the third. The one that isn't taken need not have a value.
    Select(Operand, Operand, Operand),
}

/// What a step computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "whoever generates code of them has to know all")]
pub enum Operand {
    /// A constant.
    Number(i128),
    /// A scalar argument by its place among the IR's arguments; sign-extended from the IR's width, a truth value as 0 or 1.
    Scalar(u32),
    /// Programs along an axis: 0, 1 or 2.
    Grid(u8),
    /// The value of an earlier step, by its place.
    Step(u32),
    /// No value: what nothing is known of.
    Unknown,
}

impl Step {
    /// What it computes with, in order.
    pub fn operands(&self) -> impl Iterator<Item = Operand> {
        let (a, b, c) = match *self {
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Floor(a, b)
            | Self::Rem(a, b)
            | Self::Min(a, b)
            | Self::Max(a, b) => (a, b, None),
            Self::Select(a, b, c) => (a, b, Some(c)),
        };
        [a, b].into_iter().chain(c)
    }
}

impl Program {
    /// Scalars (by their places) and axes of the grid that a value depends on, each once, in order.
    pub fn inputs(&self, of: Operand) -> Vec<Operand> {
        let mut needed = vec![false; self.steps.len()];
        let mut inputs = std::collections::BTreeSet::new();
        let mut note = |operand: Operand, needed: &mut [bool]| match operand {
            Operand::Step(step) => {
                if let Some(needed) = needed.get_mut(step as usize) {
                    *needed = true;
                }
            }
            Operand::Scalar(_) | Operand::Grid(_) => _ = inputs.insert(operand),
            Operand::Number(_) | Operand::Unknown => {}
        };
        note(of, &mut needed);
        for (place, step) in self.steps.iter().enumerate().rev() {
            if needed.get(place).copied().unwrap_or_default() {
                step.operands().for_each(|operand| note(operand, &mut needed));
            }
        }
        inputs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
