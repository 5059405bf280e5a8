//! The folder that the program's processes write into, with the module that is put in front of theirs.

use std::path::{Path, PathBuf};

use super::python;
use crate::cli::Result;

/// Folders below it.
pub(super) const LOG: &str = "log";
pub(super) const CACHE: &str = "cache";
pub(super) const BUFFERS: &str = "buffers";

/// A folder to keep a recording in must have nothing else in it.
pub(super) fn empty(folder: &Path) -> Result {
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("can't read `{}`: {error}", folder.display()).into()),
    };
    match entries.next() {
        Some(_) => {
            let folder = folder.display();
            Err(format!("`{folder}` is not empty: name another folder to keep the recording in, or remove it").into())
        }
        None => Ok(()),
    }
}

/// Lays it out; gives the folder for PYTHONPATH.
pub(super) fn lay(spool: &Path, launches: u64, max_bytes: u64) -> Result<PathBuf> {
    // Processes of the program may have other working directories.
    let spool = std::path::absolute(spool)?;
    let front = spool.join("front");
    let package = front.join(python::PACKAGE);
    let attempt = || {
        for folder in [LOG, CACHE, BUFFERS] {
            std::fs::create_dir_all(spool.join(folder))?;
        }
        std::fs::create_dir_all(&package)?;
        let settings = serde_json::json!({"launches": launches, "max_bytes": max_bytes});
        std::fs::write(spool.join("settings.json"), settings.to_string())?;
        std::fs::write(front.join(python::FIRST.0), python::FIRST.1)?;
        python::MODULES.iter().try_for_each(|(name, text)| std::fs::write(package.join(name), text))
    };
    attempt().map_err(|error: std::io::Error| format!("can't write into `{}`: {error}", spool.display()))?;
    Ok(front)
}
