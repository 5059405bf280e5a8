//! Files of kernels. The build script of `tests/straight` has them too, without what this package stands on.

use std::path::{Path, PathBuf};

/// Files of TTIR below folders, in order.
pub fn find(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    paths.iter().for_each(|path| below(path, &mut files));
    files.sort();
    files
}

fn below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| below(&entry.path(), files));
    } else if path.extension().is_some_and(|extension| extension == "ttir") {
        files.push(path.to_owned());
    }
}
