//! Files written whole or not at all, and folders cleared of what is no longer theirs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file could not be written or cleared away.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("can't write `{}`: {error}", path.display())]
    Write { path: PathBuf, error: std::io::Error },
    #[error("can't clear away `{}`: {error}", path.display())]
    Remove { path: PathBuf, error: std::io::Error },
}

/// Writes a file whole or not at all; leaves it alone if it has these bytes already.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    // What is there may be anything, and is replaced; a link to the same bytes is too, for it may be changed elsewhere.
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    if is_file && std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || {
        let mut file = new_file(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| WriteError::Write { path: path.to_owned(), error })
}

/// What the name of a file begins with until it has its own; one that stays is of a process that was killed.
pub(crate) const UNFINISHED: &str = ".new-";

/// A file beside its place, gone unless it is persisted. As readable as any file, unlike a temporary one.
pub(crate) fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    readable(&mut builder).tempfile_in(folder)
}

#[cfg(unix)]
fn readable<'a, 'b, 'c>(builder: &'a mut tempfile::Builder<'b, 'c>) -> &'a mut tempfile::Builder<'b, 'c> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

/// Elsewhere the folder decides.
#[cfg(not(unix))]
fn readable<'a, 'b, 'c>(builder: &'a mut tempfile::Builder<'b, 'c>) -> &'a mut tempfile::Builder<'b, 'c> {
    builder
}

/// Removes the files of a folder that are not to be kept, by their names.
pub(crate) fn clear(folder: &Path, keep: impl Fn(&str) -> bool) -> Result<(), WriteError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |error| WriteError::Remove { path, error }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !keep(&name) {
            std::fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_bytes_leave_the_file_untouched() {
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("x");
        write(&path, b"same").unwrap();
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        write(&path, b"same").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
    }
}
