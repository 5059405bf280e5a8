//! Verify: each image held against the contract, then described in the manifest.

use triton_runner_ir::Descriptor;
use triton_runner_manifest::{self as manifest, ImageKind, Level};
use triton_runner_read::contract::{ContractError, KnownDescriptors, Launch, LaunchError};
use triton_runner_read::cubin;
use triton_runner_read::entry::Module;
use triton_runner_read::metadata::Metadata;
use triton_runner_read::ptx;

use crate::error::Cause;
use crate::fs::hash::sha256;
use crate::plan::Step;
use crate::read::Content;

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

/// PTX that is no text.
#[derive(Debug, thiserror::Error)]
#[error("the PTX is not UTF-8 text")]
struct PtxNotText;

/// Reads a step's images, holds them against the contract and describes them. `cubin` is empty where only PTX was asked for.
pub(crate) fn verify(
    step: &Step<'_>,
    metadata: &Metadata,
    cubin: &[u8],
    ptx: Option<&[u8]>,
) -> Result<Vec<VerifiedImage>, Cause> {
    let of = (step, metadata, &launch(step, metadata)?);
    let mut images = Vec::new();
    if step.cubin {
        images.push(described(of, ImageKind::Cubin, &cubin::read(cubin)?, cubin)?);
    }
    if let Some(bytes) = ptx.filter(|_| step.ptx) {
        let text = std::str::from_utf8(bytes).map_err(|_| PtxNotText)?;
        images.push(described(of, ImageKind::Ptx, &ptx::read(text)?, bytes)?);
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
    launch(step, &named.metadata)?.verify(&image, step.arch)?;
    Ok(())
}

/// What a step's launch will do.
fn launch<'a>(step: &'a Step<'_>, metadata: &'a Metadata) -> Result<Launch<'a>, LaunchError> {
    Launch::new(metadata, step.source.entry(), &step.kernel.arguments, &known_descriptors(step))
}

/// What the kernel's IR says of its descriptors.
fn known_descriptors(step: &Step<'_>) -> KnownDescriptors {
    let signed = from_ir(step, |level| level <= Level::Ttgir);
    let layouts = from_ir(step, |level| level == Level::Ttgir);
    KnownDescriptors {
        signed: signed.into_iter().map(|descriptor| descriptor.signed).collect(),
        layouts: layouts.into_iter().map(|descriptor| descriptor.layout.clone()).collect(),
        lowered: step.source.artifact.level <= Level::Ttgir,
    }
}

/// What the kernel's IR of these levels says of its descriptors.
fn from_ir<'a>(step: &Step<'a>, of: impl Fn(Level) -> bool) -> Vec<&'a Descriptor> {
    let here = |arch| arch == Some(step.arch);
    let usable = step.kernel.sources.iter().filter(|source| source.arch.is_none() || here(source.arch));
    let ir = usable.filter(|source| of(source.artifact.level)).find_map(|source| match &source.content {
        Content::Ir(summary) => Some(summary),
        Content::Lowered(_) | Content::Llir(_) | Content::Module(_) => None,
    });
    ir.into_iter()
        .flat_map(|module| &module.raw_arguments)
        .filter_map(|argument| argument.descriptor.as_ref())
        .collect()
}

/// Holds an image against its launch, and describes it.
fn described(
    (step, metadata, launch): (&Step<'_>, &Metadata, &Launch<'_>),
    kind: ImageKind,
    image: &Module,
    bytes: &[u8],
) -> Result<VerifiedImage, ContractError> {
    let verified = launch.verify(image, step.arch)?;
    let extension = match kind {
        ImageKind::Cubin => "cubin",
        ImageKind::Ptx => "ptx",
    };
    let description = manifest::BuiltImage {
        kind,
        arch: image.arch,
        file: format!("{}.{}.{extension}", step.kernel.name, image.arch),
        bytes: bytes.len() as u64,
        sha256: sha256(bytes),
        level: step.source.artifact.level,
        source: step.source.artifact.name.clone(),
        triton: step.triton.as_ref().map(ToString::to_string),
        entry: launch.entry.to_owned(),
        num_warps: launch.num_warps,
        num_stages: step.options.num_stages,
        cluster: verified.entry.cluster.unwrap_or(launch.cluster),
        shared: launch.shared,
        static_shared: verified.entry.static_shared.unwrap_or(0),
        hidden: verified.hidden,
        global_scratch: launch.scratch,
        profile_scratch: launch.profile,
        cooperative: launch.cooperative,
        pdl: launch.pdl,
        registers: verified.entry.registers,
        local_bytes: verified.entry.local_bytes,
        descriptors: metadata.tensordesc_meta.clone().unwrap_or_default(),
    };
    let file = ImageFile { name: description.file.clone(), bytes: bytes.to_vec() };
    Ok(VerifiedImage { description, file })
}
