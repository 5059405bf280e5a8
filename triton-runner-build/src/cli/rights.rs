//! Under which licence each kernel is, as its JSON, its Python package or the crate says.

use serde::Serialize;
use triton_runner_manifest::Level;
use triton_runner_read::metadata::{Package, UNKNOWN_LICENSE};

use super::subject::Subject;
use crate::fs::hash::sha256;
use crate::read::ParsedKernel;

/// What is known of one kernel.
#[derive(Debug, Serialize)]
pub(super) struct Rights {
    pub(super) package: Option<String>,
    pub(super) kernel: String,
    /// An SPDX expression; `None` where nobody knows.
    pub(super) license: Option<String>,
    /// The installed Python package that it was exported from, with its version.
    pub(super) python_package: Option<String>,
    /// The Python file that it was exported from, from the folder of its JSON.
    pub(super) python_file: Option<String>,
    /// Whether the licence is that of the crate, for whose package the Python file was written.
    pub(super) of_crate: bool,
    /// The files that are checked in, each with its SHA-256.
    pub(super) files: Vec<CheckedIn>,
}

/// A file of a kernel.
#[derive(Debug, Serialize)]
pub(super) struct CheckedIn {
    pub(super) name: String,
    pub(super) sha256: String,
    /// `None` for metadata.
    #[serde(skip)]
    pub(super) level: Option<Level>,
}

impl Rights {
    /// In one line, where a kernel is from.
    pub(super) fn origin(&self) -> String {
        match (&self.python_package, &self.python_file) {
            (Some(package), _) => package.clone(),
            (None, Some(file)) if self.of_crate => format!("{file}, of this crate"),
            (None, Some(file)) => file.clone(),
            (None, None) => "unknown".to_owned(),
        }
    }
}

/// Of all kernels that were selected.
pub(super) fn rights(subjects: &[Subject]) -> Vec<Rights> {
    subjects.iter().flat_map(|subject| subject.analysis.kernels.iter().map(|kernel| of(subject, kernel))).collect()
}

fn of(subject: &Subject, kernel: &ParsedKernel) -> Rights {
    let metadata = || kernel.metadata.iter().map(|named| &named.metadata);
    let package = metadata().find_map(|one| one.package.as_ref());
    let said = metadata().find_map(|one| one.license.clone());
    let source = metadata().find_map(|one| one.exported_from.as_ref());
    let python_package = package.map(Package::to_string);
    let python_file = source.and_then(|source| source.file.as_ref()).map(|file| file.file.clone());
    let of_crate = said.is_none() && python_package.is_none() && python_file.is_some();
    let license = if of_crate { subject.license.clone() } else { said };
    let files = kernel.sources.iter().map(|file| CheckedIn {
        name: file.artifact.name.clone(),
        sha256: sha256(&file.artifact.bytes),
        level: Some(file.artifact.level),
    });
    let metadata = kernel.metadata.iter().map(|file| CheckedIn {
        name: file.name.clone(),
        sha256: sha256(&file.bytes),
        level: None,
    });
    Rights {
        package: subject.package.clone(),
        kernel: kernel.name.clone(),
        license: license.filter(|license| license != UNKNOWN_LICENSE),
        python_package,
        python_file,
        of_crate,
        files: files.chain(metadata).collect(),
    }
}
