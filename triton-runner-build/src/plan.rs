//! Plan: for each architecture, which file to start from and with which options.

use semver::Version;
use triton_runner_manifest::{Arch, ArgType, Level};
use triton_runner_read::metadata::{Options, Writer};

use crate::error::Problem;
use crate::read::error::ReadError;
use crate::read::{Content, NamedMetadata, ParsedFile, ParsedKernel};
use crate::settings::{KernelSettings, Settings};
use crate::toolchain::DEFAULT;

mod no_effect;

use no_effect::Start;

/// One kernel on one architecture.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) kernel: &'a ParsedKernel,
    /// The file to start from.
    pub(crate) source: &'a ParsedFile,
    /// Its metadata; always there for llir, ptx and cubin.
    pub(crate) metadata: Option<&'a NamedMetadata>,
    pub(crate) arch: Arch,
    /// What Triton is told.
    pub(crate) options: Options,
    /// Embed machine code.
    pub(crate) cubin: bool,
    /// Embed PTX.
    pub(crate) ptx: bool,
    /// Which Triton lowers; `None` where none is needed.
    pub(crate) triton: Option<Version>,
    /// Whether the package lists the architecture, and not the environment alone.
    pub(crate) listed: bool,
    /// Which Triton made the file, as its metadata says.
    pub(crate) made_by: Option<Version>,
}

impl Step<'_> {
    fn start(&self) -> Start<'_> {
        Start {
            arch: self.arch,
            file: &self.source.artifact.name,
            level: self.source.artifact.level,
            triton: self.triton.as_ref(),
            metadata: self.metadata.map(|named| &named.metadata),
        }
    }
}

/// Files and settings that don't add up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(
        "there is no file for {arch}: there are {}; add a `.ttir`, which is lowered for every architecture, or limit the kernel with `archs` in [package.metadata.triton-runner.kernel.{kernel}]",
        found.join(", ")
    )]
    NoFile { kernel: String, arch: Arch, found: Vec<String> },
    #[error("`level = \"{level}\"` is set for this kernel, but it has no {level} file for {arch}")]
    NoFileOfLevel { level: Level, arch: Arch },
    #[error(
        "nothing says how many {what} to lower it with, and TTIR doesn't have it: check in `{kernel}.json` as Triton wrote it (or `cargo triton export` does), or set `{setting}` in [package.metadata.triton-runner.kernel.{kernel}]"
    )]
    NoOption { kernel: String, what: &'static str, setting: &'static str },
    #[error(
        "`{key}` is missing, which {writer} writes, and a {level} file can't be launched without it; check in the JSON as Triton wrote it"
    )]
    NoKey { key: &'static str, level: Level, writer: Writer },
    #[error("it describes the kernel `{found}`, but `{file}` holds `{expected}`; they are of different kernels")]
    OtherKernel { found: String, file: String, expected: String },
    #[error("its target is {found}, but it is used for {expected}; put that architecture's JSON beside its file")]
    OtherTarget { found: Arch, expected: Arch },
    #[error("its `num_warps` is {found}, but `{file}` was made with {expected}; they are of different builds")]
    OtherWarps { found: u32, file: String, expected: u32 },
    #[error("`num_ctas` is {asked}, but `{file}` was made with {found}")]
    OtherCtas { asked: u32, file: String, found: u32 },
    #[error(
        "nothing says which Triton lowers it: set `triton = \"{DEFAULT}\"` in [package.metadata.triton-runner]; metadata of Triton 3.3 and later says which one made it"
    )]
    NoTriton,
    #[error(
        "it was made by Triton {made}, but Triton {lowers} lowers here, and {level} holds only for the Triton that made it: set `triton = \"{made}\"`, or start from the `.ttir`"
    )]
    OtherTriton { made: String, lowers: Version, level: Level },
    #[error(
        "its JSON names no `triton_version`, which only Triton 3.2 leaves out, but Triton {lowers} lowers here, and {level} holds only for the Triton that made it: check in the JSON as Triton wrote it, or set `triton = \"3.2.0\"`"
    )]
    UnnamedTriton { lowers: Version, level: Level },
    #[error(
        "the kernel takes tensor descriptors (`{argument}`), which {arch} has no hardware for; they need sm_90 or later, so limit the kernel with `archs`, or export it for {arch} without descriptors under another name"
    )]
    NoDescriptors { argument: String, arch: Arch },
    #[error(
        "`{argument}` is an `nvTmaDesc`, the untyped descriptor of Triton 3.2 and 3.3: nothing says how a driver has to encode it, so no launch could pass it; export the kernel with Triton 3.4 or later and a type like `tensordesc<fp16[128, 64]>`, or make the descriptor in the kernel"
    )]
    UntypedDescriptor { argument: String },
    #[error(
        "{num_ctas} CTAs to a cluster, and {arch} has no clusters; they need sm_90 or later, so limit the kernel with `archs`, or lower it with `num_ctas` 1"
    )]
    NoClusters { num_ctas: u32, arch: Arch },
    #[error("it is for {arch}, which `archs` doesn't list, so it isn't embedded")]
    NotListed { arch: Arch },
}

/// Plans all architectures of one kernel. Every problem is reported.
pub(crate) fn plan<'a>(kernel: &'a ParsedKernel, settings: &Settings) -> Result<Vec<Step<'a>>, Vec<Problem>> {
    let default = KernelSettings::default();
    let own = settings.kernels.get(&kernel.name).unwrap_or(&default);
    let (cubins, ptx) = wanted(settings, own);
    let mut archs: Vec<_> = cubins.iter().chain(ptx).copied().collect();
    archs.sort_unstable();
    archs.dedup();
    let mut steps = Vec::new();
    let mut problems = Vec::new();
    for arch in archs {
        match step(kernel, settings, own, arch) {
            Ok(step) => {
                // A cubin can't be turned back into PTX.
                let ptx = ptx.contains(&arch) && step.source.artifact.level != Level::Cubin;
                steps.push(Step { cubin: cubins.contains(&arch), ptx, ..step });
            }
            Err(problem) => problems.push(problem.for_arch(arch)),
        }
    }
    let starts: Vec<_> = steps.iter().map(Step::start).collect();
    problems.extend(no_effect::problems(&kernel.name, own, &starts));
    if problems.is_empty() { Ok(steps) } else { Err(problems) }
}

/// Architectures to embed machine code and PTX for: the kernel's own, else the package's.
fn wanted<'a>(settings: &'a Settings, own: &'a KernelSettings) -> (&'a [Arch], &'a [Arch]) {
    (own.archs.as_ref().unwrap_or(&settings.archs), own.ptx.as_ref().unwrap_or(&settings.ptx))
}

/// Files for architectures that nobody asked for; no mistake where the environment chose.
pub(crate) fn unused(kernel: &ParsedKernel, settings: &Settings) -> Vec<Problem> {
    let default = KernelSettings::default();
    let (cubins, ptx) = wanted(settings, settings.kernels.get(&kernel.name).unwrap_or(&default));
    let named = kernel.sources.iter().filter(|source| source.artifact.arch.is_some());
    named
        .filter_map(|source| source.arch.map(|arch| (source, arch)))
        .filter(|(_, arch)| !settings.archs_overridden && !cubins.contains(arch) && !ptx.contains(arch))
        .map(|(source, arch)| Problem::new(&kernel.name, &source.artifact.name, PlanError::NotListed { arch }))
        .collect()
}

fn step<'a>(
    kernel: &'a ParsedKernel,
    settings: &Settings,
    own: &KernelSettings,
    arch: Arch,
) -> Result<Step<'a>, Problem> {
    let source = choose(kernel, own, arch).map_err(|error| no_file(kernel, error))?;
    let level = source.artifact.level;
    let file = source.artifact.name.clone();
    let metadata = kernel.metadata_for(arch);
    let at_source = |error: PlanError| Problem::new(&kernel.name, &file, error);
    if let Some(named) = metadata {
        agree(source, named, arch).map_err(|error| Problem::new(&kernel.name, &named.name, error))?;
    }
    if level > Level::Ttgir && metadata.is_none() {
        let error = ReadError::NoMetadata { kernel: kernel.name.clone(), level };
        return Err(Problem::new(&kernel.name, &file, error));
    }
    if let Some(argument) = kernel.arguments.iter().find(|a| a.ty == ArgType::TmaDesc) {
        return Err(at_source(PlanError::UntypedDescriptor { argument: argument.name.clone() }));
    }
    let descriptor = kernel.arguments.iter().find(|a| matches!(a.ty, ArgType::TensorDesc { .. }));
    if let Some(argument) = descriptor
        && arch.major() < 9
    {
        return Err(at_source(PlanError::NoDescriptors { argument: argument.name.clone(), arch }));
    }
    let triton = triton(settings, level, metadata).map_err(at_source)?;
    let made_by = metadata.and_then(made_by);
    let options = options(kernel, own, source, metadata).map_err(at_source)?;
    if let Some(num_ctas) = options.num_ctas.filter(|&num_ctas| num_ctas > 1)
        && arch.major() < 9
    {
        return Err(at_source(PlanError::NoClusters { num_ctas, arch }));
    }
    let listed = own.archs.is_some() || settings.listed.contains(&arch);
    Ok(Step { kernel, source, metadata, arch, options, cubin: true, ptx: false, triton, listed, made_by })
}

fn no_file(kernel: &ParsedKernel, error: PlanError) -> Problem {
    let name = kernel.sources.first().map(|source| source.artifact.name.as_str()).unwrap_or_default();
    Problem::new(&kernel.name, name, error)
}

/// The file closest to the machine, unless `level` says otherwise.
fn choose<'a>(kernel: &'a ParsedKernel, own: &KernelSettings, arch: Arch) -> Result<&'a ParsedFile, PlanError> {
    let usable = kernel.sources.iter().filter(|source| source.arch.is_none_or(|own| own == arch));
    if let Some(level) = own.level {
        let mut usable = usable;
        return usable.find(|source| source.artifact.level == level).ok_or(PlanError::NoFileOfLevel { level, arch });
    }
    usable.max_by_key(|source| source.artifact.level).ok_or_else(|| PlanError::NoFile {
        kernel: kernel.name.clone(),
        arch,
        found: kernel.sources.iter().map(|source| format!("`{}`", source.artifact.name)).collect(),
    })
}

/// Holds metadata against the file that it is used with.
fn agree(source: &ParsedFile, named: &NamedMetadata, arch: Arch) -> Result<(), PlanError> {
    let metadata = &named.metadata;
    let level = source.artifact.level;
    let file = &source.artifact.name;
    if let (Some(found), Some(expected)) = (&metadata.name, source.entry())
        && found != expected
    {
        let (found, expected) = (found.clone(), expected.to_owned());
        return Err(PlanError::OtherKernel { found, file: file.clone(), expected });
    }
    // One JSON serves TTIR on every architecture; below it, the numbers are one architecture's.
    if level != Level::Ttir
        && let Some(number) = metadata.target
        && number != arch.number()
    {
        let found = Arch::new(number, arch.suffix());
        return Err(PlanError::OtherTarget { found, expected: arch });
    }
    if let Content::Ir(summary) = &source.content
        && let (Some(found), Some(expected)) = (metadata.num_warps, summary.total_num_warps.or(summary.num_warps))
        && found != expected
        && Some(found) != summary.num_warps
    {
        return Err(PlanError::OtherWarps { found, file: file.clone(), expected });
    }
    let missing = metadata.missing_for_launch().or_else(|| metadata.target.is_none().then_some("target"));
    match missing.filter(|_| level > Level::Ttgir) {
        Some(key) => Err(PlanError::NoKey { key, level, writer: metadata.writer() }),
        None => Ok(()),
    }
}

/// Which Triton lowers: the setting, else the one that made the file.
fn triton(settings: &Settings, level: Level, metadata: Option<&NamedMetadata>) -> Result<Option<Version>, PlanError> {
    if level >= Level::Ptx {
        return Ok(None);
    }
    let made = metadata.and_then(made_by);
    let lowers = settings.triton.clone().or_else(|| made.clone()).ok_or(PlanError::NoTriton)?;
    if let Some(named) = metadata.filter(|_| level > Level::Ttir) {
        match &named.metadata.triton_version {
            Some(written) if made.is_none_or(|made| !same_dialect(&made, &lowers)) => {
                return Err(PlanError::OtherTriton { made: written.clone(), lowers, level });
            }
            None if !same_dialect(&Version::new(3, 2, 0), &lowers) => {
                return Err(PlanError::UnnamedTriton { lowers, level });
            }
            _ => {}
        }
    }
    Ok(Some(lowers))
}

/// Which Triton a file is of, as its metadata says.
fn made_by(named: &NamedMetadata) -> Option<Version> {
    Version::parse(named.metadata.triton_version.as_deref()?).ok()
}

/// TTGIR and LLIR hold for one minor version: its patch releases share compiler sources.
fn same_dialect(a: &Version, b: &Version) -> bool {
    (a.major, a.minor) == (b.major, b.minor)
}

fn options(
    kernel: &ParsedKernel,
    own: &KernelSettings,
    source: &ParsedFile,
    metadata: Option<&NamedMetadata>,
) -> Result<Options, PlanError> {
    let mut options = metadata.map(|named| named.metadata.options.clone()).unwrap_or_default();
    // Further down settings come too late, which is an error of its own.
    if source.artifact.level == Level::Ttir {
        options.num_warps = own.num_warps.or(options.num_warps);
        options.num_stages = own.num_stages.or(options.num_stages);
        options.num_ctas = own.num_ctas.or(options.num_ctas);
    }
    if source.artifact.level <= Level::Ttgir {
        options.maxnreg = own.maxnreg.or(options.maxnreg);
    }
    let missing = |what, setting| Err(PlanError::NoOption { kernel: kernel.name.clone(), what, setting });
    match &source.content {
        Content::Ir(summary) if source.artifact.level == Level::Ttgir => {
            options.num_warps = summary.num_warps.or(options.num_warps);
            if let (Some(found), Some(asked)) = (summary.num_ctas, options.num_ctas)
                && found != asked
            {
                return Err(PlanError::OtherCtas { asked, file: source.artifact.name.clone(), found });
            }
            options.num_ctas = summary.num_ctas.or(options.num_ctas);
        }
        Content::Ir(_) => {
            if options.num_warps.is_none() {
                return missing("warps", "num-warps");
            }
            if options.num_stages.is_none() {
                return missing("pipeline stages", "num-stages");
            }
            // Every Triton writes it. Without a JSON it is one, as in Triton without a word.
            if options.num_ctas.is_none() && metadata.is_some() {
                return missing("CTAs to a cluster", "num-ctas");
            }
        }
        Content::Llir(_) | Content::Module(_) => {}
    }
    Ok(options)
}
