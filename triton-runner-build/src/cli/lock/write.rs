//! Lock: machine code of a package's kernels into its source tree, or a check that what is there is right.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use triton_runner_manifest::{Arch, Level};

use crate::analysis::Analysis;
use crate::cargo::Env;
use crate::cli::packages::NO_KERNELS;
use crate::error::{Error, Problem};
use crate::obtain::cache::Cache;
use crate::obtain::prebuilt::{self, Locked, Prebuilt, PrebuiltError};
use crate::obtain::tools::Tools;
use crate::obtain::{key, obtain};
use crate::plan;
use crate::read::python_source;
use crate::settings::{Compress, Overrides};

/// What `cargo triton lock` did for a package.
#[derive(Debug)]
pub(crate) struct Report {
    /// Where the lock lies.
    pub(crate) folder: PathBuf,
    /// Kernels with their architectures.
    pub(crate) locked: Vec<(String, Arch, usize)>,
    /// Bytes that they take where they are compressed.
    pub(crate) compressed: Option<usize>,
    /// What should be acted on.
    pub(crate) warnings: BTreeSet<String>,
}

/// Lowers everything that isn't machine code already and writes it.
pub(crate) fn lock(package: &Path, env: &Env, progress: &mut dyn FnMut(&str)) -> Result<Report, Error> {
    let Made { folder, locked, compress, warnings } = make(package, env, false, progress)?;
    let written = prebuilt::write(&folder, &locked, compress).map_err(Problem::package)?;
    let compressed = (compress != Compress::Off).then_some(written);
    Ok(Report { compressed, ..report(folder, &locked, warnings) })
}

/// Lowers everything anew, cache or not, and holds it against what is there, byte for byte.
pub(crate) fn check(package: &Path, env: &Env, progress: &mut dyn FnMut(&str)) -> Result<Report, Error> {
    let Made { folder, locked, compress, mut warnings } = make(package, env, true, progress)?;
    let prebuilt = Prebuilt::open(&folder).map_err(Problem::package)?;
    let mut problems = Vec::new();
    for one in &locked {
        let found = match &prebuilt {
            Some(prebuilt) => prebuilt.get(&one.kernel, one.arch, &one.key, one.stored.ptx.is_some()),
            None => Err(PrebuiltError::Missing { path: folder.clone() }),
        };
        let error = match found {
            Ok((found, _)) => match prebuilt::same(&found, &one.stored) {
                Ok(()) => continue,
                Err(random) => PrebuiltError::Differs { path: folder.clone(), random },
            },
            Err(error) => error,
        };
        problems.push(Problem::kernel(&one.kernel, error).for_arch(one.arch));
    }
    for (kernel, arch) in prebuilt.iter().flat_map(Prebuilt::entries) {
        if !locked.iter().any(|one| one.kernel == kernel && one.arch == arch) {
            let error = PrebuiltError::LeftOver { path: folder.clone() };
            problems.push(Problem::kernel(kernel, error).for_arch(arch));
        }
    }
    // The code is right either way, and a build compresses what isn't. Where there is none, nothing is compressed.
    let by = prebuilt.as_ref().filter(|_| !locked.is_empty()).map(Prebuilt::compress);
    if let Some(by) = by.filter(|by| *by != compress) {
        warnings.insert(format!(
            "its lock was written with `compress = {by}`, and the settings say `compress = {compress}`: run `cargo triton lock` to have what is published as they say"
        ));
    }
    if problems.is_empty() { Ok(report(folder, &locked, warnings)) } else { Err(Error::new(problems)) }
}

fn report(folder: PathBuf, locked: &[Locked], warnings: BTreeSet<String>) -> Report {
    let locked = locked.iter().map(|one| (one.kernel.clone(), one.arch, one.stored.bytes.len())).collect();
    Report { folder, locked, compressed: None, warnings }
}

/// What a lock is to have.
struct Made {
    folder: PathBuf,
    locked: Vec<Locked>,
    compress: Compress,
    warnings: BTreeSet<String>,
}

fn make(package: &Path, env: &Env, anew: bool, progress: &mut dyn FnMut(&str)) -> Result<Made, Error> {
    // A lock holds all architectures, whatever this shell is set to.
    let mut analysis = Analysis::of(package, None, &Overrides::default(), |_, _, _| None).map_err(Problem::package)?;
    let mut problems = std::mem::take(&mut analysis.problems);
    let (mut steps, more) = analysis.steps();
    problems.extend(more);
    steps.retain(|step| step.source.artifact.level < Level::Cubin);
    let mut tools = Tools::without_prebuilt(env, &analysis.settings).map_err(Problem::package)?;
    if anew {
        tools.cache = Cache::off();
        // What lowers now has to be what lowered then, or a difference is nobody's fault who is named for it.
        let compilers: BTreeSet<_> =
            steps.iter().filter_map(|step| step.triton.clone().or_else(|| step.made_by.clone())).collect();
        problems.extend(tools.damaged(&compilers).into_iter().map(Problem::package));
    }
    let obtaining = obtain(&steps, &tools, progress);
    problems.extend(obtaining.problems);
    let mut locked = Vec::new();
    for (step, obtained) in steps.iter().zip(obtaining.results) {
        let Some(obtained) = obtained else { continue };
        locked.push(Locked {
            kernel: step.kernel.name.clone(),
            arch: step.arch,
            key: key(step),
            triton: step.triton.as_ref().map(ToString::to_string),
            stored: obtained.stored,
        });
    }
    let folder = prebuilt::folder(package, &analysis.settings.folders);
    let mut warnings = python_source::changes(&analysis.kernels);
    warnings.extend(plan::guesses(steps.iter()));
    warnings.extend(plan::known_wrong(steps.iter()));
    if analysis.found.kernels.is_empty() {
        warnings.insert(NO_KERNELS.to_owned());
    }
    let compress = analysis.settings.compress;
    if problems.is_empty() { Ok(Made { folder, locked, compress, warnings }) } else { Err(Error::new(problems)) }
}
