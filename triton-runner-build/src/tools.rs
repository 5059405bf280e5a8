//! What the steps are obtained with, as settings and environment say.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use crate::cache::Cache;
use crate::cargo::Env;
use crate::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::settings::Settings;
use crate::toolchain::{Ptxas, Source, Toolchain, ToolchainError, Toolchains, default_home};

/// Compilers, cache and prebuilt code of one build.
#[derive(Debug)]
pub(crate) struct Tools {
    /// `None` where there is no place for them: then only what needs none can be built.
    toolchains: Option<Toolchains>,
    pub(crate) cache: Cache,
    pub(crate) prebuilt: Option<Prebuilt>,
    pub(crate) stale_lock_lowers: bool,
    setup: Setup,
    ptxas: Option<PathBuf>,
    cuda: Vec<PathBuf>,
    search: OsString,
    pub(crate) line_info: bool,
    pub(crate) time_limit: Duration,
    pub(crate) jobserver: Option<jobserver::Client>,
}

/// Whether a missing toolchain may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    No,
    Auto,
    /// It may, but cargo was told to stay offline.
    Offline,
}

impl Tools {
    /// What settings and environment say.
    pub(crate) fn from_env(env: &Env, settings: &Settings, package: &Path) -> Result<Self, PrebuiltError> {
        let mut tools = Self::without_prebuilt(env, settings);
        if !env.var("TRITON_RUNNER_PREBUILT").is_some_and(|value| value.eq_ignore_ascii_case("off")) {
            tools.prebuilt = Prebuilt::open(&prebuilt::folder(package, &settings.folders))?;
        }
        Ok(tools)
    }

    /// The same, blind to what is locked.
    pub(crate) fn without_prebuilt(env: &Env, settings: &Settings) -> Self {
        let home = default_home(|name| env.var_os(name)).ok();
        let search = env.var_os("PATH").unwrap_or_default();
        let cache_off = env.var("TRITON_RUNNER_CACHE").is_some_and(|value| value.eq_ignore_ascii_case("off"));
        let setup = match env.var("TRITON_RUNNER_SETUP").as_deref() {
            Some("auto") if env.flag("CARGO_NET_OFFLINE") => Setup::Offline,
            Some("auto") => Setup::Auto,
            _ => Setup::No,
        };
        let python = env.path("TRITON_RUNNER_PYTHON");
        let cuda = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(|name| env.path(name));
        Self {
            cache: home.as_deref().filter(|_| !cache_off).map_or_else(Cache::off, Cache::at),
            toolchains: home.map(|home| Toolchains::new(home, python, search.clone())),
            prebuilt: None,
            stale_lock_lowers: settings.stale_lock_lowers,
            setup,
            ptxas: env.path("TRITON_RUNNER_PTXAS"),
            cuda: cuda.chain([PathBuf::from("/usr/local/cuda")]).collect(),
            search,
            line_info: settings.line_info,
            time_limit: settings.time_limit,
            jobserver: crate::cargo::jobserver(),
        }
    }

    /// The toolchain of a Triton version, installed now if that is allowed.
    pub(crate) fn toolchain(
        &self,
        triton: &Version,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Toolchain, ToolchainError> {
        let toolchains = self.toolchains.as_ref().ok_or(ToolchainError::NoHome)?;
        if self.setup == Setup::No {
            return toolchains.require(triton);
        }
        toolchains.install(triton, &Source::Index, self.setup == Setup::Offline, progress)
    }

    /// A `ptxas` for PTX inputs.
    pub(crate) fn ptxas(&self, arch: u16) -> Result<Ptxas, ToolchainError> {
        Ptxas::find(self.ptxas.as_deref(), self.toolchains.as_ref(), &self.cuda, &self.search, arch)
    }
}
