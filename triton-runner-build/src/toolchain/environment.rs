//! Variables of this process that the programs which it starts would read too.

use std::ffi::{OsStr, OsString};
use std::process::Command;

/// Names of all variables.
pub(crate) fn names() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

/// Takes away what is meant for one certain Python.
pub(crate) fn clear_python(command: &mut Command) {
    for name in names().filter(|name| starts_with(name, &["PYTHON", "__PYVENV_LAUNCHER__"])) {
        command.env_remove(name);
    }
}

/// Whether a variable's name begins with one of these.
pub(crate) fn starts_with(name: &OsStr, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}
