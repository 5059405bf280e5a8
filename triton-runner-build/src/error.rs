//! Errors: every one says which kernel and file, what was found, what was expected and what to do next.

use std::fmt;

use triton_runner_manifest::Arch;

/// What is wrong, in the words of the step that found it.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// One thing that is wrong, with its place.
#[derive(Debug)]
pub(crate) struct Problem {
    kernel: Option<String>,
    file: Option<String>,
    /// The architectures that it is wrong for; empty where that plays no part.
    archs: Vec<Arch>,
    pub(crate) cause: Cause,
}

impl Problem {
    /// About a kernel's file.
    pub(crate) fn new(kernel: &str, file: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { kernel: Some(kernel.to_owned()), file: Some(file.into()), archs: Vec::new(), cause: cause.into() }
    }

    /// About a file or folder that no kernel is known for.
    pub(crate) fn file(file: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { kernel: None, file: Some(file.into()), archs: Vec::new(), cause: cause.into() }
    }

    /// About a kernel as a whole.
    #[cfg(feature = "cli")]
    pub(crate) fn kernel(kernel: &str, cause: impl Into<Cause>) -> Self {
        Self { kernel: Some(kernel.to_owned()), file: None, archs: Vec::new(), cause: cause.into() }
    }

    /// About the package as a whole.
    pub(crate) fn package(cause: impl Into<Cause>) -> Self {
        Self { kernel: None, file: None, archs: Vec::new(), cause: cause.into() }
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
        write!(f, "{}", self.cause)
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
        let text = problem.cause.to_string();
        let same = |other: &&mut Problem| {
            (&other.kernel, &other.file) == (&problem.kernel, &problem.file) && other.cause.to_string() == text
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

    /// What is behind the messages.
    #[cfg(feature = "cli")]
    pub(crate) fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.problems.iter().map(|problem| &problem.cause)
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
