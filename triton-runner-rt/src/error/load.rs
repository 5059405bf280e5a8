//! A kernel that could not be loaded.

use std::fmt;

use crate::Arch;
use crate::driver::DriverError;

/// What to do where machine code was left out.
pub(super) const CURE_OF_LEFT_OUT: &str = "run `cargo triton lock` on Linux, where Triton runs, and check in what it writes, or build there without TRITON_RUNNER_STUB";

/// No embedded image runs on the device.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoImage {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// The file that its signature was read from.
    pub file: &'static str,
    /// The device's number.
    pub device: usize,
    /// The device's architecture.
    pub arch: Arch,
    /// What is embedded: `sm_80`, `PTX sm_80`.
    pub embedded: Vec<String>,
    /// What was tried and refused.
    pub refused: Vec<Refusal>,
    /// Why the build left images out, if it did.
    pub left_out: Option<&'static str>,
}

/// An image that was tried and refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// The image, as `sm_90a` or `PTX sm_80`.
    pub image: String,
    /// Why.
    pub reason: RefusalReason,
}

/// Why an image was refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The driver would not load it.
    #[non_exhaustive]
    Driver {
        /// What it said.
        error: DriverError,
        /// What its PTX compiler wrote, if anything.
        log: String,
    },
    /// It needs more shared memory for each block than the device has.
    #[non_exhaustive]
    SharedMemory {
        /// Bytes that a block needs.
        needed: u32,
        /// Bytes that a block can have.
        limit: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            RefusalReason::Driver { error, log } if log.is_empty() => write!(f, "{}: {error}", self.image),
            RefusalReason::Driver { error, log } => write!(f, "{}: {error}: {log}", self.image),
            RefusalReason::SharedMemory { needed, limit } => {
                write!(f, "{}: needs {needed} bytes of shared memory for each block, has {limit}", self.image)
            }
        }
    }
}

impl fmt::Display for NoImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, file, device, arch, embedded, refused, left_out } = self;
        write!(f, "kernel `{kernel}` ({file}) has no image that runs on device {device}, which is {arch}: ")?;
        if embedded.is_empty() {
            f.write_str("none is embedded")?;
        } else {
            write!(f, "embedded are {}", embedded.join(", "))?;
        }
        for refusal in refused {
            write!(f, "\nrefused {refusal}")?;
        }
        if let Some(why) = left_out {
            return write!(f, "\nits build left others out: {why}\n{CURE_OF_LEFT_OUT}");
        }
        write!(
            f,
            "\nadd \"{arch}\" to `archs` in [package.metadata.triton-runner], or an earlier one to `ptx`, and build again"
        )
    }
}

impl std::error::Error for NoImage {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.refused.iter().find_map(|refusal| match &refusal.reason {
            RefusalReason::Driver { error, .. } => Some(error as _),
            RefusalReason::SharedMemory { .. } => None,
        })
    }
}

/// An image that was chosen and could not be made ready.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// The file that the image was made from.
    pub file: &'static str,
    /// The image, as `sm_90a` or `PTX sm_80`.
    pub image: String,
    /// What was being done.
    pub doing: String,
    /// What the driver said.
    pub source: DriverError,
}

impl fmt::Display for LoadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, file, image, doing, source } = self;
        write!(f, "kernel `{kernel}` ({image}, from {file}) could not be loaded: {doing}: {source}")
    }
}

impl std::error::Error for LoadFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// An image that is embedded compressed and doesn't decode.
#[cfg(feature = "compress")]
#[derive(Debug)]
#[non_exhaustive]
pub struct DamagedImage {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// The file that the image was made from.
    pub file: &'static str,
    /// The image, as `sm_90a` or `PTX sm_80`.
    pub image: String,
    /// What is wrong with it.
    pub problem: String,
}

#[cfg(feature = "compress")]
impl fmt::Display for DamagedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, file, image, problem } = self;
        write!(
            f,
            "kernel `{kernel}` ({image}, from {file}) could not be loaded: its compressed image is not what the build \
             embedded: {problem}\nthis program's file was changed or damaged: build or install it again"
        )
    }
}

#[cfg(feature = "compress")]
impl std::error::Error for DamagedImage {}
