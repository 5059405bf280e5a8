//! What is installed: reading, listing and removing the folders of toolchains.

use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::lock::FolderLock;
use super::python::{self, Interpreter, Surroundings};
use super::{Toolchain, ToolchainError, Toolchains};

/// Name of the marker in a toolchain's folder.
pub(super) const MARKER: &str = "toolchain.json";

/// Path of the compiler in a toolchain's folder.
pub(super) const LIBTRITON: &str = "site/triton/_C/libtriton.so";

/// The marker: what the folder holds. It is written last, so a folder without it is none.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Marker {
    pub(super) triton: String,
    /// `cp311`
    pub(super) tag: String,
    /// SHA-256 of the wheel.
    pub(super) sha256: String,
    /// The interpreter that it was installed with.
    pub(super) python: PathBuf,
    /// The file behind that path: `/usr/bin/python3` is another Python after an upgrade.
    pub(super) python_file: PathBuf,
    /// Bytes of libtriton, which a disk error or a clean-up tool would most likely change.
    pub(super) libtriton: u64,
}

/// An installed toolchain.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) folder: PathBuf,
    triton: Version,
    marker: Marker,
}

impl Installed {
    pub(crate) fn triton(&self) -> &Version {
        &self.triton
    }

    /// The Python that it is for, as `cp311`.
    pub(crate) fn python_tag(&self) -> &str {
        &self.marker.tag
    }

    /// Bytes on disk.
    pub(crate) fn size(&self) -> u64 {
        size(&self.folder)
    }

    /// The `ptxas` for architecture number `arch`. Needs no Python.
    pub(crate) fn ptxas(&self, arch: u16) -> PathBuf {
        self.with(self.marker.python.clone()).ptxas(arch)
    }

    /// A program of NVIDIA's that its wheel brings.
    #[cfg(feature = "cli")]
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("site/triton/backends/nvidia/bin").join(name)
    }

    fn with(&self, python: PathBuf) -> Toolchain {
        Toolchain::managed(&self.folder, python, self.triton.clone(), &self.marker.sha256)
    }

    /// With the interpreter that it was installed with, or another of the same kind where that one is gone.
    fn toolchain(&self, search: &std::ffi::OsStr) -> Option<Toolchain> {
        if fs::canonicalize(&self.marker.python).is_ok_and(|file| file == self.marker.python_file) {
            return Some(self.with(self.marker.python.clone()));
        }
        python::candidates(search).into_iter().find_map(|path| {
            let found = Interpreter::ask(&path, Surroundings::Cleared).ok()?;
            (found.tag == self.marker.tag).then(|| self.with(found.executable))
        })
    }
}

/// Reads a toolchain's folder; `None` if it is not whole.
pub(super) fn read(folder: &Path) -> Option<Installed> {
    let marker: Marker = serde_json::from_slice(&fs::read(folder.join(MARKER)).ok()?).ok()?;
    let library = fs::metadata(folder.join(LIBTRITON)).ok()?;
    let triton = Version::parse(&marker.triton).ok()?;
    (library.len() == marker.libtriton).then(|| Installed { folder: folder.to_owned(), triton, marker })
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return 0;
    };
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}

impl Toolchains {
    /// Everything installed, oldest version first.
    pub(crate) fn list(&self) -> Vec<Installed> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("triton-"));
        let mut found: Vec<_> = named.filter_map(|entry| read(&entry.path())).collect();
        found.sort_by(|a, b| (a.triton(), &a.folder).cmp(&(b.triton(), &b.folder)));
        found
    }

    /// An installed toolchain of this version whose Python is still there.
    pub(super) fn find_installed(&self, triton: &Version) -> Option<Toolchain> {
        let found = self.list().into_iter().filter(|installed| installed.triton() == triton);
        found.into_iter().find_map(|installed| installed.toolchain(&self.search))
    }

    /// Removes every toolchain of this version and returns their folders.
    ///
    /// # Errors
    /// If the folder cannot be locked or changed.
    pub(crate) fn remove(
        &self,
        triton: &Version,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<PathBuf>, ToolchainError> {
        if !self.folder().is_dir() {
            return Ok(Vec::new());
        }
        let lock = FolderLock::take(&self.folder(), progress)?;
        lock.clean();
        let prefix = format!("triton-{triton}-");
        let mut removed = Vec::new();
        let entries = fs::read_dir(self.folder()).map_err(ToolchainError::io("read", &self.folder()))?;
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)) {
            lock.discard(&entry.path())?;
            removed.push(entry.path());
        }
        removed.sort();
        Ok(removed)
    }
}
