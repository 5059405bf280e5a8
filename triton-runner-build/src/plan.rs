//! Plan: for each architecture, which file to start from and with which options.

pub(crate) mod descriptors;
pub(crate) mod interpreted;
pub(crate) mod limits;
mod no_effect;
mod options;

use std::collections::BTreeMap;

use no_effect::Start;
use semver::Version;
use triton_runner_manifest::{Arch, Level};
use triton_runner_read::metadata::{Options, Writer};

use crate::error::{Cause, Problem};
use crate::lowering::Pipeline;
use crate::read::error::ReadError;
use crate::read::{Content, NamedMetadata, ParsedFile, ParsedKernel, written_for};
use crate::settings::{KernelSettings, Settings, table_of};
use crate::toolchain::known_wrong::{self, KnownWrong};
use crate::toolchain::{DEFAULT, is_fork, same_dialect};

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
    /// Those of them that settings say.
    pub(crate) asked: Vec<String>,
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
    /// Which of Triton's passes run.
    pub(crate) pipeline: Pipeline,
    /// Keep source lines in the machine code.
    pub(crate) line_info: bool,
}

impl Step<'_> {
    fn start(&self) -> Start<'_> {
        Start {
            arch: self.arch,
            file: &self.source.artifact.name,
            level: self.source.artifact.level,
            between: self.source.after_pass.is_some(),
            triton: self.triton.as_ref(),
            metadata: self.metadata.map(|named| &named.metadata),
        }
    }
}

/// Files and settings that don't add up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(
        "there is no file for {arch}: there are {}; export it for {arch} too, or limit the kernel with `archs` in {}",
        found.join(", "),
        table_of(kernel)
    )]
    NoFile { kernel: String, arch: Arch, found: Vec<String> },
    #[error(
        "`level = \"{level}\"` is set for this kernel, but it has no {level} file for {arch}: check one in, or take `level` out of {}",
        table_of(kernel)
    )]
    NoFileOfLevel { kernel: String, level: Level, arch: Arch },
    #[error(
        "`{key}` is missing: {writer} writes it, and a {level} file can't be launched without it; check in the JSON as Triton wrote it"
    )]
    NoKey { key: &'static str, level: Level, writer: Writer },
    #[error(
        "it describes the kernel `{found}`, but `{file}` holds `{expected}`; they are of different kernels: put the JSON of `{expected}` there, or give each kernel's files a name of their own"
    )]
    OtherKernel { found: String, file: String, expected: String },
    #[error("its target is {found}, but it is used for {expected}; put that architecture's JSON beside its file")]
    OtherTarget { found: Arch, expected: Arch },
    #[error(
        "its `num_warps` is {found}, but `{file}` was made with {expected}; they are of different builds: take both from one"
    )]
    OtherWarps { found: u32, file: String, expected: u32 },
    #[error(
        "nothing says which Triton lowers it: set `triton = \"{DEFAULT}\"` in [package.metadata.triton-runner]; metadata of Triton 3.3 and later says which one made it"
    )]
    NoTriton,
    #[error(
        "it was made by Triton {made}, but Triton {lowers} lowers here, and {level} holds only for the Triton that made it: set `triton = \"{made}\"` in the kernel's settings, or start from the `.ttir`"
    )]
    OtherTriton { made: String, lowers: Version, level: Level },
    #[error(
        "its JSON names no `triton_version`, which only Triton 3.2 leaves out, but Triton {lowers} lowers here, and {level} holds only for the Triton that made it: check in the JSON as Triton wrote it, or set `triton = \"3.2.0\"`"
    )]
    UnnamedTriton { lowers: Version, level: Level },
    #[error(
        "it holds operations of a GPU's dialect, as TTIR of TLX does, which only fbtriton lowers, and Triton {lowers} lowers here: set `triton = \"3.7.4+fb\"` in the kernel's settings, or, if it is TTGIR, name it `NAME.sm_90.ttgir`"
    )]
    OfFork { lowers: Version },
    #[error(
        "it stands after the pass `{pass}`, and which options the passes that follow are given only the JSON says that was written with it: put it beside the file, under the same name"
    )]
    NoJson { pass: String },
    #[error(
        "its JSON says that it stands after the pass `{said}`, and the file was taken for another one, since only one of the two has its architecture in its name: name them `NAME.{arch}.ttgir` and `NAME.{arch}.json`"
    )]
    OtherPass { said: String, arch: Arch },
    #[error(
        "it stands after the pass `{pass}` of Triton {made}, but Triton {lowers} lowers here, whose passes may be others: set `triton = \"{made}\"`"
    )]
    OtherPipeline { pass: String, made: String, lowers: Version },
    #[error("it is for {arch}, which `archs` doesn't list, so it isn't embedded")]
    NotListed { arch: Arch },
}

/// Plans all architectures of one kernel. Every problem is reported.
pub(crate) fn plan<'a>(kernel: &'a ParsedKernel, settings: &Settings) -> Result<Vec<Step<'a>>, Vec<Problem>> {
    let default = KernelSettings::default();
    let own = settings.kernels.get(&kernel.name).unwrap_or(&default);
    let (cubins, ptx) = wanted(settings, &kernel.name);
    let mut steps = Vec::new();
    let mut problems = Vec::new();
    for arch in archs_of(settings, &kernel.name) {
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

/// All architectures of a kernel, each once.
pub(crate) fn archs_of(settings: &Settings, kernel: &str) -> Vec<Arch> {
    let (cubins, ptx) = wanted(settings, kernel);
    let mut archs: Vec<_> = cubins.iter().chain(ptx).copied().collect();
    archs.sort_unstable();
    archs.dedup();
    archs
}

/// Architectures to embed machine code and PTX for: the kernel's own, else the package's.
fn wanted<'a>(settings: &'a Settings, kernel: &str) -> (&'a [Arch], &'a [Arch]) {
    let own = settings.kernels.get(kernel);
    let archs = own.and_then(|own| own.archs.as_ref()).unwrap_or(&settings.archs);
    (archs, own.and_then(|own| own.ptx.as_ref()).unwrap_or(&settings.ptx))
}

/// Files for architectures that nobody asked for; no mistake where the environment chose.
pub(crate) fn unused(kernel: &ParsedKernel, settings: &Settings) -> Vec<Problem> {
    let (cubins, ptx) = wanted(settings, &kernel.name);
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
        let at_metadata = |error: Cause| Problem::new(&kernel.name, &named.name, error);
        // Each file has been held against its own JSON; this one may be another's.
        if named.arch != source.arch {
            written_for::content(&source.artifact, &named.metadata).map_err(|error| at_metadata(error.into()))?;
        }
        written_for::target(&source.artifact, &named.metadata, arch).map_err(|error| at_metadata(error.into()))?;
        agree(source, named, arch).map_err(|error| Problem::new(&kernel.name, &named.name, error))?;
    }
    if level > Level::Ttgir && metadata.is_none() {
        let error = ReadError::NoMetadata { kernel: kernel.name.clone(), level };
        return Err(Problem::new(&kernel.name, &file, error));
    }
    let said = metadata.and_then(|named| named.metadata.after_pass.clone()).filter(|_| level == Level::Ttgir);
    if let Some(said) = said.filter(|said| source.after_pass.as_ref() != Some(said)) {
        return Err(at_source(PlanError::OtherPass { said, arch }));
    }
    if let (Some(pass), None) = (&source.after_pass, metadata) {
        return Err(at_source(PlanError::NoJson { pass: pass.clone() }));
    }
    let arguments = kernel.arguments.iter().map(|argument| (argument.name.as_str(), &argument.ty));
    descriptors::check(arguments, arch).map_err(|error| Problem::new(&kernel.name, &file, error))?;
    let triton = triton(settings, own, source, metadata).map_err(at_source)?;
    let made_by = metadata.and_then(made_by);
    let about = |cause: Cause| Problem::new(&kernel.name, &file, cause);
    let (options, asked) = options::of(kernel, own, source, metadata).map_err(|error| about(error.into()))?;
    limits::check(&options, level, arch).map_err(|error| about(error.into()))?;
    let listed = own.archs.is_some() || settings.listed.contains(&arch);
    let line_info = own.line_info.unwrap_or(settings.line_info);
    let pipeline = Pipeline { after: source.after_pass.clone(), ..Pipeline::default() };
    Ok(Step {
        kernel,
        source,
        metadata,
        arch,
        options,
        asked,
        cubin: true,
        ptx: false,
        triton,
        listed,
        made_by,
        line_info,
        pipeline,
    })
}

/// Says which kernels this Triton is known to compile wrongly.
pub(crate) fn known_wrong<'a>(steps: impl Iterator<Item = &'a Step<'a>>) -> Vec<String> {
    let mut warnings = Vec::new();
    for step in steps {
        let (kernel, entry) = (&step.kernel.name, step.source.entry().unwrap_or_default());
        warnings.extend(known_wrong_of(step).map(|(triton, wrong)| {
            format!("kernel `{kernel}` for {}: Triton {triton} compiles `{entry}` wrongly there: {wrong}", step.arch)
        }));
    }
    warnings
}

/// What is known to be wrong of a step's result, and the Triton that makes it so.
pub(crate) fn known_wrong_of<'a>(step: &'a Step<'a>) -> impl Iterator<Item = (&'a Version, &'static KnownWrong)> {
    let named = step.triton.as_ref().or(step.made_by.as_ref()).zip(step.source.entry());
    named.into_iter().flat_map(|(triton, entry)| {
        known_wrong::of_kernel(entry, &step.kernel.constants, triton, step.arch).map(move |wrong| (triton, wrong))
    })
}

/// Says where TTIR is lowered for architectures that its JSON doesn't name: whether the frontend's text is the same there,
/// nothing knows.
pub(crate) fn guesses<'a>(steps: impl Iterator<Item = &'a Step<'a>>) -> Vec<String> {
    let mut guesses = BTreeMap::<(&str, &str, Arch), Vec<Arch>>::new();
    for step in steps {
        let Some(named) = step.metadata else { continue };
        if let Some(made) = written_for::guessed_from(&step.source.artifact, &named.metadata, step.arch) {
            guesses.entry((&step.kernel.name, &named.name, made)).or_default().push(step.arch);
        }
    }
    let guess = |((kernel, json, made), archs): ((&str, &str, Arch), Vec<Arch>)| {
        let names = |before: &str| archs.iter().map(|arch| format!("{before}{arch}")).collect::<Vec<_>>();
        format!(
            "kernel `{kernel}`, `{json}`: Triton's frontend ran for {made}, and nothing says that its TTIR is the same for {}: export it again with `--arch {made} {}`, or add \"targets\" to the JSON, a list of the architectures for which you know that it is",
            names("").join(", "),
            names("--arch ").join(" "),
        )
    };
    guesses.into_iter().map(guess).collect()
}

fn no_file(kernel: &ParsedKernel, error: PlanError) -> Problem {
    let name = kernel.sources.first().map(|source| source.artifact.name.as_str()).unwrap_or_default();
    Problem::new(&kernel.name, name, error)
}

/// The file closest to the machine, unless `level` says otherwise; one for this architecture before one for several.
fn choose<'a>(kernel: &'a ParsedKernel, own: &KernelSettings, arch: Arch) -> Result<&'a ParsedFile, PlanError> {
    let usable = kernel.sources.iter().filter(|source| source.arch.is_none_or(|own| own == arch));
    if let Some(level) = own.level {
        let of_level = usable.filter(|source| source.artifact.level == level);
        return of_level.max_by_key(|source| source.arch).ok_or(PlanError::NoFileOfLevel {
            kernel: kernel.name.clone(),
            level,
            arch,
        });
    }
    usable.max_by_key(|source| (source.artifact.level, source.arch)).ok_or_else(|| PlanError::NoFile {
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
    let (own, all) = match &source.content {
        Content::Ir(summary) => (summary.num_warps, summary.total_num_warps.or(summary.num_warps)),
        Content::Lowered(lowered) => (lowered.num_warps, lowered.num_warps),
        Content::Llir(_) | Content::Module(_) => (None, None),
    };
    if let (Some(found), Some(expected)) = (metadata.num_warps, all)
        && found != expected
        && Some(found) != own
    {
        return Err(PlanError::OtherWarps { found, file: file.clone(), expected });
    }
    let missing = metadata.missing_for_launch().or_else(|| metadata.target.is_none().then_some("target"));
    match missing.filter(|_| level > Level::Ttgir) {
        Some(key) => Err(PlanError::NoKey { key, level, writer: metadata.writer() }),
        None => Ok(()),
    }
}

/// Which Triton lowers: the kernel's setting, else the package's, else the one that made the file. What is of the fork alone,
/// or of Triton alone, is for that one, whichever of the two the package's other kernels are lowered with.
fn triton(
    settings: &Settings,
    own: &KernelSettings,
    source: &ParsedFile,
    metadata: Option<&NamedMetadata>,
) -> Result<Option<Version>, PlanError> {
    let level = source.artifact.level;
    if level >= Level::Ptx {
        return Ok(None);
    }
    let made = metadata.and_then(made_by);
    let of_package = settings
        .triton
        .as_ref()
        .filter(|triton| source.is_ttir() || made.as_ref().is_none_or(|made| is_fork(made) == is_fork(triton)));
    let lowers = own.triton.as_ref().or(of_package).or(made.as_ref()).ok_or(PlanError::NoTriton)?.clone();
    if level == Level::Ttir && !source.is_ttir() && !is_fork(&lowers) {
        return Err(PlanError::OfFork { lowers });
    }
    if let (Some(pass), Some(named)) = (&source.after_pass, metadata)
        && made.as_ref() != Some(&lowers)
    {
        let made =
            named.metadata.triton_version.clone().unwrap_or_else(|| "of no version that its JSON names".to_owned());
        return Err(PlanError::OtherPipeline { pass: pass.clone(), made, lowers });
    }
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
