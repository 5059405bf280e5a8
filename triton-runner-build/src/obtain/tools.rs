//! What the steps are obtained with, as settings and environment say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use crate::cargo::Env;
use crate::fs::input::Input;
use crate::obtain::cache::Cache;
use crate::obtain::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::obtain::switches::{Setup, SwitchError, Switches};
use crate::settings::Settings;
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
    /// Each `ptxas` that was asked what it is.
    assemblers: RefCell<BTreeMap<PathBuf, Option<Ptxas>>>,
    /// The Triton that the settings name.
    triton: Option<Version>,
}

/// A disk is full, or was a moment ago.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no space left on the disk of `{}` ({kib} KiB, with the compiler's temporary files gone): free some; the other errors are most likely of this",
    folder.display()
)]
pub(crate) struct LittleSpace {
    folder: PathBuf,
    kib: u64,
}

/// Compilers, cache or lock can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolsError {
    #[error(transparent)]
    Switch(#[from] SwitchError),
    #[error(transparent)]
    Prebuilt(#[from] PrebuiltError),
}

impl Tools {
    /// What settings and environment say; `temporary` is a folder for temporary files.
    pub(crate) fn from_env(
        env: &Env,
        settings: &Settings,
        package: &Path,
        temporary: PathBuf,
    ) -> Result<Self, ToolsError> {
        let mut tools = Self::of_package(env, settings, package)?;
        tools.temporary = temporary;
        Ok(tools)
    }

    /// The same with the system's folder for temporary files.
    pub(crate) fn of_package(env: &Env, settings: &Settings, package: &Path) -> Result<Self, ToolsError> {
        let mut tools = Self::without_prebuilt(env, settings)?;
        if Switches::read(env)?.prebuilt {
            tools.prebuilt = Prebuilt::open(&prebuilt::folder(package, &settings.folders))?;
        }
        Ok(tools)
    }

    /// The same, blind to what is locked.
    pub(crate) fn without_prebuilt(env: &Env, settings: &Settings) -> Result<Self, SwitchError> {
        let switches = Switches::read(env)?;
        let (home, relative_home) = match default_home(|name| env.place(name)) {
            Ok(home) => (Some(home), None),
            Err(ToolchainError::RelativeHome { home }) => (None, Some(home)),
            Err(_) => (None, None),
        };
        let search = env.untracked("PATH").unwrap_or_default();
        let python = env.path("TRITON_RUNNER_PYTHON");
        let temporary = std::env::temp_dir();
        // A Python that has Triton already needs no folder for toolchains; this one has none.
        let place = home.clone().or_else(|| python.is_some().then(|| temporary.clone()));
        let cuda = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(|name| env.path(name));
        Ok(Self {
            cache: home.as_deref().filter(|_| switches.cache).map_or_else(Cache::off, Cache::at),
            relative_home,
            toolchains: place.map(|home| Toolchains::new(home, python, search.clone())),
            prebuilt: None,
            stale_lock_lowers: settings.stale_lock_lowers,
            setup: switches.setup,
            ptxas: env.path("TRITON_RUNNER_PTXAS"),
            cuda: cuda.chain([PathBuf::from("/usr/local/cuda")]).collect(),
            search,
            line_info: settings.line_info,
            time_limit: settings.time_limit,
            jobserver: crate::cargo::jobserver(),
            temporary,
            programs: RefCell::default(),
            assemblers: RefCell::default(),
            triton: settings.triton.clone(),
        })
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

    /// Installed compilers of these versions that are not what was installed, by their content.
    #[cfg(feature = "cli")]
    pub(crate) fn damaged(&self, versions: &std::collections::BTreeSet<Version>) -> Vec<ToolchainError> {
        let installed = self.toolchains.iter().filter(|toolchains| toolchains.own_python().is_none());
        let of = installed.flat_map(Toolchains::list).filter(|one| versions.contains(one.triton()));
        of.filter_map(|one| {
            let damage = one.damage_by_content().ok()??;
            Some(ToolchainError::Damaged { triton: one.triton().clone(), file: damage.file, found: damage.found })
        })
        .collect()
    }

    /// Why compilers may have failed, where the disk for their temporary files is as good as full: ptxas then writes half a
    /// file and reports no error.
    pub(crate) fn little_space(&self) -> Option<LittleSpace> {
        const ENOUGH: u64 = 16 << 20;
        let bytes = fs4::available_space(&self.temporary).ok().filter(|&bytes| bytes < ENOUGH)?;
        Some(LittleSpace { folder: self.temporary.clone(), kib: bytes >> 10 })
    }

    /// Where a program of NVIDIA's lies, the likeliest to understand what this Triton made first.
    #[cfg(feature = "cli")]
    pub(crate) fn places(&self, name: &str, made_by: Option<&Version>) -> Vec<PathBuf> {
        crate::toolchain::programs(name, made_by, self.toolchains.as_ref(), &self.cuda, &self.search)
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

    /// A `ptxas` for PTX of an ISA version (84 for 8.4): the one that the Triton which made the PTX would run, if that is
    /// installed, else any that reads it.
    ///
    /// Without one that reads it the result is one that doesn't; what it says is for the caller to judge.
    pub(crate) fn ptxas(
        &self,
        arch: u16,
        isa: Option<u32>,
        made_by: Option<&Version>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Ptxas, ToolchainError> {
        let reads = |ptxas: &Ptxas| ptxas.newest_ptx().zip(isa).is_none_or(|(newest, isa)| isa <= newest);
        let mut places = Vec::new();
        if let (None, Some(toolchains)) = (&self.ptxas, &self.toolchains) {
            let installed = toolchains.list();
            let (first, others): (Vec<_>, _) = installed.iter().partition(|one| Some(one.triton()) == made_by);
            let newest_first = first.into_iter().chain(others.into_iter().rev());
            // Most versions bring two, one of them newer, for the newest architectures.
            places.extend(newest_first.flat_map(|one| [one.ptxas(arch), one.ptxas(NEWEST)]));
        }
        if let Some(ptxas) = places.iter().filter_map(|path| self.ask(path)).find(reads) {
            return Ok(ptxas);
        }
        let elsewhere = Ptxas::find(self.ptxas.as_deref(), self.toolchains.as_ref(), &self.cuda, &self.search, arch);
        let ptxas = match (elsewhere, made_by.or(self.triton.as_ref())) {
            (Err(ToolchainError::NoPtxas), Some(triton)) if self.setup != Setup::No => {
                Ptxas::at(&self.toolchain(triton, progress)?.ptxas(arch))?
            }
            (found, _) => found?,
        };
        if !self.toolchains.as_ref().is_some_and(|toolchains| ptxas.path.starts_with(toolchains.folder())) {
            self.uses(&ptxas.path);
        }
        Ok(ptxas)
    }

    /// What a program is, if it is a `ptxas` that runs. It is asked once.
    fn ask(&self, path: &Path) -> Option<Ptxas> {
        let mut known = self.assemblers.borrow_mut();
        known.entry(path.to_owned()).or_insert_with(|| Ptxas::at(path).ok()).clone()
    }
}

/// An architecture that every Triton has its newest `ptxas` for.
const NEWEST: u16 = 120;
