//! Programs as text: `add s3 -1;div $0 8;max $1 g0`.
//!
//! A step is a word and its operands: a number, `s3` for a scalar, `g0` for an axis of the grid, `$0` for a step, `?` for no
//! value.

use std::fmt;
use std::str::FromStr;

use super::{Operand, Program, Step};

/// Text that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {problem}")]
pub struct TextError {
    text: String,
    problem: &'static str,
}

impl TextError {
    pub(crate) fn new(text: &str, problem: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), problem }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Scalar(place) => write!(f, "s{place}"),
            Self::Grid(axis) => write!(f, "g{axis}"),
            Self::Step(place) => write!(f, "${place}"),
            Self::Unknown => f.write_str("?"),
        }
    }
}

impl FromStr for Operand {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let expected = || TextError::new(text, "expected a number, `s3`, `g0`, `$0` or `?`");
        let place = |digits: &str| digits.parse::<u32>().map_err(|_| expected());
        match text.split_at_checked(1).ok_or_else(expected)? {
            ("s", digits) => Ok(Self::Scalar(place(digits)?)),
            ("$", digits) => Ok(Self::Step(place(digits)?)),
            ("g", "0") => Ok(Self::Grid(0)),
            ("g", "1") => Ok(Self::Grid(1)),
            ("g", "2") => Ok(Self::Grid(2)),
            ("?", "") => Ok(Self::Unknown),
            _ => text.parse().map(Self::Number).map_err(|_| expected()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add(..) => "add",
            Self::Sub(..) => "sub",
            Self::Mul(..) => "mul",
            Self::Div(..) => "div",
            Self::Floor(..) => "floor",
            Self::Rem(..) => "rem",
            Self::Min(..) => "min",
            Self::Max(..) => "max",
            Self::Select(..) => "select",
        })?;
        self.operands().try_for_each(|operand| write!(f, " {operand}"))
    }
}

impl FromStr for Step {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut words = text.split(' ');
        let word = words.next().unwrap_or_default();
        let operands = words.map(str::parse).collect::<Result<Vec<Operand>, _>>()?;
        match (word, &operands[..]) {
            ("add", &[a, b]) => Ok(Self::Add(a, b)),
            ("sub", &[a, b]) => Ok(Self::Sub(a, b)),
            ("mul", &[a, b]) => Ok(Self::Mul(a, b)),
            ("div", &[a, b]) => Ok(Self::Div(a, b)),
            ("floor", &[a, b]) => Ok(Self::Floor(a, b)),
            ("rem", &[a, b]) => Ok(Self::Rem(a, b)),
            ("min", &[a, b]) => Ok(Self::Min(a, b)),
            ("max", &[a, b]) => Ok(Self::Max(a, b)),
            ("select", &[a, b, c]) => Ok(Self::Select(a, b, c)),
            _ => Err(TextError::new(text, "expected an operation and its operands")),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if place == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}

impl FromStr for Program {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut steps = Vec::new();
        for step in text.split(';').filter(|step| !step.is_empty()) {
            let parsed: Step = step.parse()?;
            let is_later = |operand| matches!(operand, Operand::Step(place) if place as usize >= steps.len());
            if parsed.operands().any(is_later) {
                return Err(TextError::new(step, "a step can only use earlier ones"));
            }
            steps.push(parsed);
        }
        Ok(Self { steps })
    }
}
