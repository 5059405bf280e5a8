//! Our keys `exported_from` and `package`: which Python files the kernel comes from, and what brought them.

use serde::{Deserialize, Serialize};

/// What an export notes in the JSON, as `exported_from`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PythonSource {
    /// The kernel's file.
    #[serde(flatten)]
    pub file: PythonFile,
    /// The files of the package that were imported with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<PythonFile>,
}

/// A file as it was then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct PythonFile {
    /// Relative to the folder of the JSON.
    pub file: String,
    /// SHA-256 of its content then.
    pub sha256: String,
}

/// The installed Python package that a kernel comes from, as `package`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its license, in the words of its metadata.
    pub license: Option<String>,
}
