//! Why TTIR or TTGIR can't be understood.

use std::fmt;

/// A TTIR or TTGIR file can't be understood.
#[derive(Debug, PartialEq, Eq)]
pub struct IrError {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// What is wrong there.
    pub problem: IrProblem,
}

/// What is wrong with TTIR or TTGIR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IrProblem {
    /// The file ends too early.
    #[error("the file ends inside the `{open}` that starts here: it is cut short")]
    CutShort {
        /// What is open.
        open: &'static str,
    },
    /// A bracket that closes nothing, or another than the one that is open.
    #[error("`{found}` closes nothing{hint}")]
    Unbalanced {
        /// The bracket.
        found: char,
        /// What would fit, with the line where it was opened.
        hint: String,
    },
    /// Something else should be here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What should be there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// A name is used that the file doesn't define: as a rule its end is missing.
    #[error("`{name}` is not defined in this file; its end is missing, or it was edited")]
    Undefined {
        /// The value, block or alias, with its first character.
        name: String,
    },
    /// A name is defined twice.
    #[error("`{name}` is defined already: a name stands for one thing")]
    Redefined {
        /// The value, block or alias, with its first character.
        name: String,
    },
    /// A value is used before it is there.
    #[error("`{name}` is used here and defined further down")]
    UsedTooEarly {
        /// The value, with its `%`.
        name: String,
    },
    /// An operand has another type than the operation says.
    #[error("{value} has the type `{found}` (line {line}), and here `{expected}` is expected")]
    OperandType {
        /// The value, with its `%`.
        value: String,
        /// The line that defines it.
        line: u32,
        /// Its type.
        found: String,
        /// What the operation says.
        expected: String,
    },
    /// A function in a module inside a module, whose names are its own.
    #[error("function `{name}` is in a module inside another one; only functions of the outermost module are read")]
    Nested {
        /// The function.
        name: String,
    },
    /// No kernel.
    #[error("no public `tt.func`: this file has no kernel{hint}")]
    NoKernel {
        /// The private functions, if there are any.
        hint: String,
    },
    /// More than one kernel.
    #[error("a file must have one kernel, this one has several: {}", kernels.join(", "))]
    Kernels {
        /// Names with lines.
        kernels: Vec<String>,
    },
    /// An argument's type is none that a kernel can have.
    #[error("argument {argument} has the type `{ty}`, {expected}")]
    Type {
        /// Its SSA name, with `%`.
        argument: String,
        /// The type as written.
        ty: String,
        /// What can be there.
        expected: &'static str,
    },
    /// A tensor descriptor without the shape and strides that follow it.
    #[error(
        "argument {argument} is a tensor descriptor of rank {rank}, which must be followed by its shape ({rank} × i32) and strides ({rank} × i64); found {found}"
    )]
    Descriptor {
        /// Its SSA name, with `%`.
        argument: String,
        /// Dimensions.
        rank: usize,
        /// Types of what follows.
        found: String,
    },
    /// For another vendor's GPU.
    #[error("it was made for `{target}`, expected `cuda:` and a number: only kernels for NVIDIA GPUs can be embedded")]
    NotCuda {
        /// The module's target.
        target: String,
    },
    /// MLIR's generic syntax.
    #[error("this is MLIR's generic syntax (`\"tt.func\"()`), which is not read here; use the file that Triton wrote")]
    Generic,
    /// More text than a position can count.
    #[error("the file is larger than 256 MiB")]
    TooLarge,
}

impl fmt::Display for IrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

impl std::error::Error for IrError {}
