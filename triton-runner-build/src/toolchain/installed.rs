//! What is installed: reading, listing and removing the folders of toolchains.

use std::collections::BTreeMap;
#[cfg(feature = "cli")]
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::integrity::{self, Damage, Looks};
use super::lock::FolderLock;
use super::python::{self, Interpreter, Surroundings};
use super::{Toolchain, ToolchainError, Toolchains};
use crate::fs::write::write;

/// Folder of the packages in a toolchain's folder.
pub(super) const SITE: &str = "site";

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
    /// How the files looked that decide results. An older installation has noted nothing.
    #[serde(default)]
    pub(super) files: BTreeMap<String, Looks>,
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

    /// The first file that doesn't look as it did when it was installed.
    fn damage_by_looks(&self) -> Option<Damage> {
        let file = self.folder.join(LIBTRITON);
        let damage = |found| Some(Damage { file: file.clone(), found });
        match fs::metadata(&file) {
            Err(_) => damage("it is gone".to_owned()),
            Ok(now) if now.len() != self.marker.libtriton => {
                damage(format!("it has {} bytes, and {} were installed", now.len(), self.marker.libtriton))
            }
            Ok(_) => integrity::damage_by_looks(&self.folder.join(SITE), &self.marker.files),
        }
    }

    /// The first file whose content is not that of the wheel. It is read whole, which takes a second.
    ///
    /// # Errors
    /// If the list of the wheel's files can't be read.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands ask"))]
    pub(crate) fn damage_by_content(&self) -> std::io::Result<Option<Damage>> {
        integrity::damage_by_content(&self.folder.join(SITE))
    }

    /// Has the next installation of this version take its place.
    ///
    /// # Errors
    /// If its marker can't be removed.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands ask"))]
    pub(crate) fn give_up(&self) -> std::io::Result<()> {
        fs::remove_file(self.folder.join(MARKER))
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
    let mut installed = read_marker(folder).filter(|installed| installed.damage_by_looks().is_none())?;
    let now = integrity::looks(&folder.join(SITE));
    if !installed.marker.files.is_empty() && now != installed.marker.files {
        // Copied, and right. Next time a look is enough; where nothing can be noted, it isn't.
        installed.marker.files = now;
        if let Ok(text) = serde_json::to_string_pretty(&installed.marker) {
            let _ = write(&folder.join(MARKER), text.as_bytes());
        }
    }
    Some(installed)
}

/// The same, whatever has become of its files.
fn read_marker(folder: &Path) -> Option<Installed> {
    let marker: Marker = serde_json::from_slice(&fs::read(folder.join(MARKER)).ok()?).ok()?;
    let triton = Version::parse(&marker.triton).ok()?;
    Some(Installed { folder: folder.to_owned(), triton, marker })
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
        self.folders(read)
    }

    /// A file of this version that is not what was installed, where no installation of it is whole.
    pub(super) fn damaged(&self, triton: &Version) -> Option<Damage> {
        let all = self.folders(read_marker).into_iter();
        all.filter(|installed| installed.triton() == triton).find_map(|installed| installed.damage_by_looks())
    }

    /// Installed compilers of these versions that are not what was installed, by their content.
    #[cfg(feature = "cli")]
    pub(crate) fn damaged_by_content(&self, versions: &BTreeSet<Version>) -> Vec<ToolchainError> {
        if self.python.is_some() {
            // The user's own, which no wheel tells of.
            return Vec::new();
        }
        let used = self.list().into_iter().filter(|installed| versions.contains(&installed.triton));
        used.filter_map(|installed| {
            let Damage { file, found } = installed.damage_by_content().ok()??;
            Some(ToolchainError::Damaged { triton: installed.triton, file, found })
        })
        .collect()
    }

    fn folders(&self, read: impl Fn(&Path) -> Option<Installed>) -> Vec<Installed> {
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
