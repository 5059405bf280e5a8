//! Why LLVM IR can't be used.

use std::fmt;

/// LLVM IR can't be understood.
#[derive(Debug, PartialEq, Eq)]
pub struct LlirError {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// What is wrong there.
    pub problem: LlirProblem,
}

/// What is wrong with LLVM IR.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message says what a field is")]
pub enum LlirProblem {
    /// The file ends too early.
    #[error("the file ends inside {inside}: it is cut short")]
    CutShort { inside: &'static str },
    /// Something else should be here.
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    /// No kernel.
    #[error(
        "no kernel: no `define` with `ptx_kernel`, and none that `!nvvm.annotations` marks; this is no LLVM IR of Triton, or its end is missing"
    )]
    NoKernel,
    /// More than one kernel.
    #[error("a file must have one kernel, this one has several: {}", kernels.join(", "))]
    Kernels {
        /// Names with lines.
        kernels: Vec<String>,
    },
    /// A parameter's type.
    #[error("parameter {index} has the type `{ty}`, which no Triton kernel has")]
    ParamType {
        /// Counted from 0.
        index: usize,
        /// As written.
        ty: String,
    },
}

impl fmt::Display for LlirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for LlirError {}
