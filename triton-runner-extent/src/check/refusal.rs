//! Why a launch isn't let through.

use super::kind::Kind;
use crate::program::{Operand, TextError};
use crate::reason::Place;

/// Why a launch isn't let through. `because` has the scalars and axes of the grid that make it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A check that can't be read: nothing is let through unchecked.
    Unreadable(TextError),
    /// More programs than there can be.
    Grid,
    /// A scalar that doesn't fit the IR's type, or isn't there.
    Scalar {
        /// Its place among the IR's arguments.
        argument: u32,
    },
    /// A condition isn't met.
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
    Overflow {
        /// Its place among the IR's arguments.
        argument: u32,
        /// What makes it so.
        because: Vec<Operand>,
    },
    /// Memory before the argument's start is touched.
    Before {
        /// Its place among the IR's arguments.
        argument: u32,
        /// The lowest byte.
        byte: i128,
        /// What makes it so.
        because: Vec<Operand>,
    },
    /// Memory behind the argument's end is touched.
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
