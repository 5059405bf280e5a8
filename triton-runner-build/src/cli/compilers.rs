//! Compilers for commands: found, or installed with a bar for the download.

use std::collections::BTreeSet;
use std::path::PathBuf;

use semver::Version;
use triton_runner_manifest::Level;

use super::Result;
use super::progress::{Downloads, Progress};
use crate::cargo::{Env, is_offline};
use crate::obtain::compilers::Compilers;
use crate::plan::Step;
use crate::toolchain::{Toolchain, Toolchains, WheelSource, download_size, of_python};

/// A compiler: the one of `python` if it is named, else the managed one, installed now if that is allowed.
pub(super) fn toolchain(env: &Env, triton: &Version, python: Option<PathBuf>) -> Result<Toolchain> {
    if let Some(python) = python {
        return Ok(of_python(&python, &env.var_os("PATH").unwrap_or_default())?);
    }
    let compilers = Compilers::from_env(env)?;
    let mut progress = downloading(compilers.toolchains()?, triton);
    Ok(compilers.toolchain(triton, &mut |line| progress.line(line))?)
}

/// The versions of Triton that a build needs for these.
pub(super) fn lowering(steps: &[Step<'_>]) -> BTreeSet<Version> {
    let lowered = steps.iter().filter(|step| step.source.artifact.level < Level::Ptx);
    lowered.filter_map(|step| step.triton.clone()).collect()
}

/// Installs a compiler.
pub(super) fn install(toolchains: &Toolchains, triton: &Version, source: &WheelSource, env: &Env) -> Result<Toolchain> {
    let mut progress = match source {
        WheelSource::Index => downloading(toolchains, triton),
        WheelSource::Wheel(_) => Progress::new(),
    };
    Ok(toolchains.install(triton, source, is_offline(env), &mut |line| progress.line(line))?)
}

/// With a bar for the download.
fn downloading(toolchains: &Toolchains, triton: &Version) -> Progress {
    Progress::of_downloads(Downloads { folder: toolchains.folder(), bytes: download_size(triton).unwrap_or(0) })
}
