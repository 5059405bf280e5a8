//! What the steps are obtained with, as settings and environment say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use triton_runner_manifest::LeftOut;

use crate::cargo::Env;
use crate::fs::input::Input;
use crate::obtain::cache::Cache;
use crate::obtain::compilers::Compilers;
use crate::obtain::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::obtain::switches::{SwitchError, Switches};
use crate::settings::Settings;
use crate::toolchain::{Ptxas, Toolchain, ToolchainError};

/// Compilers, cache and prebuilt code of one build.
#[derive(Debug)]
pub(crate) struct Tools {
    compilers: Compilers,
    pub(crate) cache: Cache,
    pub(crate) prebuilt: Option<Prebuilt>,
    pub(crate) stale_lock_lowers: bool,
    /// Why what only a compiler can make is left out, if it is.
    pub(crate) left_out: Option<LeftOut>,
    pub(crate) time_limit: Duration,
    pub(crate) jobserver: Option<jobserver::Client>,
    /// Folder for temporary files.
    pub(crate) temporary: PathBuf,
    /// Programs outside this crate's care that decided bytes: a new one of the same name may decide others.
    programs: RefCell<BTreeMap<PathBuf, Input>>,
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

/// Why a build leaves out what only a compiler can make, as the environment says.
pub(crate) fn left_out(env: &Env) -> Result<Option<LeftOut>, SwitchError> {
    if Switches::read(env)?.stub {
        return Ok(Some(LeftOut::Asked));
    }
    // Cargo sets it for each build script, and gives each system an OUT_DIR of its own.
    let system = Env::from_cargo("CARGO_CFG_TARGET_OS");
    Ok(system.and_then(|system| LeftOut::on(&system.to_string_lossy())))
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
        tools.left_out = left_out(env)?;
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
        let compilers = Compilers::from_env(env)?;
        let use_cache = Switches::read(env)?.cache;
        let cache = match compilers.home() {
            Ok(home) if use_cache => Cache::at(home),
            _ => Cache::off(),
        };
        Ok(Self {
            compilers,
            cache,
            prebuilt: None,
            stale_lock_lowers: settings.stale_lock_lowers,
            left_out: None,
            time_limit: settings.time_limit,
            jobserver: crate::cargo::jobserver(),
            temporary: std::env::temp_dir(),
            programs: RefCell::default(),
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
        let toolchain = self.compilers.toolchain(triton, progress)?;
        if toolchain.site.is_none() {
            self.uses_own(&toolchain);
        }
        Ok(toolchain)
    }

    /// What the pinned wheels of a Triton are called in keys, installed or not: see [`pinned_identity`](crate::toolchain::Toolchains::pinned_identity).
    pub(crate) fn pinned_identity(&self, triton: &Version) -> Option<String> {
        self.compilers.toolchains().ok()?.pinned_identity(triton)
    }

    /// A compiler that is here, with nothing installed.
    #[cfg(feature = "cli")]
    pub(crate) fn installed(&self, triton: &Version) -> Result<Toolchain, ToolchainError> {
        self.compilers.toolchains()?.require(triton)
    }

    /// A `ptxas` that is here, with nothing installed.
    #[cfg(feature = "cli")]
    pub(crate) fn installed_ptxas(
        &self,
        arch: u16,
        isa: Option<u32>,
        made_by: Option<&Version>,
    ) -> Result<Ptxas, ToolchainError> {
        self.compilers.programs.ptxas(arch, isa, made_by)
    }

    /// Installed compilers of these versions that are not what was installed, by their content.
    #[cfg(feature = "cli")]
    pub(crate) fn damaged(&self, versions: &std::collections::BTreeSet<Version>) -> Vec<ToolchainError> {
        self.compilers.toolchains().map(|toolchains| toolchains.damaged_by_content(versions)).unwrap_or_default()
    }

    /// Why compilers may have failed, where the disk for their temporary files is as good as full: ptxas then writes half a
    /// file and reports no error.
    pub(crate) fn little_space(&self) -> Option<LittleSpace> {
        const ENOUGH: u64 = 16 << 20;
        let bytes = fs4::available_space(&self.temporary).ok().filter(|&bytes| bytes < ENOUGH)?;
        Some(LittleSpace { folder: self.temporary.clone(), kib: bytes >> 10 })
    }

    /// Every place that has `nvdisasm`, the likeliest to understand what this Triton made first.
    #[cfg(feature = "cli")]
    pub(crate) fn nvdisasm(&self, made_by: Option<&Version>) -> Vec<PathBuf> {
        self.compilers.programs.nvdisasm(made_by)
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

    /// A `ptxas` for PTX of an ISA version (84 for 8.4): see [`Programs::ptxas`](crate::toolchain::Programs::ptxas). Where
    /// there is none, the one of the Triton that made the PTX is installed, if that is allowed.
    pub(crate) fn ptxas(
        &self,
        arch: u16,
        isa: Option<u32>,
        made_by: Option<&Version>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Ptxas, ToolchainError> {
        let found = self.compilers.programs.ptxas(arch, isa, made_by);
        let ptxas = match (found, made_by.or(self.triton.as_ref())) {
            (Err(ToolchainError::NoPtxas), Some(triton)) if self.compilers.installs() => {
                Ptxas::at(&self.toolchain(triton, progress)?.ptxas(arch))?
            }
            (found, _) => found?,
        };
        if !self.compilers.toolchains().is_ok_and(|toolchains| ptxas.path.starts_with(toolchains.folder())) {
            self.uses(&ptxas.path);
        }
        Ok(ptxas)
    }
}
