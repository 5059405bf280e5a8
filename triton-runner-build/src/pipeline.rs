//! The path of a package's kernels: read, plan, obtain, verify, emit.

mod packing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use triton_runner_manifest::{self as manifest, Arch, ImageKind, LeftOut, Safety};

use crate::analysis::Analysis;
use crate::cargo::{Env, display_name};
use crate::emit::stamp::{self, Made, Stamp, Written};
use crate::emit::{self, EmitError};
use crate::error::{Cause, Error, Problem};
use crate::fs::input::nanoseconds;
use crate::fs::write::WriteError;
use crate::lowering::Spills;
use crate::obtain::prebuilt;
use crate::obtain::switches::Switches;
use crate::obtain::tools::{self, Tools};
use crate::obtain::{Obtained, obtain};
use crate::plan::{self, Step, interpreted};
use crate::read::ParsedKernel;
use crate::read::files::{self, Found, KernelFiles};
use crate::read::python_source::{self, Seen};
use crate::read::tuning_table::NamedTable;
use crate::safety::safety;
use crate::settings::{Overrides, Settings, table_of};
use crate::verify::{ImageFile, VerifiedImage};
use packing::{Packing, PackingError, Sources};

/// Where to build and what.
#[derive(Debug)]
pub(crate) struct BuildRequest<'a> {
    pub(crate) package: PathBuf,
    pub(crate) out_dir: PathBuf,
    pub(crate) overrides: Overrides,
    pub(crate) env: &'a Env,
}

/// What came of it, beside the files.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What should be acted on.
    pub(crate) warnings: Vec<String>,
    /// Files and folders that decide the result.
    pub(crate) watched: BTreeSet<PathBuf>,
    /// The SHA-256 of the manifest's text.
    pub(crate) sha256: String,
}

impl Outcome {
    fn of(stamp: &Stamp) -> Self {
        Self { warnings: stamp.warnings(), watched: stamp.watched(), sha256: stamp.sha256.clone() }
    }
}

/// Builds a package's kernels.
pub(crate) fn run(request: &BuildRequest<'_>, progress: &mut dyn FnMut(&str)) -> Result<Outcome, Error> {
    let BuildRequest { package, out_dir, overrides, env } = request;
    let wrong = |error| retracted(out_dir, Problem::package(error).into());
    let switches = Switches::read(env).map_err(wrong)?;
    let left_out = tools::left_out(env).map_err(wrong)?;
    let mut build = Build {
        request,
        base: stamp::base(&format!("{} {overrides:?} {left_out:?}", package.display())),
        began: nanoseconds(SystemTime::now()),
        before: Stamp::read(out_dir).filter(|_| switches.cache),
        left_out,
    };
    if let Some(stamp) = &mut build.before
        && stamp.holds(&build.base, env, out_dir)
    {
        return Ok(Outcome::of(stamp));
    }
    if let Some(stamp) = &mut build.before
        && !stamp.holds_for_each(&build.base, env)
    {
        build.before = None;
    }
    let result = build.run(progress).map_err(Error::new);
    emit::remove_temporary(out_dir);
    result.map_err(|error| retracted(out_dir, error))
}

/// An error, after which nothing older may be left to embed.
fn retracted(out_dir: &Path, mut error: Error) -> Error {
    if let Err(retract) = emit::retract(out_dir) {
        error.push(Problem::package(retract));
    }
    error
}

/// One build.
struct Build<'a> {
    request: &'a BuildRequest<'a>,
    base: String,
    /// Nanoseconds since 1970.
    began: i64,
    /// What the last build made, if its kernels can be used one by one.
    before: Option<Stamp>,
    /// Why what only a compiler can make is left out, if it is.
    left_out: Option<LeftOut>,
}

impl Build<'_> {
    fn run(&self, progress: &mut dyn FnMut(&str)) -> Result<Outcome, Vec<Problem>> {
        let BuildRequest { package, out_dir, overrides, env } = self.request;
        let archs = env.var("TRITON_RUNNER_ARCHS");
        let known = |settings: &Settings, files: &KernelFiles, found: &Found| {
            let before = self.before.as_ref().filter(|before| before.settings == settings.for_all())?;
            before.kernel(files, found, &settings.for_kernel(&files.name), out_dir)
        };
        let analysis = Analysis::of(package, archs.as_deref(), overrides, known);
        let mut analysis = analysis.map_err(|error| vec![Problem::package(error)])?;
        let mut problems = std::mem::take(&mut analysis.problems);
        let mut stamp = self.stamp(&analysis);
        let mut told = BTreeSet::new();
        let files = match self.make(&analysis, &mut stamp, &mut told, progress) {
            Ok(files) if problems.is_empty() => files,
            Ok(_) => return Err(problems),
            Err(more) => {
                problems.extend(more);
                return Err(problems);
            }
        };
        let folders = analysis.settings.folders.iter();
        let folders: Vec<_> = folders.map(|folder| display_name(package, &package.join(folder))).collect();
        let packing =
            self.packing(&analysis.settings, &stamp, &files).map_err(|error| vec![Problem::package(error)])?;
        self.emit(&folders, &files, packing, &mut stamp).map_err(|error| vec![Problem::package(error)])?;
        let mut outcome = Outcome::of(&stamp);
        outcome.warnings.extend(told);
        Ok(outcome)
    }

    /// A stamp with everything in it but what is made now.
    fn stamp(&self, analysis: &Analysis) -> Stamp {
        let before = self.before.as_ref();
        Stamp {
            base: self.base.clone(),
            read: self.began,
            settings: analysis.settings.for_all(),
            absent: analysis.settings_from.absent.clone(),
            manifests: analysis.settings_from.read.clone(),
            lock: before.map(|before| before.lock.clone()).unwrap_or_default(),
            programs: before.map(|before| before.programs.clone()).unwrap_or_default(),
            folders: analysis.found.folders.clone().into_iter().collect(),
            kernels: analysis.made.clone(),
            ..Stamp::default()
        }
    }

    /// Makes the kernels that weren't made before, and notes them. Their images are yet to be written. What is said of
    /// them once, and not in each build that finds them made, goes to `told`.
    fn make(
        &self,
        analysis: &Analysis,
        stamp: &mut Stamp,
        told: &mut BTreeSet<String>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<ImageFile>, Vec<Problem>> {
        let (planned, mut problems) = analysis.steps();
        // docs.rs has no network and needs no machine code: the typed API is in the signatures and in TTIR.
        let steps = if self.request.env.flag("DOCS_RS") { &[] } else { &planned[..] };
        let mut done = BTreeMap::<&str, Vec<Done<'_>>>::new();
        // With nothing to make, what was known about lock and programs stays as it was.
        if !steps.is_empty() || self.before.is_none() {
            match self.obtain(analysis, steps, stamp, progress) {
                Ok(all) => all.into_iter().for_each(|one| done.entry(&one.step.kernel.name).or_default().push(one)),
                Err(more) => problems.extend(more),
            }
        }
        let lock = prebuilt::lock_path(&prebuilt::folder(&self.request.package, &analysis.settings.folders));
        if stamp.lock.is_empty() && !lock.exists() {
            stamp.absent.push(lock);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut files = Vec::new();
        for kernel in &analysis.kernels {
            let done = done.remove(kernel.name.as_str()).unwrap_or_default();
            let safety = safety(kernel, planned.iter());
            let made = described(kernel, analysis, safety, done, self.left_out.as_ref(), &mut files, told);
            stamp.kernels.push(made.map_err(|error| vec![Problem::package(error)])?);
        }
        stamp.kernels.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Obtains the images of all steps.
    fn obtain<'a>(
        &self,
        analysis: &Analysis,
        steps: &'a [Step<'a>],
        stamp: &mut Stamp,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<Done<'a>>, Vec<Problem>> {
        let BuildRequest { package, out_dir, env, .. } = self.request;
        let problem = |kind: Cause| vec![Problem::package(kind)];
        let tools = Tools::from_env(env, &analysis.settings, package, emit::temporary(out_dir));
        let tools = tools.map_err(|e| problem(e.into()))?;
        stamp.lock = tools.prebuilt.iter().map(|prebuilt| prebuilt.lock_file().clone()).collect();
        emit::prepare(out_dir).map_err(|e| problem(e.into()))?;
        let obtaining = obtain(steps, &tools, progress);
        stamp.programs.extend(tools.programs());
        stamp.programs.sort_by(|a, b| a.path.cmp(&b.path));
        stamp.programs.dedup();
        let mut problems = obtaining.problems;
        if problems.is_empty() {
            let done = steps.iter().zip(obtaining.results);
            return Ok(done.map(|(step, obtained)| Done { step, obtained }).collect());
        }
        if let Some(little) = tools.little_space() {
            problems.insert(0, Problem::package(little));
        }
        Err(problems)
    }

    /// Compresses images, where settings say so.
    fn packing(&self, settings: &Settings, stamp: &Stamp, new: &[ImageFile]) -> Result<Packing, PackingError> {
        let BuildRequest { package, out_dir, env, .. } = self.request;
        let is_locked = Switches::read(env).is_ok_and(|switches| switches.prebuilt);
        let lock = is_locked.then(|| prebuilt::folder(package, &settings.folders));
        let sources = Sources { new, folder: &out_dir.join(emit::FOLDER), lock };
        packing::packing(stamp, self.before.as_ref(), settings.compress, &sources)
    }

    /// Writes images, manifest and stamp.
    fn emit(
        &self,
        folders: &[String],
        files: &[ImageFile],
        packing: Packing,
        stamp: &mut Stamp,
    ) -> Result<(), EmitError> {
        let out_dir = &self.request.out_dir;
        let kernels = stamp.kernels.iter().map(|kernel| &kernel.manifest);
        let packed = packing.packed.as_ref();
        let manifest = manifest::Manifest::compose(folders, packed, kernels).map_err(EmitError::Json)?;
        let packed_files: Vec<_> = packed.iter().flat_map(|packed| packed.files()).map(|(name, _)| name).collect();
        let kept = stamp.kernels.iter().flat_map(|kernel| &kernel.outputs).map(|output| output.name.clone());
        let kept = kept.chain(packed_files.iter().map(|name| (*name).to_owned()));
        emit::emit(out_dir, &manifest.text, [files, &packing.files], kept)?;
        let folder = out_dir.join(emit::FOLDER);
        let look = |name: &str| {
            Written::of(&folder, name).map_err(|error| WriteError::Write { path: folder.join(name), error })
        };
        let whole = [emit::MANIFEST].into_iter().chain(packed_files).map(look);
        stamp.outputs = whole.collect::<Result<_, _>>()?;
        stamp.packed = packed.map(serde_json::to_string).transpose().map_err(EmitError::Json)?.unwrap_or_default();
        stamp.packed_of = packing.of;
        stamp.sha256 = manifest.sha256;
        for output in stamp.kernels.iter_mut().flat_map(|kernel| &mut kernel.outputs) {
            // Only the new ones have no time yet.
            if output.modified == 0 {
                *output = look(&output.name)?;
            }
        }
        stamp.variables = self.request.env.variables();
        stamp.write(out_dir);
        Ok(())
    }
}

/// What a step came to.
struct Done<'a> {
    step: &'a Step<'a>,
    /// `None` where its machine code is left out.
    obtained: Option<Obtained>,
}

/// Spilled registers cost time, and a smaller block or more warps cure them. One warning for all GPUs of a kernel.
fn spilled(name: &str, all: &[(Arch, Spills)], settings: &Settings) -> Option<String> {
    let mut above: Vec<_> = all.iter().filter(|(_, spills)| spills.bytes() > settings.spill_warning(name)).collect();
    above.sort_by_key(|(arch, _)| *arch);
    let most = above.iter().map(|(_, spills)| spills.bytes()).max()?;
    let of_each =
        |what: &dyn Fn(&(Arch, Spills)) -> String| above.iter().map(|one| what(one)).collect::<Vec<_>>().join(", ");
    Some(format!(
        "kernel `{name}` for {}: registers spill to local memory, each thread stores {} bytes of them and loads {}; smaller blocks or more warps avoid it, and `spill-warning = {most}` in {} accepts it",
        of_each(&|(arch, _)| arch.to_string()),
        of_each(&|(_, spills)| spills.stores.to_string()),
        of_each(&|(_, spills)| spills.loads.to_string()),
        table_of(name)
    ))
}

/// A kernel's part of the manifest and of the stamp. Its images go to `files`.
fn described(
    kernel: &ParsedKernel,
    analysis: &Analysis,
    safety: Safety,
    done: Vec<Done<'_>>,
    left_out: Option<&LeftOut>,
    files: &mut Vec<ImageFile>,
    told: &mut BTreeSet<String>,
) -> Result<Made, EmitError> {
    let unused = plan::unused(kernel, &analysis.settings);
    let mut made = Made {
        name: kernel.name.clone(),
        settings: analysis.settings.for_kernel(&kernel.name),
        inputs: analysis.found.inputs(&kernel.name),
        warnings: unused.iter().map(Problem::to_string).collect(),
        ..Made::default()
    };
    made.warnings.extend(plan::guesses(done.iter().map(|done| done.step)));
    made.warnings.extend(plan::known_wrong(done.iter().map(|done| done.step)));
    let (mut images, mut spills) = (Vec::new(), Vec::new());
    for Done { step, obtained } in done {
        let Some(obtained) = obtained else {
            made.left_out = left_out.cloned();
            continue;
        };
        spills.push((step.arch, Spills::noted(&obtained.stored.metadata)));
        made.locked.extend(obtained.locked);
        for VerifiedImage { description: image, file } in obtained.images {
            made.outputs.push(Written { name: file.name.clone(), len: 0, modified: 0 });
            images.push(image);
            files.push(file);
        }
    }
    told.extend(spilled(&kernel.name, &spills, &analysis.settings));
    let mut ttir = Vec::new();
    for (description, text) in interpreted::of(kernel, &analysis.settings) {
        made.outputs.push(Written { name: description.file.clone(), len: 0, modified: 0 });
        files.push(ImageFile { name: description.file.clone(), bytes: text.to_vec() });
        ttir.push(description);
    }
    for seen in python_source::look(kernel) {
        match seen {
            Seen::There(input, changed) => {
                made.python.push(input);
                made.warnings.extend(changed);
            }
            Seen::Gone(path, warning) => {
                made.gone.push(path);
                made.warnings.push(warning);
            }
        }
    }
    images.sort_by_key(|image| (image.kind == ImageKind::Ptx, image.arch));
    let mut tuned = Vec::new();
    for NamedTable { name, table } in &kernel.tables {
        tuned.extend(table.of_variant(name, &kernel.name));
        // What is left out can't be told from what has changed.
        if made.left_out.is_none() {
            made.warnings.extend(table.stale(&kernel.name, &images).map(|stale| format!("`{name}`: {stale}")));
        }
        let ids = analysis.found.kernels.iter().map(|files| files.name.as_str());
        made.warnings.extend(table.unknown(&ids.collect::<Vec<_>>()).map(|unknown| format!("`{name}`: {unknown}")));
    }
    let (name, variant) = files::split_variant(&kernel.name);
    let described = manifest::BuiltKernel {
        name: name.to_owned(),
        variant: variant.map(ToOwned::to_owned),
        family: kernel.family.clone(),
        signature_from: kernel.signature_from.clone(),
        arguments: kernel.arguments.clone(),
        constants: kernel.constants.clone(),
        host: kernel.host(),
        writes_elsewhere: kernel.writes_elsewhere.clone(),
        safety,
        images,
        left_out: made.left_out.clone(),
        ttir,
        tuned,
        sources: kernel.files.clone(),
    };
    made.manifest = described.to_line().map_err(EmitError::Json)?;
    Ok(made)
}
