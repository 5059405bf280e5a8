//! Verify and assemble: each image held against the contract, then described in the manifest.

pub(crate) mod contract;
mod descriptors;

use triton_runner_manifest::{self as manifest, DescriptorForm, ImageKind, Scratch};

use crate::error::{Cause, Problem};
use crate::plan::Step;
use crate::read::Content;
use crate::read::cubin;
use crate::read::entry::Image;
use crate::read::metadata::{Metadata, Writer};
use crate::read::ptx;
use contract::{ContractError, Expected};

/// Bytes of an image and the name of its file.
#[derive(Debug)]
pub(crate) struct ImageFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What a step came to: the images and the metadata that their launch needs.
#[derive(Debug)]
pub(crate) struct Obtained {
    /// Machine code; empty where only PTX was asked for.
    pub(crate) cubin: Vec<u8>,
    pub(crate) ptx: Option<Vec<u8>>,
    pub(crate) metadata: Metadata,
    /// Triton's JSON for what was lowered now.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes it"))]
    pub(crate) json: serde_json::Value,
}

/// Metadata that a launch can't do without, and that nothing else gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssembleError {
    #[error(
        "`{key}` is missing from the metadata, which {writer} writes, and a launch can't do without it; check in the JSON as Triton wrote it"
    )]
    NoKey { key: &'static str, writer: Writer },
    #[error(
        "its `cluster_dims` {cluster:?} are not the {num_ctas} CTAs to a cluster that `num_ctas` says; check in the JSON as Triton wrote it"
    )]
    ClusterShape { cluster: [u32; 3], num_ctas: u32 },
    #[error(
        "it was compiled for the sanitizer `gsan` (`instrumentation_mode`), whose parameters only its own runtime can pass; compile it without"
    )]
    Sanitized,
    #[error(
        "the kernel takes {arguments} tensor descriptors, but the metadata's `tensordesc_meta` describes {described}; check in the JSON as Triton wrote it"
    )]
    Descriptors { arguments: usize, described: usize },
    #[error(transparent)]
    Recipe(#[from] descriptors::RecipeError),
    #[error(
        "how the CTAs of a cluster divide the block of `{argument}` is in TTGIR only; check in the kernel's `.ttgir` too"
    )]
    NoLayout { argument: String },
    #[error("the PTX is not UTF-8 text")]
    PtxNotText,
    #[error("it needs {tmem} columns of tensor memory, and a block can have 512; use smaller blocks")]
    TensorMemory { tmem: u32 },
}

/// Reads the images back, verifies them and describes them.
pub(crate) fn assemble(step: &Step<'_>, obtained: &Obtained) -> Result<Vec<(manifest::Image, ImageFile)>, Problem> {
    let problem = |kind: Cause| Problem::new(&step.kernel.name, &step.source.artifact.name, kind).for_arch(step.arch);
    let mut images = Vec::new();
    let launch = Launch::new(step, &obtained.metadata).map_err(|error| problem(error.into()))?;
    let mut describe = |kind, image: &Image, bytes: &[u8]| -> Result<(), ContractError> {
        let described = launch.describe(kind, image, bytes)?;
        let file = ImageFile { name: described.file.clone(), bytes: bytes.to_vec() };
        images.push((described, file));
        Ok(())
    };
    if step.cubin {
        let image = cubin::read(&obtained.cubin).map_err(|error| problem(error.into()))?;
        describe(ImageKind::Cubin, &image, &obtained.cubin).map_err(|error| problem(error.into()))?;
    }
    if let Some(bytes) = obtained.ptx.as_ref().filter(|_| step.ptx) {
        let text = std::str::from_utf8(bytes).map_err(|_| problem(AssembleError::PtxNotText.into()))?;
        let image = ptx::read(text).map_err(|error| problem(error.into()))?;
        describe(ImageKind::Ptx, &image, bytes).map_err(|error| problem(error.into()))?;
    }
    Ok(images)
}

/// Holds a file below TTGIR against its metadata before anything is made of it, so that the message is about the file.
pub(crate) fn verify_source(step: &Step<'_>) -> Result<(), Cause> {
    let Some(named) = step.metadata else { return Ok(()) };
    let image = match &step.source.content {
        Content::Ir(_) => return Ok(()),
        Content::Image(image) => image.clone(),
        Content::Llir(entry) => Image { arch: step.arch, ptx_version: None, entries: vec![entry.clone()] },
    };
    let launch = Launch::new(step, &named.metadata)?;
    contract::verify(&image, &launch.expected())?;
    Ok(())
}

/// What a step's launch will do, whichever image it uses.
struct Launch<'a> {
    step: &'a Step<'a>,
    writer: Writer,
    entry: &'a str,
    num_warps: u32,
    num_ctas: u32,
    cluster: [u32; 3],
    shared: u32,
    scratch: Scratch,
    metadata: &'a Metadata,
    descriptors: Vec<DescriptorForm>,
}

impl<'a> Launch<'a> {
    fn new(step: &'a Step<'a>, metadata: &'a Metadata) -> Result<Self, AssembleError> {
        let missing = |key| AssembleError::NoKey { key, writer: metadata.writer() };
        let writer = metadata.writer();
        if let Some(key) = metadata.missing_for_launch() {
            return Err(missing(key));
        }
        if metadata.instrumentation_mode.as_deref().is_some_and(|mode| mode.contains("gsan")) {
            return Err(AssembleError::Sanitized);
        }
        let num_ctas = metadata.num_ctas.ok_or(missing("num_ctas"))?;
        // Up to 3.5 the compiler chose the shape of a cluster; since 3.6 it is along x.
        let cluster = metadata.cluster_dims.unwrap_or([num_ctas, 1, 1]);
        if contract::ctas(cluster) != Some(num_ctas) {
            return Err(AssembleError::ClusterShape { cluster, num_ctas });
        }
        let tmem = metadata.tmem_size.unwrap_or(0);
        if tmem > 512 {
            return Err(AssembleError::TensorMemory { tmem });
        }
        Ok(Self {
            step,
            writer,
            entry: step.source.entry().or(metadata.name.as_deref()).ok_or(missing("name"))?,
            num_warps: metadata.num_warps.ok_or(missing("num_warps"))?,
            num_ctas,
            cluster,
            shared: metadata.shared.ok_or(missing("shared"))?,
            scratch: Scratch {
                // Triton 3.2 has none.
                size: metadata.global_scratch_size.unwrap_or(0),
                align: metadata.global_scratch_align.unwrap_or(1),
            },
            metadata,
            descriptors: descriptors::forms(step, metadata, num_ctas)?,
        })
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            entry: self.entry,
            arch: self.step.arch,
            arguments: &self.step.kernel.arguments,
            writer: self.writer,
            num_warps: self.num_warps,
            num_ctas: self.num_ctas,
            shared: self.shared,
            scratch: self.scratch.size,
        }
    }

    fn describe(&self, kind: ImageKind, image: &Image, bytes: &[u8]) -> Result<manifest::Image, ContractError> {
        let verified = contract::verify(image, &self.expected())?;
        let extension = match kind {
            ImageKind::Cubin => "cubin",
            ImageKind::Ptx => "ptx",
        };
        Ok(manifest::Image {
            kind,
            arch: image.arch,
            file: format!("{}.{}.{extension}", self.step.kernel.name, image.arch),
            bytes: bytes.len() as u64,
            level: self.step.source.artifact.level,
            source: self.step.source.artifact.name.clone(),
            triton: self.step.triton.as_ref().map(ToString::to_string),
            entry: self.entry.to_owned(),
            num_warps: self.num_warps,
            num_stages: self.step.options.num_stages,
            cluster: verified.entry.cluster.unwrap_or(self.cluster),
            shared: self.shared,
            static_shared: verified.entry.static_shared.unwrap_or(0),
            hidden: verified.hidden,
            global_scratch: self.scratch,
            cooperative: self.metadata.launch_cooperative_grid.unwrap_or(false),
            pdl: self.metadata.launch_pdl.unwrap_or(false),
            registers: verified.entry.registers,
            local_bytes: verified.entry.local_bytes,
            descriptors: self.descriptors.clone(),
        })
    }
}
