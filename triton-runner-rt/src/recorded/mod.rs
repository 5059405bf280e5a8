//! Launches that `cargo triton record` recorded in a Python program, replayed: on a GPU or on the interpreter, and every
//! buffer compared with what Python got. The test that a recording writes, `tests/recorded.rs`, is made of this.
//!
//! ```no_run
//! use triton_runner_rt::recorded::{OnGpu, Recorded};
//!
//! # fn launch_typed(_: &OnGpu<'_>) -> triton_runner_rt::Result<()> { Ok(()) }
//! # fn main() -> triton_runner_rt::Result<()> {
//! let recorded = Recorded::open("kernels/recorded/launches")?;
//! let report = recorded.replay("recorded", |launch| match launch.kernel() {
//!     "add_kernel" => launch_typed(launch),
//!     _ => Err(launch.unknown()),
//! })?;
//! assert!(report.is_right(), "{report}");
//! # Ok(()) }
//! ```

mod given;
mod gpu;
mod interpreted;
mod launch;
mod report;

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;

use crate::testing::gpu_or_interpreter;
use crate::{Error, Result};
pub use given::Scalar;
pub use gpu::OnGpu;
use launch::Launch;
use report::Outcome;
pub use report::{Replayed, Report};

/// The launches of a recording, with their buffers.
#[derive(Debug)]
pub struct Recorded {
    folder: PathBuf,
    launches: Vec<Launch>,
    /// `buffers.safetensors`.
    buffers: Vec<u8>,
}

impl Recorded {
    /// Reads a folder `launches` that `cargo triton record --launches` wrote, `kernels/recorded/launches`. It is kept out of
    /// git: where it isn't there, there is nothing to replay, and that is said on standard error.
    ///
    /// # Errors
    ///
    /// [`Error::Recording`] where files are there and aren't what a recording writes.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        let list = folder.join("launches.json");
        if !list.exists() {
            eprintln!(
                "note: `{}` is not there, so nothing is replayed: recorded buffers are in no repository; `cargo triton record --launches 1 -- python …` makes them",
                list.display()
            );
            return Ok(Self { folder, launches: Vec::new(), buffers: Vec::new() });
        }
        let wrong = |reason: String| Error::Recording { path: list.clone(), reason };
        let text = std::fs::read_to_string(&list).map_err(|error| wrong(error.to_string()))?;
        let values: Vec<Value> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let kernels = folder.join("../..");
        let read =
            |(index, value)| Launch::read(&kernels, value).map_err(|reason| wrong(format!("launch {index}: {reason}")));
        let launches = values.iter().enumerate().map(read).collect::<Result<_>>()?;
        let path = folder.join("buffers.safetensors");
        let buffers = std::fs::read(&path).map_err(|error| Error::Recording { path, reason: error.to_string() })?;
        Ok(Self { folder, launches, buffers })
    }

    /// How many launches there are.
    pub fn len(&self) -> usize {
        self.launches.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.launches.is_empty()
    }

    /// Runs each launch and compares its buffers: on the first GPU, by `on_gpu`, or on the interpreter, which runs the `.ttir`
    /// files above the folder. A launch that fails is told in the report. `test` is the name of the test, for what is said
    /// of where it runs.
    ///
    /// # Errors
    ///
    /// [`Error::GpuRequired`] without a GPU where one is required, a driver that is there and fails, and
    /// [`Error::Recording`] for buffers that can't be read.
    pub fn replay(&self, test: &str, on_gpu: impl Fn(&OnGpu<'_>) -> Result<()>) -> Result<Report> {
        let path = || self.folder.join("buffers.safetensors");
        let broken = |error: safetensors::SafeTensorError| Error::Recording { path: path(), reason: error.to_string() };
        let mut report = Report::default();
        if self.is_empty() {
            return Ok(report);
        }
        let buffers = SafeTensors::deserialize(&self.buffers).map_err(broken)?;
        let context = gpu_or_interpreter(test)?;
        for launch in &self.launches {
            let ran = launch.contents(&buffers).and_then(|contents| match &context {
                Some(context) => gpu::run(launch, contents, context, &on_gpu).map(Outcome::Ran),
                None => interpreted::run(launch, contents),
            });
            report.add(&launch.kernel, ran.unwrap_or_else(Outcome::Failed));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests;
