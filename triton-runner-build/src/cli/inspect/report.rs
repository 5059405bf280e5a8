//! What is known of kernels and their images: the rows of `cargo triton inspect`, and its JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use triton_runner_manifest::{
    Access, Arch, Argument, BuiltImage, BuiltTtir, Constant, Family, HostWork, ImageKind, Level, Safety, UnsafeBecause,
};
use triton_runner_read::entry::Entry;

use crate::cli::interpreter::Interpreter;
use crate::cli::occupancy::{Needs, Occupancy, occupancy};

/// Everything.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) kernels: Vec<KernelReport>,
    /// What could not be looked at, and why.
    pub(super) errors: Vec<String>,
}

/// One kernel or variant.
#[derive(Debug, Serialize)]
pub(super) struct KernelReport {
    /// The package; none for a file.
    pub(super) package: Option<String>,
    /// `matmul`, or `matmul@small` for a variant.
    pub(super) name: String,
    /// The kernels of other types that it is one with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) family: Option<Family>,
    /// The file that the arguments were read from.
    pub(super) signature_from: Option<String>,
    /// Empty for machine code that nothing else is known of.
    pub(super) arguments: Vec<ArgumentReport>,
    pub(super) constants: BTreeMap<String, Constant>,
    /// What Python does around a launch, and the host has to do.
    pub(super) host: Vec<HostWork>,
    /// File and line of a write through an address that no argument has.
    pub(super) writes_elsewhere: Option<String>,
    /// Whether its launches can be safe functions.
    #[serde(flatten)]
    pub(super) safety: SafetyReport,
    pub(super) images: Vec<ImageReport>,
    /// Where its package embeds TTIR too; none for a file.
    pub(super) interpreter: Option<Interpreter>,
    /// That TTIR.
    pub(super) ttir: Vec<TtirReport>,
}

/// TTIR for the interpreter.
#[derive(Debug, Serialize)]
pub(super) struct TtirReport {
    /// The architecture that it is for; `None` where it is for all.
    pub(super) arch: Option<Arch>,
    pub(super) source: String,
    pub(super) num_warps: u32,
    pub(super) enable_fp_fusion: bool,
    /// Size of the text.
    pub(super) bytes: u64,
}

/// Whether launches are safe, and why not.
#[derive(Debug, Serialize)]
pub(super) struct SafetyReport {
    pub(super) safe: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unsafe_because: Vec<UnsafeBecause>,
}

/// One argument.
#[derive(Debug, Serialize)]
pub(super) struct ArgumentReport {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: String,
    /// The kernel relies on a multiple of this; 1 promises nothing.
    pub(super) divisible_by: u32,
    /// Whether it is stored through; `None` where that isn't known, or no pointer.
    pub(super) written: Option<bool>,
}

/// What is embedded for one architecture.
#[derive(Debug, Serialize)]
pub(super) struct ImageReport {
    pub(super) arch: Arch,
    pub(super) kind: ImageKind,
    /// The function's name in it.
    pub(super) entry: String,
    /// Level of the file that it was made from.
    pub(super) level: Level,
    pub(super) source: String,
    /// The Triton that lowered it.
    pub(super) triton: Option<String>,
    /// Threads of a block.
    pub(super) threads: Option<u32>,
    /// CTAs of a cluster.
    pub(super) cluster: [u32; 3],
    pub(super) registers: Option<u32>,
    /// Bytes of local memory of a thread, where registers spill to.
    pub(super) spilled_bytes: Option<u32>,
    pub(super) shared_bytes: Option<u32>,
    pub(super) static_shared_bytes: Option<u32>,
    /// Global scratch memory for each CTA.
    pub(super) scratch_bytes: Option<u32>,
    pub(super) hidden_pointers: Option<u32>,
    /// Size of the image.
    pub(super) bytes: u64,
    /// `None` where something that it needs isn't known.
    pub(super) occupancy: Option<Occupancy>,
}

impl SafetyReport {
    pub(super) fn new(safety: Safety) -> Self {
        let safe = matches!(safety, Safety::Proven(_));
        let unsafe_because = match safety {
            Safety::Proven(_) => Vec::new(),
            Safety::Unsafe(reasons) => reasons,
        };
        Self { safe, unsafe_because }
    }

    /// As a cell of a table.
    pub(super) fn word(&self) -> &'static str {
        if self.safe { "yes" } else { "no" }
    }
}

impl ArgumentReport {
    pub(super) fn new(argument: &Argument) -> Self {
        Self {
            name: argument.name.clone(),
            ty: argument.ty.to_string(),
            divisible_by: argument.divisible_by,
            written: match argument.access {
                Access::Unknown => None,
                Access::Read => Some(false),
                Access::Write { .. } => Some(true),
            },
        }
    }
}

impl std::fmt::Display for ArgumentReport {
    /// `out: mut *fp32:16`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let written = if self.written == Some(true) { "mut " } else { "" };
        write!(f, "{}: {written}{}", self.name, self.ty)?;
        if self.divisible_by > 1 { write!(f, ":{}", self.divisible_by) } else { Ok(()) }
    }
}

impl TtirReport {
    pub(super) fn new((ttir, text): &(BuiltTtir, &[u8])) -> Self {
        Self {
            arch: ttir.arch,
            source: ttir.source.clone(),
            num_warps: ttir.num_warps,
            enable_fp_fusion: ttir.enable_fp_fusion,
            bytes: text.len() as u64,
        }
    }
}

impl KernelReport {
    /// `interpreter: kernels/add.ttir, 3210 bytes, embedded in tests`, where there is something for it.
    pub(super) fn interpreted(&self) -> Option<String> {
        let files: Vec<_> = self.ttir.iter().map(|ttir| format!("{}, {} bytes", ttir.source, ttir.bytes)).collect();
        let words = self.interpreter.filter(|_| !files.is_empty())?.words();
        Some(format!("interpreter: {}, {words}", files.join("; ")))
    }

    /// `add_kernel(x: *fp32:16, n: i32)`
    fn signature(&self) -> String {
        let arguments: Vec<_> = self.arguments.iter().map(ArgumentReport::to_string).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }

    /// The same with its constants.
    pub(super) fn described(&self) -> String {
        let mut text = self.signature();
        let constants = self.constants();
        if !constants.is_empty() {
            text += &format!(" with {constants}");
        }
        if let Some(family) = &self.family {
            text += &format!(", of the family {family}");
        }
        if let Some(place) = &self.writes_elsewhere {
            text += &format!(", which writes through addresses that no argument has ({place})");
        }
        for reason in &self.safety.unsafe_because {
            text += &format!("\n  unsafe: {reason}");
        }
        text
    }

    /// `BLOCK = 1024, EVEN = True`
    fn constants(&self) -> String {
        let constants = self.constants.iter().map(|(name, value)| format!("{name} = {value}"));
        constants.collect::<Vec<_>>().join(", ")
    }
}

impl ImageReport {
    /// Of an image that a build would embed.
    pub(super) fn new(image: &BuiltImage) -> Self {
        let threads = 32 * image.num_warps;
        let shared = image.shared + image.static_shared;
        let occupancy =
            image.registers.and_then(|registers| occupancy(image.arch, Needs { threads, registers, shared }));
        Self {
            arch: image.arch,
            kind: image.kind,
            entry: image.entry.clone(),
            level: image.level,
            source: image.source.clone(),
            triton: image.triton.clone(),
            threads: Some(threads),
            cluster: image.cluster,
            registers: image.registers,
            spilled_bytes: image.local_bytes,
            shared_bytes: Some(image.shared),
            static_shared_bytes: Some(image.static_shared),
            scratch_bytes: Some(image.global_scratch.size),
            hidden_pointers: Some(image.hidden),
            bytes: image.bytes,
            occupancy,
        }
    }

    /// Of a function in PTX or machine code with no metadata: what the file itself says.
    pub(super) fn of_entry(entry: &Entry, arch: Arch, level: Level, source: &str, bytes: u64) -> Self {
        let threads = entry.required_block.map(|block| block.iter().product());
        // Where it uses dynamic shared memory, only the metadata knows how much.
        let shared = if entry.dynamic_shared == Some(false) { Some(0) } else { None };
        let needs = threads.zip(entry.registers).zip(shared).zip(entry.static_shared);
        let occupancy = needs.and_then(|(((threads, registers), shared), fixed)| {
            occupancy(arch, Needs { threads, registers, shared: shared + fixed })
        });
        Self {
            arch,
            kind: if level == Level::Ptx { ImageKind::Ptx } else { ImageKind::Cubin },
            entry: entry.name.clone(),
            level,
            source: source.to_owned(),
            triton: None,
            threads,
            cluster: entry.cluster.unwrap_or([1, 1, 1]),
            registers: entry.registers,
            spilled_bytes: entry.local_bytes,
            shared_bytes: shared,
            static_shared_bytes: entry.static_shared,
            scratch_bytes: None,
            hidden_pointers: None,
            bytes,
            occupancy,
        }
    }

    /// `sm_90a`, `sm_80 PTX`
    pub(super) fn target(&self) -> String {
        match self.kind {
            ImageKind::Cubin => self.arch.to_string(),
            ImageKind::Ptx => format!("{} PTX", self.arch),
        }
    }

    /// Shared memory of a block, static and dynamic.
    pub(super) fn all_shared(&self) -> Option<u32> {
        Some(self.shared_bytes? + self.static_shared_bytes?)
    }
}
