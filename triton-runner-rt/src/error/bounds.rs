//! A safe launch that would touch memory outside its arguments, or of which nobody can tell.

use std::fmt;

/// A launch that would touch memory outside its arguments, or where what the kernel needs of its numbers doesn't hold.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutOfBounds {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// What is wrong.
    pub fault: BoundsFault,
    /// The numbers that make it so: integer arguments by their names, and `grid.x`, `grid.y`, `grid.z`. Empty where any
    /// launch would be refused.
    pub because: Vec<(String, i64)>,
}

/// What is wrong with a launch's memory or numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundsFault {
    /// Memory is too short.
    #[non_exhaustive]
    Short {
        /// The argument's name.
        argument: &'static str,
        /// Bytes that it must have at least.
        needed: u128,
        /// Bytes that it has; none for a null pointer.
        given: u64,
    },
    /// Memory before the start of an argument would be touched.
    #[non_exhaustive]
    Before {
        /// The argument's name.
        argument: &'static str,
        /// The lowest byte, below 0.
        byte: i128,
    },
    /// The numbers are too large to tell what would be touched.
    #[non_exhaustive]
    TooLarge {
        /// The argument's name.
        argument: &'static str,
    },
    /// Something that has to hold of the numbers doesn't, or nobody can tell whether it does.
    #[non_exhaustive]
    Condition {
        /// What goes wrong: `an integer wraps`.
        problem: String,
        /// Where, as file and line of the Python source.
        place: String,
    },
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, fault, because } = self;
        match fault {
            BoundsFault::Short { argument, needed, given } => {
                write!(f, "argument `{argument}` of kernel `{kernel}` needs {needed} bytes and has {given}")?;
            }
            BoundsFault::Before { argument, byte } => {
                write!(f, "kernel `{kernel}` would touch byte {byte} of argument `{argument}`, before its start")?;
            }
            BoundsFault::TooLarge { argument } => {
                write!(
                    f,
                    "nobody can tell what kernel `{kernel}` touches of argument `{argument}`: numbers too large"
                )?;
            }
            BoundsFault::Condition { problem, place } => {
                write!(f, "kernel `{kernel}` can't be launched with these numbers: {problem} ({place})")?;
            }
        }
        for (index, (name, value)) in because.iter().enumerate() {
            write!(f, "{}{name} = {value}", if index == 0 { ", with " } else { ", " })?;
        }
        f.write_str("\n")?;
        f.write_str(match fault {
            BoundsFault::Short { .. } => "pass longer memory, or numbers and a grid that need less",
            _ => "pass numbers and a grid that fit the memory; `launch_unchecked` leaves that to its caller",
        })
    }
}

impl std::error::Error for OutOfBounds {}
