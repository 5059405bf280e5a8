//! Verify: each image held against the contract, then described in the manifest.

pub(crate) mod contract;
mod descriptors;

use triton_runner_manifest::{self as manifest, DescriptorRecipe, ImageKind, Scratch};
use triton_runner_read::cubin;
use triton_runner_read::entry::Module;
use triton_runner_read::metadata::{Metadata, Writer};
use triton_runner_read::ptx;

use crate::error::Cause;
use crate::fs::hash::sha256;
use crate::plan::Step;
use crate::read::Content;
use contract::{ContractError, Expected};

/// Bytes of an image and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// An image that is what its launch expects. Only [`verify`] makes one.
#[derive(Debug)]
pub(crate) struct VerifiedImage {
    pub(crate) description: manifest::BuiltImage,
    pub(crate) file: ImageFile,
}

/// Metadata that a launch can't do without, and that nothing else gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
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
    #[error(transparent)]
    Descriptors(#[from] descriptors::DescriptorError),
    #[error("the PTX is not UTF-8 text")]
    PtxNotText,
    #[error("it needs {tmem} columns of tensor memory, and a block can have 512; use smaller blocks")]
    TensorMemory { tmem: u32 },
}

/// Reads a step's images, holds them against the contract and describes them. `cubin` is empty where only PTX was asked for.
pub(crate) fn verify(
    step: &Step<'_>,
    metadata: &Metadata,
    cubin: &[u8],
    ptx: Option<&[u8]>,
) -> Result<Vec<VerifiedImage>, Cause> {
    let launch = Launch::new(step, metadata)?;
    let mut images = Vec::new();
    if step.cubin {
        images.push(launch.verify(ImageKind::Cubin, &cubin::read(cubin)?, cubin)?);
    }
    if let Some(bytes) = ptx.filter(|_| step.ptx) {
        let text = std::str::from_utf8(bytes).map_err(|_| LaunchError::PtxNotText)?;
        images.push(launch.verify(ImageKind::Ptx, &ptx::read(text)?, bytes)?);
    }
    Ok(images)
}

/// Holds a file below TTGIR against its metadata before anything is made of it, so that the message is about the file.
pub(crate) fn verify_source(step: &Step<'_>) -> Result<(), Cause> {
    let Some(named) = step.metadata else { return Ok(()) };
    let image = match &step.source.content {
        Content::Ir(_) | Content::Lowered(_) => return Ok(()),
        Content::Module(image) => image.clone(),
        Content::Llir(entry) => Module { arch: step.arch, ptx_version: None, entries: vec![entry.clone()] },
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
    profile: Scratch,
    metadata: &'a Metadata,
    descriptors: Vec<DescriptorRecipe>,
}

impl<'a> Launch<'a> {
    fn new(step: &'a Step<'a>, metadata: &'a Metadata) -> Result<Self, LaunchError> {
        let missing = |key| LaunchError::NoKey { key, writer: metadata.writer() };
        let writer = metadata.writer();
        if let Some(key) = metadata.missing_for_launch() {
            return Err(missing(key));
        }
        if metadata.instrumentation_mode.as_deref().is_some_and(|mode| mode.contains("gsan")) {
            return Err(LaunchError::Sanitized);
        }
        let num_ctas = metadata.num_ctas.ok_or(missing("num_ctas"))?;
        // Up to 3.5 the compiler chose the shape of a cluster; since 3.6 it is along x.
        let cluster = metadata.cluster_dims.unwrap_or([num_ctas, 1, 1]);
        if contract::ctas(cluster) != Some(num_ctas) {
            return Err(LaunchError::ClusterShape { cluster, num_ctas });
        }
        let tmem = metadata.tmem_size.unwrap_or(0);
        if tmem > 512 {
            return Err(LaunchError::TensorMemory { tmem });
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
            profile: Scratch {
                size: metadata.profile_scratch_size.unwrap_or(0),
                align: metadata.profile_scratch_align.unwrap_or(1).max(1),
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
            profile: self.profile.size,
        }
    }

    fn verify(&self, kind: ImageKind, image: &Module, bytes: &[u8]) -> Result<VerifiedImage, ContractError> {
        let verified = contract::verify(image, &self.expected())?;
        let extension = match kind {
            ImageKind::Cubin => "cubin",
            ImageKind::Ptx => "ptx",
        };
        let description = manifest::BuiltImage {
            kind,
            arch: image.arch,
            file: format!("{}.{}.{extension}", self.step.kernel.name, image.arch),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
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
            profile_scratch: self.profile,
            cooperative: self.metadata.launch_cooperative_grid.unwrap_or(false),
            pdl: self.metadata.launch_pdl.unwrap_or(false),
            registers: verified.entry.registers,
            local_bytes: verified.entry.local_bytes,
            descriptors: self.descriptors.clone(),
        };
        let file = ImageFile { name: description.file.clone(), bytes: bytes.to_vec() };
        Ok(VerifiedImage { description, file })
    }
}
