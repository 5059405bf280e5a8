//! What was loaded for a kernel, and why.

use std::fmt;

use super::LoadedKernel;
use crate::Arch;
use crate::error::Refusal;
use crate::select::Choice;
use crate::spec::ImageKind;

/// What was loaded for a kernel on a device, and why: what the `info` of a declared kernel returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KernelInfo {
    /// The kernel, by the stem of its files.
    pub kernel: &'static str,
    /// The checked-in file that the image was made from, relative to its package.
    pub file: &'static str,
    /// The device's number.
    pub device: usize,
    /// The device's architecture.
    pub device_arch: Arch,
    /// The image's architecture.
    pub arch: Arch,
    /// Machine code or PTX.
    pub kind: ImageKind,
    /// Why this image.
    pub choice: Choice,
    /// Images that suit the device better and were refused.
    pub refused: Vec<Refusal>,
    /// Name of the kernel function.
    pub entry: &'static str,
    /// Threads of a CTA.
    pub threads: u32,
    /// CTAs of a cluster in each dimension.
    pub cluster: [u32; 3],
    /// Programs that a grid can have in each dimension.
    pub max_grid: [u32; 3],
    /// Bytes of dynamic shared memory of a CTA.
    pub shared: u32,
    /// Bytes of static shared memory of a CTA.
    pub static_shared: u32,
    /// Bytes of global memory that each CTA needs beside the arguments.
    pub scratch: u32,
    /// Registers of a thread; `None` for PTX.
    pub registers: Option<u32>,
    /// Bytes of local memory of a thread, which is where registers spill to; `None` for PTX.
    pub local_bytes: Option<u32>,
    /// Whether all CTAs run at the same time.
    pub cooperative: bool,
    /// Whether it may start before the kernel ahead of it ends.
    pub pdl: bool,
}

impl LoadedKernel {
    /// What was loaded, and why.
    pub fn info(&self) -> KernelInfo {
        let loaded = &*self.image;
        let image = loaded.image;
        KernelInfo {
            kernel: loaded.spec.name,
            file: image.source,
            device: loaded.device,
            device_arch: loaded.limits.arch,
            arch: image.arch,
            kind: image.kind,
            choice: loaded.choice,
            refused: loaded.refused.clone(),
            entry: image.entry.to_str().unwrap_or_default(),
            threads: loaded.block,
            cluster: image.cluster,
            max_grid: loaded.max_grid,
            shared: image.shared,
            static_shared: image.static_shared,
            scratch: image.scratch_size.saturating_add(image.profile_scratch_size),
            registers: image.registers,
            local_bytes: image.local_bytes,
            cooperative: image.cooperative,
            pdl: image.pdl,
        }
    }
}

impl fmt::Display for KernelInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ImageKind::Cubin => "",
            ImageKind::Ptx => "PTX ",
        };
        write!(
            f,
            "kernel `{}` on device {} ({}): {kind}{} of {}, {}",
            self.kernel, self.device, self.device_arch, self.arch, self.file, self.choice
        )?;
        write!(f, "; {} threads, {} bytes of shared memory", self.threads, self.shared)?;
        if let Some(registers) = self.registers {
            write!(f, ", {registers} registers")?;
        }
        if let Some(bytes) = self.local_bytes.filter(|&bytes| bytes > 0) {
            write!(f, ", {bytes} bytes of local memory")?;
        }
        if self.cluster != [1; 3] {
            write!(f, ", clusters of {} x {} x {}", self.cluster[0], self.cluster[1], self.cluster[2])?;
        }
        for refusal in &self.refused {
            write!(f, "; refused {refusal}")?;
        }
        Ok(())
    }
}
