//! Our key `exported_from`: which Python file the kernel was exported from.

use serde::{Deserialize, Serialize};

/// What an export notes in the JSON, as `exported_from`. Modules that the file imports are not in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PythonSource {
    /// The file, relative to the folder of the JSON.
    pub file: String,
    /// SHA-256 of its content then.
    pub sha256: String,
}
