//! Lowering: Triton IR at one level to a later one, by Triton itself or, for PTX, by ptxas alone.
//!
//! One Python process imports Triton once and forks a child for each job (`worker.py`). The jobs run side by side, as
//! many as cargo's jobserver grants; whatever happens to one, the others go on.

mod error;
#[cfg(any(test, feature = "cli"))]
pub(crate) mod export;
mod message;
pub(crate) mod notes;
pub(crate) mod ptxas;
mod schedule;
mod scratch;
mod spills;
mod worker;

pub(crate) mod environment;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use triton_runner_manifest::{DescriptorRecipe, Level};
use triton_runner_read::metadata::Options;

pub(crate) use error::LoweringError;
#[cfg(any(test, feature = "cli"))]
pub(crate) use schedule::lower;
pub(crate) use schedule::lower_each;
pub(crate) use spills::Spills;
pub(crate) use worker::PROGRAM;

/// One file to lower.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// The kernel's name, for events.
    pub(crate) name: String,
    /// How messages call the file. It has no influence on the result.
    pub(crate) file: String,
    /// The file's bytes.
    pub(crate) source: Vec<u8>,
    /// The file's level, one before PTX.
    pub(crate) level: Level,
    /// Architecture number: 90 for sm_90.
    pub(crate) target: u16,
    /// What Triton is told, as far as it is one of its options: settings over what the file's metadata says.
    pub(crate) options: Options,
    /// Those of them that somebody set, and not the metadata: without effect they are an error.
    pub(crate) asked: Vec<String>,
    /// Version of the Triton that made the file, as its metadata says.
    pub(crate) made_by: Option<String>,
    /// Architecture number that the file's metadata is for.
    pub(crate) made_for: Option<u16>,
    /// Whether source lines are kept for profilers. They name the source file that the IR names.
    pub(crate) line_info: bool,
    /// The level to stop at.
    pub(crate) emit: Level,
    /// Levels on the way whose files are returned too.
    pub(crate) keep: Vec<Level>,
    /// What of its passes the compiler prints into the log.
    pub(crate) print: Print,
    /// Which of its MLIR passes run.
    pub(crate) pipeline: Pipeline,
    /// What the file's metadata says of tensor descriptors, for IR that says nothing of them any more.
    pub(crate) tensordesc_meta: Option<Vec<DescriptorRecipe>>,
}

/// What the compiler prints of its passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Print {
    #[default]
    Nothing,
    /// The IR before each MLIR pass.
    MlirPasses,
    /// That, and the IR after each of LLVM's passes.
    AllPasses,
}

/// Which of Triton's MLIR passes run, by their names: `tritongpu-pipeline`, `canonicalize#2`. By default all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Pipeline {
    /// The file stands after this pass.
    pub(crate) after: Option<String>,
    /// The last one that runs. Then the result is the IR after it, as the file of whichever level was asked for.
    pub(crate) stop_after: Option<String>,
    pub(crate) skip: Vec<String>,
    /// Pass, option and value.
    pub(crate) options: Vec<(String, String, String)>,
}

/// What became of a [`Job`].
#[derive(Clone, Debug)]
pub(crate) struct Lowered {
    /// The file of the level that was asked for.
    pub(crate) bytes: Vec<u8>,
    /// Files of the levels on the way, as far as they were asked for.
    pub(crate) kept: BTreeMap<Level, Vec<u8>>,
    /// Triton's metadata, without `hash` and `extern_libs`, which hold paths of this machine. From LLIR only `name`,
    /// `target`, `arch` and `triton_version` are known. Our keys `spills` and `addresses` are there where there is something
    /// to say.
    pub(crate) metadata: serde_json::Value,
    /// What the compiler printed.
    pub(crate) log: String,
}

/// Ten minutes: the slowest kernel seen, a flash attention backward pass, takes one.
pub(crate) const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(600);

/// How much lowering may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Where permission to run more than one job at a time comes from; `None`: as many as there are processors.
    pub(crate) jobserver: Option<jobserver::Client>,
    /// How long one job may run.
    pub(crate) time_limit: Duration,
    /// A folder for temporary files; `None`: the system's.
    pub(crate) temporary: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { jobserver: None, time_limit: DEFAULT_TIME_LIMIT, temporary: None }
    }
}

/// What happens while jobs run. Jobs are named by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Triton is being imported.
    CompilerStarts,
    /// A job runs on, and nothing else has been told for a while.
    Running {
        job: usize,
        /// How long it has run.
        seconds: u64,
    },
    /// A job has ended, well or not.
    Finished {
        job: usize,
        ok: bool,
        /// Jobs that have ended so far, this one included.
        done: usize,
    },
}

/// What both Python programs import.
const VERSIONS: (&str, &str) = ("triton_versions.py", include_str!("triton_versions.py"));
/// The same.
const OPTIONS: (&str, &str) = ("triton_options.py", include_str!("triton_options.py"));

#[cfg(test)]
#[cfg(unix)]
pub(crate) mod tests;
