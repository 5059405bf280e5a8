//! Whether launches of a kernel can be safe functions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is proven of a kernel's launches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// What each launch has to evaluate, as text of `triton-runner-extent`'s checks. All of them, where the kernel has several
    /// files of TTIR.
    Proven(Vec<String>),
    /// Why nothing is proven. Empty where nobody tried.
    Unsafe(Vec<UnsafeBecause>),
}

/// A reason why a kernel's launches are `unsafe`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnsafeBecause {
    /// The argument whose memory nobody knows the touched bytes of; `None` where it is about the kernel as a whole.
    pub argument: Option<String>,
    /// What can't be known.
    pub reason: String,
    /// The file of `line`: Python's, or the IR where that doesn't name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Counted from 1; `None` where it is no line.
    pub line: Option<u32>,
}

impl Default for Safety {
    fn default() -> Self {
        Self::Unsafe(Vec::new())
    }
}

impl Safety {
    /// What each launch has to evaluate; nothing where launches are `unsafe`.
    pub fn checks(&self) -> &[String] {
        match self {
            Self::Proven(checks) => checks,
            Self::Unsafe(_) => &[],
        }
    }

    /// Why launches are `unsafe`; nothing where they needn't be.
    pub fn reasons(&self) -> &[UnsafeBecause] {
        match self {
            Self::Proven(_) => &[],
            Self::Unsafe(reasons) => reasons,
        }
    }
}

impl fmt::Display for UnsafeBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(argument) = &self.argument {
            write!(f, "`{argument}`: ")?;
        }
        f.write_str(&self.reason)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " ({file}:{line})"),
            (None, Some(line)) => write!(f, " (line {line})"),
            (Some(file), None) => write!(f, " ({file})"),
            (None, None) => Ok(()),
        }
    }
}
