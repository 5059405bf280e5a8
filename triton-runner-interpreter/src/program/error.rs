//! Kernels that can't be run.

use triton_runner_ir::{IrError, Module, OpId};

/// Why no program could be made of a kernel's IR.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The text is no TTIR.
    #[error(transparent)]
    Ir(#[from] IrError),
    /// There is no kernel in it, or not just one.
    #[error("expected one public function, found {found}: the interpreter runs one kernel of a file")]
    Kernels {
        /// How many there are.
        found: usize,
    },
    /// An operation, or a form of one, that the interpreter doesn't know.
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
}

/// An operation that the interpreter doesn't run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kernel `{kernel}`: `{operation}` can't be interpreted: {reason}\n  {text}\n  at line {line} of the IR{python}", python = at(.python))]
pub struct Refused {
    /// The kernel.
    pub kernel: String,
    /// The operation's name.
    pub operation: String,
    /// What of it isn't supported.
    pub reason: String,
    /// The operation as the file has it, its first line.
    pub text: String,
    /// Its line in the file.
    pub line: u32,
    /// Python's file and line.
    pub python: Option<(String, u32)>,
}

fn at(python: &Option<(String, u32)>) -> String {
    python.as_ref().map_or_else(String::new, |(file, line)| format!(", {file}:{line}"))
}

impl Refused {
    pub(crate) fn new(module: &Module, kernel: &str, op: OpId, reason: impl Into<String>) -> Box<Self> {
        let operation = module.op(op);
        let first = module.text(op).lines().next().unwrap_or_default();
        Box::new(Self {
            kernel: kernel.to_owned(),
            operation: operation.name.to_string(),
            reason: reason.into(),
            text: first.split(" loc(").next().unwrap_or_default().trim().chars().take(300).collect(),
            line: operation.line,
            python: python(module, op),
        })
    }
}

/// The line of Python that an operation comes from: of what Triton's own library does, the line that calls it.
pub(crate) fn python(module: &Module, op: OpId) -> Option<(String, u32)> {
    let frames = module.locations().frames(module.op(op).location?);
    let position = frames.iter().find(|position| !is_library(&position.file)).or(frames.first())?;
    Some((position.file.to_string(), position.line))
}

/// Whether a file belongs to Triton: nobody looks for a bug of a kernel there.
fn is_library(file: &str) -> bool {
    let parts: Vec<&str> = file.split(['/', '\\']).collect();
    parts.windows(3).any(|parts| matches!(parts, ["triton", "language", _]))
}
