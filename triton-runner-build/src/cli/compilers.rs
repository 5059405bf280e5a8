//! Compilers for commands: found, or installed with a bar for the download.

use std::path::PathBuf;

use semver::Version;

use super::Result;
use super::progress::{Downloads, Progress};
use crate::cargo::Env;
use crate::obtain::switches::{Setup, Switches};
use crate::toolchain::{Source, Toolchain, Toolchains, default_home};

/// Where compilers lie, as the environment says.
pub(super) fn toolchains(env: &Env) -> Result<Toolchains> {
    let home = default_home(|name| env.var_os(name))?;
    let search = env.var_os("PATH").unwrap_or_default();
    Ok(Toolchains::new(home, env.path("TRITON_RUNNER_PYTHON"), search))
}

/// A compiler: the one of `python` if it is named, else the managed one, installed now if that is allowed.
pub(super) fn toolchain(env: &Env, triton: &Version, python: Option<PathBuf>) -> Result<Toolchain> {
    if python.is_some() {
        let home = default_home(|name| env.var_os(name))?;
        let search = env.var_os("PATH").unwrap_or_default();
        let own = Toolchains::new(home, python, search).find_own()?;
        return own.ok_or_else(|| "the Python that was named has no Triton".into());
    }
    let toolchains = toolchains(env)?;
    if Switches::read(env)?.setup != Setup::No {
        return install(&toolchains, triton, &Source::Index, env);
    }
    Ok(toolchains.require(triton)?)
}

/// Installs a compiler, with a bar for its download.
pub(super) fn install(toolchains: &Toolchains, triton: &Version, source: &Source, env: &Env) -> Result<Toolchain> {
    let mut progress = match source {
        Source::Index => {
            let bytes = crate::toolchain::download_size(triton).unwrap_or(0);
            Progress::of_downloads(Downloads { folder: toolchains.folder(), bytes })
        }
        Source::Wheel(_) => Progress::new(),
    };
    let offline = env.flag("CARGO_NET_OFFLINE");
    Ok(toolchains.install(triton, source, offline, &mut |line| progress.line(line))?)
}
