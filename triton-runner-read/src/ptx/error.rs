//! Why a PTX file can't be used.

use std::fmt;

/// A PTX file can't be understood.
#[derive(Debug)]
pub struct PtxError {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// What is wrong there.
    pub problem: PtxProblem,
}

/// What is wrong with a PTX file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message says what a field is")]
pub enum PtxProblem {
    /// Something else than PTX, or half of it.
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    /// The file ends too early.
    #[error("the file ends inside {inside}: it is cut short")]
    CutShort { inside: &'static str },
    /// A header directive is missing.
    #[error("there is no `{directive}`: this is no PTX file, or its start is missing")]
    Missing { directive: &'static str },
    /// `.target` names no GPU.
    #[error("{0}")]
    Target(#[from] triton_runner_manifest::ArchError),
    /// Pointers of 32 bits.
    #[error("`.address_size {0}`, expected 64: only 64-bit PTX can be launched")]
    AddressSize(u32),
    /// A parameter's type.
    #[error("a parameter of type `{0}`, which no Triton kernel has")]
    ParamType(String),
    /// A parameter's size or alignment.
    #[error("the size or alignment of parameter `{0}` is out of range")]
    ParamSize(String),
}

impl fmt::Display for PtxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for PtxError {}
