//! The Pythons of this machine, for those who want to know why none of them will do.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::python::{self, Interpreter, Surroundings};

/// A Python on the search path.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    pub(crate) path: PathBuf,
    /// `CPython 3.11.7`
    pub(crate) name: String,
    /// As wheels spell it: `cp311`.
    pub(crate) tag: String,
    /// Whether it can install packages.
    pub(crate) pip: bool,
}

/// All that run, best first; for the others, why not.
pub(crate) fn pythons(search: &OsStr) -> Vec<Result<Python, (PathBuf, String)>> {
    let mut found: Vec<Result<Python, (PathBuf, String)>> = Vec::new();
    for path in python::candidates(search) {
        match Interpreter::ask(&path, Surroundings::Cleared) {
            // Several names lead to one.
            Ok(one) if found.iter().flatten().any(|other| other.path == one.executable) => {}
            Ok(one) => {
                found.push(Ok(Python { name: one.describe(), path: one.executable, tag: one.tag, pip: one.pip }))
            }
            Err(why) => found.push(Err((path, why))),
        }
    }
    found
}

/// Whether uv, which installs as pip does, is there.
pub(crate) fn uv(search: &OsStr) -> Option<PathBuf> {
    python::programs("uv", search).next()
}
