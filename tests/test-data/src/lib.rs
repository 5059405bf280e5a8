//! Artifacts of every Triton version, for the tests of all readers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};

pub mod damaged;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../triton-runner-build/tests/data")
}

/// A file of the test data.
pub fn data(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A text file of the test data.
pub fn text(path: &str) -> String {
    String::from_utf8(data(path)).unwrap()
}

/// Paths of all test data with this extension, ordered.
pub fn paths(extension: &str) -> Vec<String> {
    let root = root();
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in std::fs::read_dir(&root).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            paths.extend(std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()));
        }
    }
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    assert!(paths.len() > 5, "test data is missing");
    paths.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()).collect()
}
