//! What a safe launch does with its kernel's check: the numbers of the grid for the generated code that evaluates it, and
//! the whole answer where that code doesn't let a launch through.

use triton_runner_extent::{Check, Operand, Refusal, TextError};

use super::Launch;
use crate::error::{BoundsFault, OutOfBounds};
use crate::grid::{Axis, Grid};
use crate::spec::KernelSpec;
use crate::{Error, Result};

impl Launch<'_> {
    /// The programs of a grid, which are no more than there can be; all zero for an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Grid`].
    #[inline]
    pub fn programs(&self, grid: impl Into<Grid>) -> Result<[u32; 3]> {
        match grid.into().within(self.image.max_grid) {
            Ok(programs) => Ok(programs.unwrap_or_default()),
            Err((axis, fault)) => Err(self.image.wrong_grid(axis, fault)),
        }
    }

    /// Evaluates the kernel's check in 128 bits, and says what is wrong. The generated code has 64, and asks here before it
    /// refuses. `scalars` and `bytes` are by the places of the kernel's arguments.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`].
    #[cold]
    #[inline(never)]
    pub fn bounds(&self, programs: [u32; 3], scalars: &[Option<i64>], bytes: &[Option<usize>]) -> Result<()> {
        let spec = self.image.spec;
        let lengths: Vec<_> = bytes.iter().map(|bytes| bytes.map(|bytes| bytes as u64)).collect();
        for text in spec.checks {
            let out_of_bounds = match text.parse::<Check>() {
                Ok(check) => match check.admit(scalars, programs, &lengths) {
                    Ok(()) => continue,
                    Err(refusal) => refused(spec, refusal, scalars, programs),
                },
                Err(error) => unreadable(spec, &error),
            };
            return Err(Error::OutOfBounds(Box::new(out_of_bounds)));
        }
        Ok(())
    }
}

/// A refusal with the names of arguments, and the numbers that make it so.
fn refused(spec: &KernelSpec, refusal: Refusal, scalars: &[Option<i64>], programs: [u32; 3]) -> OutOfBounds {
    let name = |argument: u32| spec.argument(argument as usize);
    let (fault, because) = match refusal {
        Refusal::Short { argument, needed, given, because } => {
            let needed = u128::try_from(needed).unwrap_or_default();
            (BoundsFault::Short { argument: name(argument), needed, given }, because)
        }
        Refusal::Before { argument, byte, because } => {
            (BoundsFault::Before { argument: name(argument), byte }, because)
        }
        Refusal::Overflow { argument, because } => (BoundsFault::TooLarge { argument: name(argument) }, because),
        Refusal::Condition { kind, place, overflows, because } => {
            let more = if overflows { ", or the numbers are too large to tell" } else { "" };
            (BoundsFault::Condition { problem: format!("{kind}{more}"), place: place.to_string() }, because)
        }
        // Types and the grid's own check keep both from being.
        other => (BoundsFault::Condition { problem: other.to_string(), place: spec.source.to_owned() }, Vec::new()),
    };
    let number = |operand: Operand| match operand {
        Operand::Scalar(place) => Some((name(place).to_owned(), scalars.get(place as usize).copied().flatten()?)),
        Operand::Grid(axis) => {
            let place = usize::from(axis);
            let axis = [Axis::X, Axis::Y, Axis::Z].get(place)?;
            Some((format!("grid.{axis}"), i64::from(*programs.get(place)?)))
        }
        Operand::Number(_) | Operand::Step(_) | Operand::Unknown => None,
    };
    OutOfBounds { kernel: spec.name, fault, because: because.into_iter().filter_map(number).collect() }
}

/// A check that can't be read. The macro has read it, so there is none; nothing is let through unchecked.
fn unreadable(spec: &KernelSpec, error: &TextError) -> OutOfBounds {
    let fault = BoundsFault::Condition { problem: error.to_string(), place: spec.source.to_owned() };
    OutOfBounds { kernel: spec.name, fault, because: Vec::new() }
}
