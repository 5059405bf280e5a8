//! What the steps are obtained with, as settings and environment say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use crate::cache::Cache;
use crate::cargo::Env;
use crate::emit;
use crate::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::settings::Settings;
use crate::stat::Input;
use crate::toolchain::{Ptxas, Source, Toolchain, ToolchainError, Toolchains, default_home};

/// Compilers, cache and prebuilt code of one build.
#[derive(Debug)]
pub(crate) struct Tools {
    /// `None` where there is no place for them: then only what needs none can be built.
    toolchains: Option<Toolchains>,
    /// Why there is none, if it is this.
    relative_home: Option<PathBuf>,
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
    /// Folder for temporary files.
    pub(crate) temporary: PathBuf,
    /// Programs outside this crate's care that decided bytes: a new one of the same name may decide others.
    programs: RefCell<BTreeMap<PathBuf, Input>>,
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
    pub(crate) fn from_env(
        env: &Env,
        settings: &Settings,
        package: &Path,
        out_dir: &Path,
    ) -> Result<Self, PrebuiltError> {
        let mut tools = Self::without_prebuilt(env, settings);
        tools.temporary = out_dir.join(emit::FOLDER).join(emit::TEMPORARY);
        if !env.var("TRITON_RUNNER_PREBUILT").is_some_and(|value| value.eq_ignore_ascii_case("off")) {
            tools.prebuilt = Prebuilt::open(&prebuilt::folder(package, &settings.folders))?;
        }
        Ok(tools)
    }

    /// The same, blind to what is locked.
    pub(crate) fn without_prebuilt(env: &Env, settings: &Settings) -> Self {
        let (home, relative_home) = match default_home(|name| env.place(name)) {
            Ok(home) => (Some(home), None),
            Err(ToolchainError::RelativeHome { home }) => (None, Some(home)),
            Err(_) => (None, None),
        };
        let search = env.untracked("PATH").unwrap_or_default();
        let cache_off = cache_is_off(env);
        let setup = match env.var("TRITON_RUNNER_SETUP").as_deref() {
            Some("auto") if crate::cargo::is_offline(env) => Setup::Offline,
            Some("auto") => Setup::Auto,
            _ => Setup::No,
        };
        let python = env.path("TRITON_RUNNER_PYTHON");
        let temporary = std::env::temp_dir();
        // A Python that has Triton already needs no folder for toolchains; this one has none.
        let place = home.clone().or_else(|| python.is_some().then(|| temporary.clone()));
        let cuda = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(|name| env.path(name));
        Self {
            cache: home.as_deref().filter(|_| !cache_off).map_or_else(Cache::off, Cache::at),
            relative_home,
            toolchains: place.map(|home| Toolchains::new(home, python, search.clone())),
            prebuilt: None,
            stale_lock_lowers: settings.stale_lock_lowers,
            setup,
            ptxas: env.path("TRITON_RUNNER_PTXAS"),
            cuda: cuda.chain([PathBuf::from("/usr/local/cuda")]).collect(),
            search,
            line_info: settings.line_info,
            time_limit: settings.time_limit,
            jobserver: crate::cargo::jobserver(),
            temporary,
            programs: RefCell::default(),
        }
    }

    /// The programs that were used and that this crate doesn't look after itself.
    pub(crate) fn programs(&self) -> Vec<Input> {
        self.programs.borrow().values().cloned().collect()
    }

    fn uses(&self, program: &Path) {
        // Before it runs: a change while it runs then shows as a change.
        let mut programs = self.programs.borrow_mut();
        if !programs.contains_key(program)
            && let Some(input) = Input::program(program)
        {
            programs.insert(program.to_owned(), input);
        }
    }

    /// The toolchain of a Triton version, installed now if that is allowed.
    pub(crate) fn toolchain(
        &self,
        triton: &Version,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Toolchain, ToolchainError> {
        let no_home = || match &self.relative_home {
            Some(home) => ToolchainError::RelativeHome { home: home.clone() },
            None => ToolchainError::NoHome,
        };
        let toolchains = self.toolchains.as_ref().ok_or_else(no_home)?;
        let toolchain = match self.setup {
            Setup::No => toolchains.require(triton)?,
            setup => toolchains.install(triton, &Source::Index, setup == Setup::Offline, progress)?,
        };
        if toolchain.site.is_none() {
            self.uses_own(&toolchain);
        }
        Ok(toolchain)
    }

    /// The compiler in a Python of the user's may be another tomorrow, of the same version.
    fn uses_own(&self, toolchain: &Toolchain) {
        // Below the package's folder, as each version has them.
        let ptxas = toolchain.ptxas(0);
        self.uses(&ptxas);
        if let Some(package) = ptxas.ancestors().nth(4) {
            self.uses(&package.join("_C/libtriton.so"));
            self.uses(&package.join("backends/nvidia/bin/ptxas-blackwell"));
        }
    }

    /// A `ptxas` for PTX inputs.
    pub(crate) fn ptxas(&self, arch: u16) -> Result<Ptxas, ToolchainError> {
        let ptxas = Ptxas::find(self.ptxas.as_deref(), self.toolchains.as_ref(), &self.cuda, &self.search, arch)?;
        if !self.toolchains.as_ref().is_some_and(|toolchains| ptxas.path.starts_with(toolchains.folder())) {
            self.uses(&ptxas.path);
        }
        Ok(ptxas)
    }
}

/// Whether nothing that was made before is to be used.
pub(crate) fn cache_is_off(env: &Env) -> bool {
    env.var("TRITON_RUNNER_CACHE").is_some_and(|value| value.eq_ignore_ascii_case("off"))
}
