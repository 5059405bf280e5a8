//! Errors: every one says which kernel and file, what was found, what was expected and what to do next.

use std::fmt;

use triton_runner_manifest::Arch;

use crate::artifact::ArtifactError;
use crate::contract::ContractError;
use crate::emit::EmitError;
use crate::plan::PlanError;
use crate::settings::SettingsError;

/// One thing that is wrong, with its place.
#[derive(Debug)]
pub(crate) struct Problem {
    kernel: Option<String>,
    file: Option<String>,
    /// The architectures that it is wrong for; empty where that plays no part.
    archs: Vec<Arch>,
    // Boxed: it is passed up through every step.
    kind: Box<ProblemKind>,
}

/// What is wrong, by the step that found it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProblemKind {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    Metadata(#[from] crate::metadata::MetadataError),
    #[error(transparent)]
    Ir(#[from] triton_runner_ir::IrError),
    #[error(transparent)]
    Llir(#[from] crate::llir::LlirError),
    #[error(transparent)]
    Ptx(#[from] crate::ptx::PtxError),
    #[error(transparent)]
    Cubin(#[from] crate::cubin::CubinError),
    #[cfg(feature = "cli")]
    #[error(transparent)]
    Single(#[from] crate::single::SingleError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Toolchain(#[from] crate::toolchain::ToolchainError),
    #[error(transparent)]
    Lowering(#[from] crate::lowering::LoweringError),
    #[error(transparent)]
    LittleSpace(#[from] crate::tools::LittleSpace),
    #[error(transparent)]
    OldPtxas(#[from] crate::obtain::OldPtxas),
    #[error(transparent)]
    Prebuilt(#[from] crate::prebuilt::PrebuiltError),
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error(transparent)]
    Assemble(#[from] crate::assemble::AssembleError),
    #[error(transparent)]
    Emit(#[from] EmitError),
}

impl Problem {
    /// About a kernel's file.
    pub(crate) fn new(kernel: &str, file: impl Into<String>, kind: impl Into<ProblemKind>) -> Self {
        Self {
            kernel: Some(kernel.to_owned()),
            file: Some(file.into()),
            archs: Vec::new(),
            kind: Box::new(kind.into()),
        }
    }

    /// About a file or folder that no kernel is known for.
    pub(crate) fn file(file: impl Into<String>, kind: impl Into<ProblemKind>) -> Self {
        Self { kernel: None, file: Some(file.into()), archs: Vec::new(), kind: Box::new(kind.into()) }
    }

    /// About a kernel as a whole.
    #[cfg(feature = "cli")]
    pub(crate) fn kernel(kernel: &str, kind: impl Into<ProblemKind>) -> Self {
        Self { kernel: Some(kernel.to_owned()), file: None, archs: Vec::new(), kind: Box::new(kind.into()) }
    }

    /// About the package as a whole.
    pub(crate) fn package(kind: impl Into<ProblemKind>) -> Self {
        Self { kernel: None, file: None, archs: Vec::new(), kind: Box::new(kind.into()) }
    }

    /// The kernel that it is about.
    #[cfg(feature = "cli")]
    pub(crate) fn kernel_name(&self) -> Option<&str> {
        self.kernel.as_deref()
    }

    /// The same, for one architecture.
    pub(crate) fn for_arch(mut self, arch: Arch) -> Self {
        self.archs.push(arch);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kernel, &self.file) {
            (Some(kernel), Some(file)) => write!(f, "kernel `{kernel}`, `{file}`")?,
            (Some(kernel), None) => write!(f, "kernel `{kernel}`")?,
            (None, Some(file)) => write!(f, "`{file}`")?,
            (None, None) => {}
        }
        for (i, arch) in self.archs.iter().enumerate() {
            write!(f, "{} {arch}", if i == 0 { " for" } else { "," })?;
        }
        if self.kernel.is_some() || self.file.is_some() {
            f.write_str(": ")?;
        }
        write!(f, "{}", self.kind)
    }
}

/// Why the kernels could not be built: everything that is wrong, not only the first thing.
///
/// `Display` gives one paragraph for each problem.
#[derive(Debug)]
pub struct Error {
    problems: Vec<Problem>,
}

impl Error {
    /// What is wrong for several architectures in the same way is told once.
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        let mut error = Self { problems: Vec::new() };
        problems.into_iter().for_each(|problem| error.push(problem));
        error
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        let text = problem.kind.to_string();
        let same = |other: &&mut Problem| {
            (&other.kernel, &other.file) == (&problem.kernel, &problem.file) && other.kind.to_string() == text
        };
        match self.problems.iter_mut().find(same) {
            Some(same) => same.archs.extend(problem.archs),
            None => self.problems.push(problem),
        }
    }

    /// One message for each problem, each complete in itself.
    pub fn messages(&self) -> impl Iterator<Item = String> + '_ {
        self.problems.iter().map(Problem::to_string)
    }

    /// Python's tracebacks behind the messages, where there are any.
    #[cfg(feature = "cli")]
    pub(crate) fn tracebacks(&self) -> impl Iterator<Item = &str> {
        self.problems.iter().filter_map(|problem| match &*problem.kind {
            ProblemKind::Lowering(error) => error.traceback(),
            _ => None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::new(vec![problem])
    }
}
