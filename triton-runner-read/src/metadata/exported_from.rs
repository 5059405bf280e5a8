//! Our keys `exported_from` and `package`: which Python files the kernel comes from, and what brought them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an export notes in the JSON, as `exported_from`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PythonSource {
    /// The kernel's file; none where that lies in another place on each machine.
    #[serde(flatten)]
    pub file: Option<PythonFile>,
    /// The files of the package that were imported with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<PythonFile>,
    /// What the export was told, so that it can be repeated. `cargo triton` knows what it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Map<String, Value>>,
}

/// A file as it was then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct PythonFile {
    /// Relative to the folder of the JSON.
    pub file: String,
    /// SHA-256 of its content then.
    pub sha256: String,
}

impl fmt::Display for Package {
    /// `liger-kernel 0.8.5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.version.iter().try_for_each(|version| write!(f, " {version}"))
    }
}

/// The installed Python package that a kernel comes from, as `package`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
}
