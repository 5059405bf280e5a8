//! Why a launch isn't let through.

use std::fmt;

use super::kind::Kind;
use crate::program::Operand;
use crate::reason::Place;

/// Why a launch isn't let through. `because` has the scalars and axes of the grid that make it so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// More programs than there can be.
    #[error("the grid has more programs than a GPU takes: 2³¹ − 1 along x, 65,535 along y and z")]
    Grid,
    /// A scalar that doesn't fit the IR's type, or isn't there.
    #[error("argument {argument}: expected an integer that fits the type of the IR")]
    Scalar {
        /// Its place among the IR's arguments.
        argument: u32,
    },
    /// A condition isn't met.
    #[error("{kind} ({place}){more}, by {because}", more = if *overflows { ": numbers too large to tell" } else { "" }, because = Inputs(because))]
    Condition {
        /// What goes wrong.
        kind: Kind,
        /// Where.
        place: Place,
        /// Whether numbers are too large to tell.
        overflows: bool,
        /// What makes it so.
        because: Vec<Operand>,
    },
    /// Numbers too large to tell what is touched.
    #[error("argument {argument}: numbers too large to tell what is touched, by {because}", because = Inputs(because))]
    Overflow {
        /// Its place among the IR's arguments.
        argument: u32,
        /// What makes it so.
        because: Vec<Operand>,
    },
    /// Memory before the argument's start is touched.
    #[error("argument {argument}: byte {byte}, before its start, is touched, by {because}", because = Inputs(because))]
    Before {
        /// Its place among the IR's arguments.
        argument: u32,
        /// The lowest byte.
        byte: i128,
        /// What makes it so.
        because: Vec<Operand>,
    },
    /// Memory behind the argument's end is touched.
    #[error("argument {argument}: {needed} bytes are needed, {given} are given, by {because}", because = Inputs(because))]
    Short {
        /// Its place among the IR's arguments.
        argument: u32,
        /// Bytes that it must have.
        needed: i128,
        /// Bytes that it has.
        given: u64,
        /// What makes it so.
        because: Vec<Operand>,
    },
}

/// Scalars and axes of the grid in words.
struct Inputs<'a>(&'a [Operand]);

impl fmt::Display for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the kernel alone");
        }
        for (place, input) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            match input {
                Operand::Scalar(argument) => write!(f, "argument {argument}")?,
                Operand::Grid(axis) => {
                    write!(f, "the grid's {}", ["x", "y", "z"].get(usize::from(*axis)).unwrap_or(&"?"))?
                }
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}
