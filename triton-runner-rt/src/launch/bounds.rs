//! What a safe launch does with its kernel's check: the numbers of the grid for the generated code that evaluates it, and
//! the whole answer where that code doesn't let a launch through.

use triton_runner_extent::{Check, Launched, Refusal};

use super::Launch;
use crate::error::OutOfBounds;
use crate::grid::Grid;
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
            let check = text.parse::<Check>().map_err(Refusal::Unreadable);
            check.and_then(|check| check.admit(scalars, programs, &lengths)).map_err(|refusal| {
                let names: Vec<_> = spec.args.iter().map(|argument| argument.name).collect();
                let launched = Launched { file: spec.source, names: &names, scalars, grid: programs };
                let (fault, because) = launched.fault(&refusal);
                Error::OutOfBounds(Box::new(OutOfBounds { kernel: spec.name, fault, because }))
            })?;
        }
        Ok(())
    }
}
