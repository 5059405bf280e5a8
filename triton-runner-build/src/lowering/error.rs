//! Why a file could not be lowered. The caller adds which kernel, file and architecture.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why one job has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoweringError {
    /// The job makes no sense; nothing was run.
    #[error("{message}")]
    Refused { message: String },
    /// Triton's compiler reported an error.
    #[error("the Triton compiler reports an error:\n{diagnostics}")]
    Compiler {
        /// Its diagnostics, with file, line and column where it gave them.
        diagnostics: String,
        /// Python's traceback, for those who work on the compiler.
        traceback: String,
    },
    /// The compiler process ended itself by a signal: an assertion, a fatal LLVM error, a crash.
    #[error("{}{}", aborted(*.signal, .words), hint(.words))]
    Aborted {
        /// The signal's number: 6 for an abort, 11 for a crash.
        signal: i32,
        /// The last that it said.
        words: String,
    },
    /// The compiler process was killed from outside.
    #[error(
        "the compiler process was killed (signal 9), most likely because the machine ran out of memory; run fewer jobs at a time (`cargo build -j 1`){}",
        after(.words)
    )]
    Killed {
        /// The last that it said.
        words: String,
    },
    /// The compiler ran out of memory by its own account.
    #[error("the compiler ran out of memory; run fewer jobs at a time (`cargo build -j 1`)")]
    Memory,
    /// The compiler process ended without a result and without a reason.
    #[error("the compiler process ended with exit status {status} and no result{}", after(.words))]
    Exited {
        status: i32,
        /// The last that it said.
        words: String,
    },
    /// It took too long.
    #[error("the compiler was stopped after {} s without a result{}", limit.as_secs_f32(), after(.words))]
    TimeLimit {
        limit: Duration,
        /// The last that it said.
        words: String,
    },
    /// The Python process that all jobs are forked from failed.
    #[error("the Triton compiler could not be run: {message}")]
    Worker { message: String },
    /// ptxas reported an error.
    #[error("ptxas reports an error:\n{diagnostics}{}", unknown_to_ptxas(.diagnostics))]
    Ptxas { diagnostics: String },
    /// The kernel could not be exported from Python.
    #[error("{message}")]
    Export {
        /// What the person must change.
        message: String,
        /// Python's traceback, for those who work on the kernel's module.
        traceback: String,
    },
    /// One of the compiler's passes failed, of those that were run one by one.
    #[error("in the pass `{pass}`: {error}")]
    InPass {
        /// By its name in the pipeline, with its number where there are several.
        pass: String,
        /// What became of it.
        error: Box<Self>,
        /// What the compiler printed until then.
        log: String,
    },
    /// The file system failed.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: "create", "read".
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl LoweringError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Whether it is the compiler's, about what it was given: not of the machine, and not of the request.
    pub(crate) fn is_about_the_file(&self) -> bool {
        match self {
            Self::InPass { error, .. } => error.is_about_the_file(),
            _ => {
                matches!(self, Self::Compiler { .. } | Self::Aborted { .. } | Self::Exited { .. } | Self::Ptxas { .. })
            }
        }
    }

    /// Python's traceback behind the message, where there is one: for `-vv`.
    pub(crate) fn traceback(&self) -> Option<&str> {
        match self {
            Self::Compiler { traceback, .. } | Self::Export { traceback, .. } if !traceback.is_empty() => {
                Some(traceback)
            }
            Self::InPass { error, .. } => error.traceback(),
            _ => None,
        }
    }

    /// What the compiler printed until one of its passes failed.
    #[cfg(feature = "cli")]
    pub(crate) fn log_of_pass(&self) -> Option<&str> {
        match self {
            Self::InPass { log, .. } => Some(log),
            _ => None,
        }
    }
}

fn aborted(signal: i32, words: &str) -> String {
    let what = match signal {
        6 => "the compiler aborted".to_owned(),
        11 => "the compiler crashed (signal 11)".to_owned(),
        4 => "the compiler crashed (signal 4)".to_owned(),
        other => format!("the compiler was ended by signal {other}"),
    };
    what + &after(words)
}

fn after(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(". The last it said:\n{words}") }
}

/// What ptxas says of an architecture that is newer than it is.
fn unknown_to_ptxas(diagnostics: &str) -> &'static str {
    if diagnostics.contains("is not defined for option 'gpu-name'") {
        "\nThis ptxas does not know the architecture: lower with a newer Triton (`triton = \"…\"`), for a PTX file name a newer ptxas (TRITON_RUNNER_PTXAS), or take the architecture off `archs`"
    } else {
        ""
    }
}

/// What the words mean, where that is known.
fn hint(words: &str) -> &'static str {
    let unknown_arch = ["is not a recognized processor", "computeCapability not supported", "Cannot select: intrinsic"];
    if unknown_arch.iter().any(|known| words.contains(known)) {
        "\nThis version of Triton cannot lower this kernel for this architecture: lower with a newer one (`triton = \"…\"`), or take the architecture off `archs`"
    } else {
        ""
    }
}
