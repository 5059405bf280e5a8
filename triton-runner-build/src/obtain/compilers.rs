//! Compilers of this machine, as the environment says: where they lie, and whether a missing one may be installed.

use std::path::{Path, PathBuf};

use semver::Version;

use crate::cargo::{Env, is_offline};
use crate::toolchain::{Programs, Toolchain, ToolchainError, Toolchains, WheelSource, default_home};

/// Compilers, and NVIDIA's programs.
#[derive(Debug)]
pub(crate) struct Compilers {
    /// The folder for everything managed; `None` where there is no place for it.
    home: Option<PathBuf>,
    /// Why there is none, if it is this.
    relative_home: Option<PathBuf>,
    /// `None` where there is no place for them: then only what needs none can be built.
    toolchains: Option<Toolchains>,
    setup: Setup,
    pub(crate) programs: Programs,
}

/// Whether a missing toolchain may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    No,
    Auto,
    /// It may, but cargo was told to stay offline.
    Offline,
}

impl Compilers {
    /// What the environment says.
    pub(crate) fn from_env(env: &Env) -> Self {
        let (home, relative_home) = match default_home(|name| env.place(name)) {
            Ok(home) => (Some(home), None),
            Err(ToolchainError::RelativeHome { home }) => (None, Some(home)),
            Err(_) => (None, None),
        };
        let search = env.untracked("PATH").unwrap_or_default();
        let python = env.path("TRITON_RUNNER_PYTHON");
        let setup = match env.var("TRITON_RUNNER_SETUP").as_deref() {
            Some("auto") if is_offline(env) => Setup::Offline,
            Some("auto") => Setup::Auto,
            _ => Setup::No,
        };
        // A Python that has Triton already needs no folder for toolchains; this one has none.
        let place = home.clone().or_else(|| python.is_some().then(std::env::temp_dir));
        let toolchains = place.map(|home| Toolchains::new(home, python, search.clone()));
        let cuda = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(|name| env.path(name));
        let cuda = cuda.chain([PathBuf::from("/usr/local/cuda")]).collect();
        let programs = Programs::new(env.path("TRITON_RUNNER_PTXAS"), toolchains.clone(), cuda, search);
        Self { home, relative_home, toolchains, setup, programs }
    }

    /// The folder for everything managed.
    pub(crate) fn home(&self) -> Result<&Path, ToolchainError> {
        self.home.as_deref().ok_or_else(|| self.no_home())
    }

    /// Where compilers lie.
    pub(crate) fn toolchains(&self) -> Result<&Toolchains, ToolchainError> {
        self.toolchains.as_ref().ok_or_else(|| self.no_home())
    }

    fn no_home(&self) -> ToolchainError {
        match &self.relative_home {
            Some(home) => ToolchainError::RelativeHome { home: home.clone() },
            None => ToolchainError::NoHome,
        }
    }

    /// Whether a missing compiler is installed when it is needed.
    pub(crate) fn installs(&self) -> bool {
        self.setup != Setup::No
    }

    /// The compiler of a Triton version, installed now if that is allowed.
    pub(crate) fn toolchain(
        &self,
        triton: &Version,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Toolchain, ToolchainError> {
        let toolchains = self.toolchains()?;
        match self.setup {
            Setup::No => toolchains.require(triton),
            setup => toolchains.install(triton, &WheelSource::Index, setup == Setup::Offline, progress),
        }
    }
}
