//! Toolchains: what lowers. A managed one is the wheel of one Triton version, checked against a pinned SHA-256, in a
//! folder of its own; or the user names a Python that has Triton.
//!
//! ```text
//! TRITON_RUNNER_HOME/toolchains/
//!     .lock                                  held while something is installed or removed
//!     .staging-…/                            what an installation has so far
//!     triton-3.3.1-cp311-linux_x86_64/       complete or absent
//!         toolchain.json                     the marker: what it is and which Python it is for
//!         site/                              what PYTHONPATH names
//! ```
//!
//! Nothing here reads the environment; the caller passes what it found there.

mod download;
pub(crate) mod environment;
mod error;
mod home;
mod install;
mod installed;
mod integrity;
pub(crate) mod known_wrong;
mod lock;
mod pins;
pub(crate) mod process;
mod programs;
mod ptxas;
mod python;
#[cfg(feature = "cli")]
mod pythons;
mod release;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use semver::Version;

pub(crate) use error::ToolchainError;
pub(crate) use home::default_home;
#[cfg(feature = "cli")]
pub(crate) use installed::Installed;
pub(crate) use integrity::Damage;
pub(crate) use pins::{DEFAULT, versions as known_versions};
pub(crate) use programs::Programs;
pub(crate) use ptxas::Ptxas;
pub(crate) use release::{is_fork, same_dialect};
#[cfg(feature = "cli")]
pub(crate) use {
    download::partial_wheel,
    pins::{download_size, has_wheel},
    pythons::{Python, pythons, uv},
    release::release,
};

use python::Interpreter;

/// Where an installation gets the wheel from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WheelSource {
    /// The package index that pip or uv is configured with.
    Index,
    /// A wheel on disk, for machines with no network.
    Wheel(PathBuf),
}

/// A Triton that can be run: an interpreter and where its package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    pub(crate) python: PathBuf,
    /// The folder that `PYTHONPATH` must name; `None` if the interpreter finds Triton by itself.
    pub(crate) site: Option<PathBuf>,
    pub(crate) triton: Version,
    /// The folder `triton` of the package.
    package: PathBuf,
    /// SHA-256 of the wheel that it was installed from; `None` for a Python that has Triton already.
    pub(crate) wheel: Option<String>,
    identity: String,
}

impl Toolchain {
    /// A toolchain at a place that the caller knows.
    #[cfg(test)]
    pub(crate) fn at(python: PathBuf, site: PathBuf, triton: Version) -> Self {
        let package = site.join("triton");
        Self {
            python,
            site: Some(site),
            identity: format!("triton {triton} at {}", package.display()),
            triton,
            package,
            wheel: None,
        }
    }

    /// Everything about it that decides the bytes it makes, as one line of text for a cache key: the version and the
    /// SHA-256 of its wheels, or, for the user's own interpreter, size and time of the compiler's files.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// The `ptxas` that this Triton runs for architecture number `arch` (90 for sm_90).
    ///
    /// Source: `get_ptxas` of `triton/backends/nvidia/compiler.py` in each version.
    pub(crate) fn ptxas(&self, arch: u16) -> PathBuf {
        let newest_from = match (self.triton.major, self.triton.minor) {
            (3, 3 | 6..=8) => Some(100),
            (3, ..=5) => None,
            _ => Some(90),
        };
        let name = if newest_from.is_some_and(|from| arch >= from) { "ptxas-blackwell" } else { "ptxas" };
        self.package.join("backends/nvidia/bin").join(name)
    }

    fn managed(folder: &Path, python: PathBuf, triton: Version, sha256: &str) -> Self {
        let site = folder.join("site");
        let package = site.join("triton");
        let identity = pins::by_hash(sha256)
            .and_then(|(version, keys)| pins::identity(version, keys.first()?.split_once('-')?.1))
            .unwrap_or_else(|| format!("triton {triton} wheel {sha256}"));
        Self { python, site: Some(site), triton, package, wheel: Some(sha256.to_owned()), identity }
    }
}

/// The toolchains of one home folder.
#[derive(Clone, Debug)]
pub(crate) struct Toolchains {
    home: PathBuf,
    python: Option<PathBuf>,
    search: OsString,
}

impl Toolchains {
    /// `home` is the value of [`default_home`], `python` an interpreter that has Triton already (`TRITON_RUNNER_PYTHON`)
    /// and is then used instead of anything in `home`, `search` the value of `PATH`.
    pub(crate) fn new(home: PathBuf, python: Option<PathBuf>, search: OsString) -> Self {
        Self { home, python, search }
    }

    /// The folder that holds the installed toolchains.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.join("toolchains")
    }

    /// A toolchain of this version, if there is one: the interpreter that the user named, else an installed one.
    ///
    /// # Errors
    /// If the user named an interpreter that has no Triton, or another version of it and this one is not installed.
    pub(crate) fn find(&self, triton: &Version) -> Result<Option<Toolchain>, ToolchainError> {
        let Some(python) = &self.python else { return Ok(self.find_installed(triton)) };
        match own(python, &self.search, Some(triton)) {
            // A package may have kernels of several Tritons, and the interpreter has one of them.
            Err(other @ ToolchainError::OwnPythonOther { .. }) => self.find_installed(triton).map(Some).ok_or(other),
            found => found.map(Some),
        }
    }

    /// The [identity](Toolchain::identity) of this version's pinned wheels, installed or not: what one of them has made is
    /// as good as lowered here. Where there is none for this machine, it is that of the wheels for x86-64. `None` where the
    /// user named an interpreter, or there is no such version.
    pub(crate) fn pinned_identity(&self, triton: &Version) -> Option<String> {
        match self.python {
            Some(_) => None,
            None => pins::identity(triton, std::env::consts::ARCH),
        }
    }

    /// The same as [`Self::find`], where one is needed and may not be installed.
    ///
    /// # Errors
    /// As [`Self::find`], and [`ToolchainError::UnknownVersion`] or [`ToolchainError::NotInstalled`].
    pub(crate) fn require(&self, triton: &Version) -> Result<Toolchain, ToolchainError> {
        if let Some(found) = self.find(triton)? {
            return Ok(found);
        }
        if let Ok(machine) = pins::host() {
            pins::check_known(triton, machine)?;
        }
        if let Some(Damage { file, found }) = self.damaged(triton) {
            return Err(ToolchainError::Damaged { triton: triton.clone(), file, found });
        }
        Err(ToolchainError::NotInstalled { triton: triton.clone(), folder: self.folder() })
    }
}

/// A Python of the user's with whichever Triton it has.
///
/// # Errors
/// If it does not run or has no Triton.
#[cfg(any(test, feature = "cli"))]
pub(crate) fn of_python(python: &Path, search: &OsStr) -> Result<Toolchain, ToolchainError> {
    own(python, search, None)
}

fn own(python: &Path, search: &OsStr, wanted: Option<&Version>) -> Result<Toolchain, ToolchainError> {
    let path = python::resolve(python, search).ok_or_else(|| ToolchainError::OwnPythonBroken {
        python: python.to_owned(),
        found: "there is no such program".to_owned(),
    })?;
    let interpreter = Interpreter::ask(&path, python::Surroundings::Kept)
        .map_err(|found| ToolchainError::OwnPythonBroken { python: path.clone(), found })?;
    let Some(triton) = interpreter.triton else {
        return Err(ToolchainError::OwnPythonWithoutTriton { python: path });
    };
    let version = Version::parse(&triton.version).map_err(|_| ToolchainError::OwnPythonBroken {
        python: path.clone(),
        found: format!("its Triton calls itself version `{}`", triton.version),
    })?;
    if let Some(wanted) = wanted
        && release::release(wanted) != release::release(&version)
    {
        return Err(ToolchainError::OwnPythonOther { python: path, found: version, wanted: wanted.clone() });
    }
    let mut identity = format!("triton {version} of {}", triton.package.display());
    for file in ["_C/libtriton.so", "backends/nvidia/bin/ptxas", "backends/nvidia/bin/ptxas-blackwell"] {
        identity += &fingerprint(&triton.package.join(file));
    }
    // Not the canonical path: a virtual environment is a link to its base interpreter.
    Ok(Toolchain { python: path, site: None, triton: version, package: triton.package, wheel: None, identity })
}

/// Size and time of a file that is too large to hash for each build.
fn fingerprint(file: &Path) -> String {
    let Ok(data) = std::fs::metadata(file) else {
        return " -".to_owned();
    };
    let modified = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!(" {}@{}", data.len(), modified.map_or(0, |time| time.as_nanos()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
