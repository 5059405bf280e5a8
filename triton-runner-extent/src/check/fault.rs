//! A refusal in the words of who launches: with the names of arguments, and the numbers that make it so. The runtime and
//! `cargo triton run` say the same.

use super::Refusal;
use crate::program::Operand;

/// What is wrong with a launch's memory or numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault<'n> {
    /// Memory is too short.
    #[non_exhaustive]
    Short {
        /// The argument's name.
        argument: &'n str,
        /// Bytes that it must have at least.
        needed: u128,
        /// Bytes that it has; none for a null pointer.
        given: u64,
    },
    /// Memory before the start of an argument would be touched.
    #[non_exhaustive]
    Before {
        /// The argument's name.
        argument: &'n str,
        /// The lowest byte, below 0.
        byte: i128,
    },
    /// The numbers are too large to tell what would be touched.
    #[non_exhaustive]
    TooLarge {
        /// The argument's name.
        argument: &'n str,
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

/// A launch as its caller knows it.
#[derive(Clone, Copy, Debug)]
pub struct Launched<'a, 'n> {
    /// The kernel's file, the place of what has no line in it.
    pub file: &'a str,
    /// Names of arguments by their places.
    pub names: &'a [&'n str],
    /// Integers by the places of arguments.
    pub scalars: &'a [Option<i64>],
    /// Programs along x, y and z.
    pub grid: [u32; 3],
}

impl<'n> Launched<'_, 'n> {
    /// What a refusal says of this launch, and the numbers that make it so: integer arguments by their names, and `grid.x`,
    /// `grid.y`, `grid.z`. None where any launch would be refused.
    #[must_use]
    pub fn fault(&self, refusal: &Refusal) -> (Fault<'n>, Vec<(String, i64)>) {
        let name = |argument: &u32| self.name(*argument);
        let of_any = |problem: String| Fault::Condition { problem, place: self.file.to_owned() };
        let (fault, because) = match refusal {
            Refusal::Short { argument, needed, given, because } => {
                let needed = u128::try_from(*needed).unwrap_or_default();
                (Fault::Short { argument: name(argument), needed, given: *given }, &because[..])
            }
            Refusal::Before { argument, byte, because } => {
                (Fault::Before { argument: name(argument), byte: *byte }, &because[..])
            }
            Refusal::Overflow { argument, because } => (Fault::TooLarge { argument: name(argument) }, &because[..]),
            Refusal::Condition { kind, place, overflows, because } => {
                let more = if *overflows { ", or the numbers are too large to tell" } else { "" };
                (Fault::Condition { problem: format!("{kind}{more}"), place: place.to_string() }, &because[..])
            }
            Refusal::Scalar { argument } => {
                (of_any(format!("`{}` is no integer that fits its type", name(argument))), &[][..])
            }
            Refusal::Grid => {
                let most = "the grid has more programs than a GPU takes: 2³¹ − 1 along x, 65,535 along y and z";
                (of_any(most.to_owned()), &[][..])
            }
            Refusal::Unreadable(error) => (of_any(error.to_string()), &[][..]),
        };
        (fault, because.iter().filter_map(|operand| self.number(*operand)).collect())
    }

    fn name(&self, place: u32) -> &'n str {
        self.names.get(place as usize).copied().unwrap_or("?")
    }

    fn number(&self, operand: Operand) -> Option<(String, i64)> {
        match operand {
            Operand::Scalar(place) => {
                let value = self.scalars.get(place as usize).copied().flatten()?;
                Some((self.name(place).to_owned(), value))
            }
            Operand::Grid(axis) => {
                let place = usize::from(axis);
                let axis = ["x", "y", "z"].get(place)?;
                Some((format!("grid.{axis}"), i64::from(*self.grid.get(place)?)))
            }
            Operand::Number(_) | Operand::Step(_) | Operand::Unknown => None,
        }
    }
}

/// One line: what is wrong with a launch of a kernel, and the numbers that make it so.
#[must_use]
pub fn words(kernel: &str, fault: &Fault<'_>, because: &[(String, i64)]) -> String {
    let mut text = match fault {
        Fault::Short { argument, needed, given } => {
            format!("argument `{argument}` of kernel `{kernel}` needs {needed} bytes and has {given}")
        }
        Fault::Before { argument, byte } => {
            format!("kernel `{kernel}` would touch byte {byte} of argument `{argument}`, before its start")
        }
        Fault::TooLarge { argument } => {
            format!("nobody can tell what kernel `{kernel}` touches of argument `{argument}`: numbers too large")
        }
        Fault::Condition { problem, place } => {
            format!("kernel `{kernel}` can't be launched with these numbers: {problem} ({place})")
        }
    };
    for (index, (name, value)) in because.iter().enumerate() {
        let before = if index == 0 { ", with " } else { ", " };
        text += &format!("{before}{name} = {value}");
    }
    text
}
