//! A launch that the driver refused.

use std::fmt;

use crate::driver::{DriverError, abi};

/// A launch that the driver refused, with its geometry.
#[derive(Debug)]
#[non_exhaustive]
pub struct LaunchFailure {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// The image, as `sm_90a`.
    pub image: String,
    /// CTAs in each dimension.
    pub grid: [u32; 3],
    /// Threads of a CTA.
    pub block: u32,
    /// CTAs of a cluster in each dimension.
    pub cluster: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub shared: u32,
    /// Whether it was a cooperative launch.
    pub cooperative: bool,
    /// What the driver said.
    pub source: DriverError,
    /// The context's launches before it, the last first; empty unless `TRITON_RUNNER_SYNC` was set.
    pub before: Vec<String>,
}

impl fmt::Display for LaunchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, image, grid: [x, y, z], block, cluster, shared, cooperative, source, before } = self;
        writeln!(f, "the driver refused to launch kernel `{kernel}` ({image}): {source}")?;
        write!(f, "grid {x} x {y} x {z}, {block} threads, {shared} bytes of dynamic shared memory")?;
        if *cluster != [1; 3] {
            write!(f, ", clusters of {} x {} x {}", cluster[0], cluster[1], cluster[2])?;
        }
        if *cooperative {
            f.write_str(", cooperative")?;
        }
        if let Some(advice) = advice(source.code()) {
            write!(f, "\n{advice}")?;
        }
        list(f, before)
    }
}

/// A kernel that failed while it ran, which is known where launches wait for their kernels: `TRITON_RUNNER_SYNC=1`.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunFailure {
    /// The kernel with its variant, image, grid and arguments.
    pub launch: String,
    /// What the driver said.
    pub source: DriverError,
    /// The context's launches before it, the last first.
    pub before: Vec<String>,
}

impl fmt::Display for RunFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { launch, source, before } = self;
        write!(f, "{source}, once this had been launched:\n  {launch}\n")?;
        f.write_str(
            "the context cannot be used again: run the kernel on the interpreter, or the program under compute-sanitizer",
        )?;
        list(f, before)
    }
}

impl std::error::Error for RunFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// What was launched before.
fn list(f: &mut fmt::Formatter<'_>, before: &[String]) -> fmt::Result {
    if !before.is_empty() {
        f.write_str("\nlaunched before it in this context, the last first:")?;
    }
    before.iter().try_for_each(|launch| write!(f, "\n  {launch}"))
}

fn advice(code: u32) -> Option<&'static str> {
    // 700 to 719 are errors of a kernel that ran before: CUDA_ERROR_ILLEGAL_ADDRESS to CUDA_ERROR_LAUNCH_FAILED.
    match code {
        abi::ERROR_COOPERATIVE_LAUNCH_TOO_LARGE => {
            Some("the CTAs of a cooperative grid must all fit on the device at once: launch fewer")
        }
        700 | 702 | 710 | 714..=719 => Some(
            "an earlier kernel of this context failed, and the context cannot be used again: run it under \
             compute-sanitizer to find which",
        ),
        _ => None,
    }
}

impl std::error::Error for LaunchFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl From<LaunchFailure> for super::Error {
    #[cold]
    fn from(failure: LaunchFailure) -> Self {
        super::Error::Launch(Box::new(failure))
    }
}
