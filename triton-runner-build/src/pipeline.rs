//! The path of a package's kernels: read, plan, obtain, verify, emit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use triton_runner_manifest::{self as manifest, ImageKind, Manifest};

use crate::artifact;
use crate::assemble::assemble;
use crate::cargo::{Env, display_name};
use crate::emit::{self, ImageFile};
use crate::error::{Error, Problem};
use crate::obtain::obtain;
use crate::plan::{self, PlanError, Step};
use crate::prebuilt::{self, Prebuilt};
use crate::read::{self, Kernel};
use crate::settings::{KernelSettings, Overrides, Settings, SettingsError};
use crate::tools::Tools;

/// Where to build and what.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) package: PathBuf,
    pub(crate) out_dir: PathBuf,
    pub(crate) overrides: Overrides,
    pub(crate) env: &'a Env,
}

/// What came of it. `watched` holds after errors too, so that cargo runs the build script again once they are mended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Manifest, Error>,
    pub(crate) warnings: Vec<String>,
    pub(crate) watched: BTreeSet<PathBuf>,
}

impl Outcome {
    pub(crate) fn failed(problems: Vec<Problem>) -> Self {
        Self { result: Err(Error::new(problems)), warnings: Vec::new(), watched: BTreeSet::new() }
    }
}

/// A package's kernels, read.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) settings: Settings,
    pub(crate) kernels: Vec<Kernel>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) watched: BTreeSet<PathBuf>,
}

impl Analysis {
    /// Reads settings and kernels. `archs` is `TRITON_RUNNER_ARCHS`.
    pub(crate) fn of(package: &Path, archs: Option<&str>, overrides: &Overrides) -> Result<Self, SettingsError> {
        let (settings, files) = Settings::read(package, archs, overrides)?;
        let found = artifact::scan(package, &settings.folders);
        let mut watched = found.watched;
        watched.extend(files);
        watched.extend(Prebuilt::watched(&prebuilt::folder(package, &settings.folders)));
        let mut problems = found.problems;
        problems.extend(no_such_kernels(&settings, &found.kernels));
        let default = KernelSettings::default();
        let mut kernels = Vec::new();
        for files in &found.kernels {
            match read::read(files, settings.kernels.get(&files.name).unwrap_or(&default)) {
                Ok(kernel) => kernels.push(kernel),
                Err(more) => problems.extend(more),
            }
        }
        Ok(Self { settings, kernels, problems, watched })
    }

    /// What to do for each kernel and architecture, and what stands in the way.
    pub(crate) fn steps(&self) -> (Vec<Step<'_>>, Vec<Problem>) {
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        for kernel in &self.kernels {
            match plan::plan(kernel, &self.settings) {
                Ok(planned) => steps.extend(planned),
                Err(more) => problems.extend(more),
            }
        }
        (steps, problems)
    }
}

/// Builds a package's kernels.
pub(crate) fn run(request: &Request<'_>, progress: &mut dyn FnMut(&str)) -> Outcome {
    let archs = request.env.var("TRITON_RUNNER_ARCHS");
    let mut analysis = match Analysis::of(&request.package, archs.as_deref(), &request.overrides) {
        Ok(analysis) => analysis,
        Err(error) => {
            let mut outcome = Outcome::failed(vec![Problem::package(error)]);
            outcome.watched.insert(request.package.join("Cargo.toml"));
            return retracted(request, outcome);
        }
    };
    let watched = std::mem::take(&mut analysis.watched);
    let problems = std::mem::take(&mut analysis.problems);
    let mut warnings = Vec::new();
    let result = build(request, &analysis, problems, &mut warnings, progress).map_err(Error::new);
    let outcome = Outcome { result, warnings, watched };
    if outcome.result.is_err() { retracted(request, outcome) } else { outcome }
}

/// After an error nothing older may be left to embed.
fn retracted(request: &Request<'_>, mut outcome: Outcome) -> Outcome {
    if let (Err(error), Err(retract)) = (&mut outcome.result, emit::retract(&request.out_dir)) {
        error.push(Problem::package(retract));
    }
    outcome
}

fn build(
    request: &Request<'_>,
    analysis: &Analysis,
    mut problems: Vec<Problem>,
    warnings: &mut Vec<String>,
    progress: &mut dyn FnMut(&str),
) -> Result<Manifest, Vec<Problem>> {
    let settings = &analysis.settings;
    let (mut steps, more) = analysis.steps();
    problems.extend(more);
    for kernel in &analysis.kernels {
        warnings.extend(plan::unused(kernel, settings).iter().map(Problem::to_string));
    }
    // docs.rs has no network and needs no machine code: the typed API is in the signatures.
    if request.env.flag("DOCS_RS") {
        steps.clear();
    }
    let tools = match Tools::from_env(request.env, settings, &request.package) {
        Ok(tools) => tools,
        Err(error) => {
            problems.push(Problem::package(error));
            return Err(problems);
        }
    };
    let mut images = Vec::new();
    let obtaining = obtain(&steps, &tools, progress);
    problems.extend(obtaining.problems);
    for (step, obtained) in steps.iter().zip(&obtaining.results).filter_map(|(s, o)| Some((s, o.as_ref()?))) {
        match assemble(step, obtained) {
            Ok(made) => images.extend(made.into_iter().map(|(image, file)| (step, image, file))),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    warnings.extend(images.iter().filter_map(|(step, image, _)| spills(step, image)));
    let (manifest, files) = collect(request, settings, &analysis.kernels, images);
    emit::emit(&request.out_dir, &manifest, &files).map_err(|error| vec![Problem::package(error)])?;
    Ok(manifest)
}

/// Settings for a kernel that doesn't exist are a typing error.
fn no_such_kernels(settings: &Settings, kernels: &[artifact::KernelFiles]) -> Vec<Problem> {
    let names: Vec<_> = kernels.iter().map(|kernel| format!("`{}`", kernel.name)).collect();
    let folders: Vec<_> = settings.folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
    let unknown = settings.kernels.keys().filter(|name| !kernels.iter().any(|kernel| kernel.name == **name));
    unknown
        .map(|name| PlanError::NoSuchKernel { name: name.clone(), folders: folders.join(", "), kernels: names.clone() })
        .map(|error| Problem::file("Cargo.toml", error))
        .collect()
}

/// Spilled registers cost time, and a smaller block or more warps cure them.
fn spills(step: &Step<'_>, image: &manifest::Image) -> Option<String> {
    let bytes = image.local_bytes.filter(|&bytes| bytes > 0)?;
    Some(format!(
        "kernel `{}` for {}: {bytes} bytes of each thread's registers spill to local memory; smaller blocks or more warps avoid it",
        step.kernel.name, image.arch
    ))
}

fn collect(
    request: &Request<'_>,
    settings: &Settings,
    kernels: &[Kernel],
    images: Vec<(&Step<'_>, manifest::Image, ImageFile)>,
) -> (Manifest, Vec<ImageFile>) {
    let mut described: Vec<manifest::Kernel> = kernels
        .iter()
        .map(|kernel| manifest::Kernel {
            name: artifact::split_variant(&kernel.name).0.to_owned(),
            variant: artifact::split_variant(&kernel.name).1.map(ToOwned::to_owned),
            signature_from: kernel.signature_from.clone(),
            arguments: kernel.arguments.clone(),
            constants: kernel.constants.clone(),
            images: Vec::new(),
            sources: kernel.files.clone(),
        })
        .collect();
    let mut image_files = Vec::new();
    for (step, image, file) in images {
        image_files.push(file);
        if let Some(kernel) = described.iter_mut().find(|kernel| kernel.id() == step.kernel.name) {
            kernel.images.push(image);
        }
    }
    for kernel in &mut described {
        kernel.images.sort_by_key(|image| (image.kind == ImageKind::Ptx, image.arch));
    }
    let folders = settings.folders.iter().map(|folder| display_name(&request.package, &request.package.join(folder)));
    (Manifest { format: Manifest::FORMAT, folders: folders.collect(), kernels: described }, image_files)
}
