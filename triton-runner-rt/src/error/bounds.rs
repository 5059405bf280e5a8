//! A safe launch that would touch memory outside its arguments, or of which nobody can tell.

use std::fmt;

use triton_runner_extent::words;

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
pub type BoundsFault = triton_runner_extent::Fault<'static>;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(self.kernel, &self.fault, &self.because))?;
        f.write_str("\n")?;
        f.write_str(match self.fault {
            BoundsFault::Short { .. } => "pass longer memory, or numbers and a grid that need less",
            _ => "pass numbers and a grid that fit the memory; `launch_unchecked` leaves that to its caller",
        })
    }
}

impl std::error::Error for OutOfBounds {}
