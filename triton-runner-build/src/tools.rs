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
    /// Where the prebuilt code lies or would lie.
    pub(crate) prebuilt_folder: PathBuf,
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
    /// Reads the environment.
    pub(crate) fn from_env(env: &Env, settings: &Settings, package: &Path) -> Result<Self, PrebuiltError> {
        let home = default_home(|name| env.var_os(name));
        let search = env.var_os("PATH").unwrap_or_default();
        let cache_off = env.var("TRITON_RUNNER_CACHE").is_some_and(|value| value.eq_ignore_ascii_case("off"));
        let prebuilt_folder = prebuilt::folder(package, &settings.folders);
        let prebuilt_off = env.var("TRITON_RUNNER_PREBUILT").is_some_and(|value| value.eq_ignore_ascii_case("off"));
        let setup = match env.var("TRITON_RUNNER_SETUP").as_deref() {
            Some("auto") if env.flag("CARGO_NET_OFFLINE") => Setup::Offline,
            Some("auto") => Setup::Auto,
            _ => Setup::No,
        };
        Ok(Self {
            cache: match &home {
                Ok(home) if !cache_off => Cache::at(home),
                _ => Cache::off(),
            },
            toolchains: home.ok().map(|home| {
                Toolchains::new(home, env.path("TRITON_RUNNER_PYTHON"), search.clone())
            }),
            prebuilt: if prebuilt_off { None } else { Prebuilt::open(&prebuilt_folder)? },
            prebuilt_folder,
            stale_lock_lowers: settings.stale_lock_lowers,
            setup,
            ptxas: env.path("TRITON_RUNNER_PTXAS"),
            cuda: ["CUDA_HOME", "CUDA_PATH"]
                .iter()
                .filter_map(|name| env.path(name))
                .chain([PathBuf::from("/usr/local/cuda")])
                .collect(),
            search,
            line_info: settings.line_info,
            time_limit: settings.time_limit,
            jobserver: crate::cargo::jobserver(),
        })
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
