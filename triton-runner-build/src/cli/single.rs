//! One file through the build's own pipeline: `cargo triton lower`, and `inspect` and `dump` of a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::Version;
use triton_runner_manifest::{Arch, Level};

use crate::analysis::Analysis;
use crate::cargo::Env;
use crate::cli::artifact::{artifact_json, between_json, written};
use crate::cli::levels::{Wanted, levels};
use crate::error::{Error, Problem};
use crate::lowering::{DEFAULT_TIME_LIMIT, Pipeline};
use crate::obtain::obtain;
use crate::obtain::switches::SwitchError;
use crate::obtain::tools::Tools;
use crate::plan::{self, Step};
use crate::read;
use crate::read::files::{Artifact, Found, KernelFiles, MetadataFile, arch_in_name};
use crate::settings::{Compress, Files, KernelSettings, Settings};

/// Which file, and how it is lowered.
#[derive(Debug)]
pub(crate) struct SingleFile {
    pub(crate) file: PathBuf,
    /// For which architectures; empty: the one that the file is for.
    pub(crate) archs: Vec<Arch>,
    /// The JSON; by default the one beside the file.
    pub(crate) metadata: Option<PathBuf>,
    pub(crate) triton: Option<Version>,
    pub(crate) options: KernelSettings,
    pub(crate) line_info: bool,
    /// Which of Triton's passes run.
    pub(crate) pipeline: Pipeline,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct LoweredFile {
    pub(crate) bytes: Vec<u8>,
    /// The JSON that makes it an artifact: Triton's metadata with our keys.
    pub(crate) metadata: String,
    /// What should be acted on.
    pub(crate) warnings: Vec<String>,
}

/// The request makes no sense for this file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SingleError {
    #[error("can't read it: {0}")]
    Unreadable(std::io::Error),
    #[error(
        "its name doesn't end in `.ttir`, `.ttgir`, `.llir`, `.ptx` or `.cubin`, so its level is unknown; rename it (or, for IR after a pass, put the JSON of `cargo triton dump --passes -o` beside it, or say `--after-pass`)"
    )]
    NoLevel,
    #[error("it is {found} already, and {asked} doesn't come after it: the levels are ttir, ttgir, llir, ptx, cubin")]
    NotLater { found: Level, asked: Level },
    #[error("it is {found}, and Triton's MLIR passes are all before that: no flag about passes does anything to it")]
    PastPasses { found: Level },
    #[error("its name says no architecture; say for which it is to be lowered: `--arch sm_90`")]
    NoArch,
}

/// The level that a file's name says.
pub(crate) fn level_of(file: &Path) -> Option<Level> {
    Level::from_extension(file.extension()?.to_str()?)
}

/// Reads one file as a package with nothing else in it.
pub(crate) fn analyze(request: &SingleFile) -> Result<Analysis, Error> {
    let analysis = look_at(request)?;
    if analysis.settings.archs.is_empty() {
        return Err(Problem::file(request.file.display().to_string(), SingleError::NoArch).into());
    }
    Ok(analysis)
}

/// The same, for no architecture where none is asked for and the file isn't for one.
pub(crate) fn look_at(request: &SingleFile) -> Result<Analysis, Error> {
    let files = files(request).map_err(|error| Problem::file(request.file.display().to_string(), error))?;
    of_files(request, &files)
}

/// The same with another content of the JSON.
pub(crate) fn look_at_with(request: &SingleFile, json: &[u8]) -> Result<Analysis, Error> {
    let mut files = files(request).map_err(|error| Problem::file(request.file.display().to_string(), error))?;
    files.metadata.iter_mut().for_each(|metadata| metadata.bytes = json.to_vec());
    of_files(request, &files)
}

fn of_files(request: &SingleFile, files: &KernelFiles) -> Result<Analysis, Error> {
    let kernel = read::read(files, &request.options.constants).map_err(Error::new)?;
    if kernel.sources.iter().any(|source| level_of(&source.artifact.path).is_none() && source.after_pass.is_none()) {
        return Err(Problem::file(request.file.display().to_string(), SingleError::NoLevel).into());
    }
    let mut archs = request.archs.clone();
    if archs.is_empty() {
        archs.extend(kernel.sources.first().and_then(|source| source.arch));
    }
    let settings = settings(request, archs, &files.name);
    Ok(Analysis {
        settings,
        settings_from: Files::default(),
        found: Found::default(),
        made: Vec::new(),
        kernels: vec![kernel],
        problems: Vec::new(),
    })
}

/// The settings of a package with one kernel.
fn settings(request: &SingleFile, archs: Vec<Arch>, kernel: &str) -> Settings {
    Settings {
        triton: request.triton.clone(),
        listed: archs.clone(),
        archs,
        archs_overridden: true,
        folders: Vec::new(),
        ptx: Vec::new(),
        line_info: request.line_info,
        time_limit: DEFAULT_TIME_LIMIT,
        spill_warning: 0,
        stale_lock_lowers: false,
        compress: Compress::Off,
        // What is asked for is this file's alone: an error where it can't be.
        kernels: BTreeMap::from([(
            kernel.to_owned(),
            KernelSettings { triton: request.triton.clone(), ..request.options.clone() },
        )]),
    }
}

/// What a file that nothing is known of is looked at with.
pub(crate) fn tools(request: &SingleFile, env: &Env) -> Result<Tools, SwitchError> {
    Tools::without_prebuilt(env, &settings(request, request.archs.clone(), ""))
}

/// Lowers one file for one architecture.
pub(crate) fn lower(
    request: &SingleFile,
    emit: Level,
    env: &Env,
    progress: &mut dyn FnMut(&str),
) -> Result<LoweredFile, Error> {
    let about = |error: SingleError| Problem::file(request.file.display().to_string(), error);
    // TTGIR may not be done yet.
    let level = level_of(&request.file).filter(|level| emit < *level || emit == *level && *level != Level::Ttgir);
    if let Some(found) = level {
        return Err(about(SingleError::NotLater { found, asked: emit }).into());
    }
    let analysis = analyze(request)?;
    let (mut steps, problems) = analysis.steps();
    let [step] = &mut steps[..] else { return Err(Error::new(problems)) };
    let level = step.source.artifact.level;
    let between = step.pipeline.after.is_some() && emit == level;
    if emit <= level && !between {
        return Err(about(SingleError::NotLater { found: level, asked: emit }).into());
    }
    step.pipeline = Pipeline { after: step.pipeline.after.take(), ..request.pipeline.clone() };
    if level > Level::Ttgir && step.pipeline != Pipeline::default() {
        return Err(about(SingleError::PastPasses { found: level }).into());
    }
    let step = &*step;
    let tools = Tools::without_prebuilt(env, &analysis.settings).map_err(Problem::package)?;
    if emit == Level::Cubin {
        return cubin(step, &tools, progress);
    }
    let made = levels(&[step], &Wanted::only(emit), &tools, progress)?.pop();
    let mut made = made.unwrap_or_else(|| Err(about(SingleError::NoLevel)))?;
    let bytes = made.files.remove(&emit).unwrap_or_default();
    let metadata = match &step.pipeline.stop_after {
        Some(pass) => between_json(step, &made.metadata, pass),
        None => written(&artifact_json(step, made.metadata, emit, Some(&bytes))),
    };
    Ok(LoweredFile { bytes, metadata, warnings: warnings(step) })
}

/// What a build would say of the step.
fn warnings(step: &Step<'_>) -> Vec<String> {
    let step = std::iter::once(step);
    plan::guesses(step.clone()).into_iter().chain(plan::known_wrong(step)).collect()
}

/// Machine code, verified as in a build.
fn cubin(step: &Step<'_>, tools: &Tools, progress: &mut dyn FnMut(&str)) -> Result<LoweredFile, Error> {
    let mut obtaining = obtain(std::slice::from_ref(step), tools, progress);
    let Some(Some(obtained)) = obtaining.results.pop() else { return Err(Error::new(obtaining.problems)) };
    let metadata = artifact_json(step, obtained.stored.metadata, Level::Cubin, Some(&obtained.stored.bytes));
    let metadata = written(&metadata);
    Ok(LoweredFile { bytes: obtained.stored.bytes, metadata, warnings: warnings(step) })
}

/// The file and the JSON beside it, as a build would find them.
fn files(request: &SingleFile) -> Result<KernelFiles, SingleError> {
    let path = &request.file;
    let between = request.pipeline.after.is_some() || path.extension().is_some_and(|extension| extension == "mlir");
    let level = level_of(path).or(between.then_some(Level::Ttgir)).ok_or(SingleError::NoLevel)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let kernel = stem.split('.').next().unwrap_or(&stem).to_owned();
    let bytes = std::fs::read(path).map_err(SingleError::Unreadable)?;
    let named = arch_in_name(&stem);
    let arch = if level == Level::Ttir { named } else { named.or(request.archs.first().copied()) };
    let artifact = Artifact {
        path: path.clone(),
        name: path.display().to_string(),
        level,
        arch,
        after_pass: request.pipeline.after.clone(),
        bytes,
    };
    let metadata = match request.metadata.clone().or_else(|| metadata_beside(path, &request.archs)) {
        Some(path) => {
            let bytes = std::fs::read(&path).map_err(SingleError::Unreadable)?;
            vec![MetadataFile { name: path.display().to_string(), path, arch, bytes }]
        }
        None => Vec::new(),
    };
    Ok(KernelFiles { name: kernel, artifacts: vec![artifact], metadata, tables: Vec::new() })
}

/// The JSON beside a file: its architecture's, or the one for all.
pub(crate) fn metadata_beside(file: &Path, archs: &[Arch]) -> Option<PathBuf> {
    let stem = file.file_stem()?.to_string_lossy().into_owned();
    let kernel = stem.split('.').next()?;
    let arch = arch_in_name(&stem).or(archs.first().copied());
    let own = arch.map(|arch| format!("{kernel}.{arch}.json"));
    let mut places = own.into_iter().chain([format!("{kernel}.json")]).map(|name| file.with_file_name(name));
    places.find(|path| path.is_file())
}
