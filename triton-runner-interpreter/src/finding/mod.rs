//! What checkers find.

mod kind;

use std::fmt;

pub use kind::{Checks, FindingKind, Level, UnknownCheck};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// How sure it is that it is wrong.
    pub level: Level,
    /// The kernel.
    pub kernel: String,
    /// The program's place in the grid; `None` for what is wrong before any runs.
    pub program: Option<[u32; 3]>,
    /// File and line of Python.
    pub python: Option<(String, u32)>,
    /// Line of the IR.
    pub line: Option<u32>,
    /// The argument whose memory it is about, or which is wrong itself.
    pub argument: Option<String>,
    /// The element of that memory, counted from its start.
    pub element: Option<i64>,
    /// What happened.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, kernel: &str, message: String) -> Self {
        let (kernel, level) = (kernel.to_owned(), Level::Error);
        Self { kind, level, kernel, program: None, python: None, line: None, argument: None, element: None, message }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] kernel `{}`", self.kind.word(), self.kernel)?;
        if let Some([x, y, z]) = self.program {
            write!(f, ", program ({x}, {y}, {z})")?;
        }
        match (&self.python, self.line) {
            (Some((file, line)), _) => write!(f, ", {file}:{line}")?,
            (None, Some(line)) => write!(f, ", line {line} of the IR")?,
            (None, None) => {}
        }
        write!(f, ": {}", self.message)
    }
}

#[cfg(test)]
mod tests;
