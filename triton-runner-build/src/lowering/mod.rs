//! Lowering: Triton IR at one level to a later one, by Triton itself or, for PTX, by ptxas alone.
//!
//! One Python process imports Triton once and forks a child for each job (`worker.py`). The jobs run side by side, as
//! many as cargo's jobserver grants; whatever happens to one, the others go on.

mod error;
pub mod export;
mod message;
pub mod ptxas;
mod schedule;
mod scratch;
mod worker;

pub(crate) mod environment;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use triton_runner_manifest::Level;

use crate::settings::DEFAULT_TIME_LIMIT;

pub use error::LoweringError;
pub use schedule::{lower, lower_each};
pub(crate) use worker::PROGRAM;

/// Options of Triton's compiler that change code. `None` is Triton's default.
///
/// Source: `CUDAOptions` in `triton/backends/nvidia/compiler.py`. One that a Triton version does not have is an error.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct Options {
    /// Warps of a block, a power of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_warps: Option<u32>,
    /// Stages of software pipelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_stages: Option<u32>,
    /// CTAs of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctas: Option<u32>,
    /// How a cluster's CTAs are laid out; up to Triton 3.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_dims: Option<[u32; 3]>,
    /// Registers that a thread may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxnreg: Option<u32>,
    /// Whether multiplications and additions may be fused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fp_fusion: Option<bool>,
    /// PTX ISA version times ten: 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_version: Option<u32>,
    /// Further flags of ptxas, separated by spaces; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_options: Option<String>,
    /// Whether libdevice flushes denormal numbers; Triton 3.6 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_reflect_ftz: Option<bool>,
    /// Echoed into the metadata; Triton 3.3 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_cooperative_grid: Option<bool>,
    /// Echoed into the metadata; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_pdl: Option<bool>,
}

/// One file to lower.
#[derive(Clone, Debug)]
pub struct Job {
    /// The kernel's name, for events.
    pub name: String,
    /// How messages call the file. It has no influence on the result.
    pub file: String,
    /// The file's bytes.
    pub source: Vec<u8>,
    /// The file's level.
    pub level: Level,
    /// Architecture number: 90 for sm_90.
    pub target: u16,
    /// What Triton is told.
    pub options: Options,
    /// Whether source lines are kept for profilers. They name the source file that the IR names.
    pub line_info: bool,
    /// The level to stop at.
    pub emit: Level,
    /// Levels on the way whose files are returned too.
    pub keep: Vec<Level>,
    /// Have the compiler print the IR before each of its MLIR passes, into the log.
    pub print_passes: bool,
}

/// What became of a [`Job`].
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The file of the level that was asked for.
    pub bytes: Vec<u8>,
    /// Files of the levels on the way, as far as they were asked for.
    pub kept: BTreeMap<Level, Vec<u8>>,
    /// Triton's metadata, without `hash` and `extern_libs`, which hold paths of this machine. From LLIR only `name`,
    /// `target`, `arch` and `triton_version` are known; from PTX nothing.
    pub metadata: serde_json::Value,
    /// What the compiler printed.
    pub log: String,
}

/// How much lowering may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Where permission to run more than one job at a time comes from; `None`: as many as there are processors.
    pub jobserver: Option<jobserver::Client>,
    /// How long one job may run.
    pub time_limit: Duration,
    /// A folder for temporary files; `None`: the system's.
    pub temporary: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { jobserver: None, time_limit: DEFAULT_TIME_LIMIT, temporary: None }
    }
}

/// What happens while jobs run. Jobs are named by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Triton is being imported.
    CompilerStarts,
    /// A job starts.
    Started {
        /// Its index.
        job: usize,
    },
    /// A job has ended, well or not.
    Finished {
        /// Its index.
        job: usize,
        /// Whether it worked.
        ok: bool,
        /// Jobs that have ended so far, this one included.
        done: usize,
    },
}

/// What both Python programs import.
const VERSIONS: (&str, &str) = ("triton_versions.py", include_str!("triton_versions.py"));

#[cfg(test)]
#[cfg(unix)]
mod tests;
