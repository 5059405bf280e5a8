//! The folder that everything managed lies in.

use std::ffi::OsString;
use std::path::PathBuf;

use super::ToolchainError;

/// `TRITON_RUNNER_HOME` if it is set, else `triton-runner` in the user's cache folder (XDG Base Directory
/// Specification: `XDG_CACHE_HOME`, else `HOME/.cache`; on Windows `LOCALAPPDATA`). `variable` gives the value of an
/// environment variable.
///
/// # Errors
/// If none of them is set to an absolute path.
pub(crate) fn default_home(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, ToolchainError> {
    // The specification says that a relative path is to be ignored; so is an empty one.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(home) = variable("TRITON_RUNNER_HOME").map(PathBuf::from).filter(|path| !path.as_os_str().is_empty()) {
        return if home.is_absolute() { Ok(home) } else { Err(ToolchainError::RelativeHome { home }) };
    }
    if let Some(cache) = absolute("XDG_CACHE_HOME") {
        return Ok(cache.join("triton-runner"));
    }
    let caches = absolute("HOME").map(|home| home.join(".cache")).or_else(|| absolute("LOCALAPPDATA"));
    Ok(caches.ok_or(ToolchainError::NoHome)?.join("triton-runner"))
}
