//! What checkers find.

use std::fmt;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FindingKind {
    /// An access outside a buffer, to none, or at an address that isn't a multiple of the element's size.
    Bounds,
    /// A write to memory that was given to be read.
    ReadOnly,
    /// Memory is read that was never written.
    Uninitialized,
    /// Something that compilers were promised isn't so.
    Promise,
    /// `tl.device_assert`.
    Assert,
    /// A program that doesn't end.
    Endless,
    /// The IR itself: a value is used that isn't there, a loop doesn't move.
    Invalid,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
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

impl FindingKind {
    /// The word between brackets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bounds => "bounds",
            Self::ReadOnly => "read-only",
            Self::Uninitialized => "uninitialized",
            Self::Promise => "promise",
            Self::Assert => "assert",
            Self::Endless => "endless",
            Self::Invalid => "invalid",
        }
    }
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, kernel: &str, message: String) -> Self {
        let kernel = kernel.to_owned();
        Self { kind, kernel, program: None, python: None, line: None, argument: None, element: None, message }
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
