//! Files that belong together: all of them appear, or none does.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Result;

/// Files that are written and not yet in place.
#[derive(Debug, Default)]
pub(super) struct Staged {
    files: Vec<(NamedTempFile, PathBuf)>,
    /// What they take the place of under other names.
    old: BTreeSet<PathBuf>,
}

impl Staged {
    /// Writes a file beside its place. Its folder is created.
    pub(super) fn add(&mut self, path: impl Into<PathBuf>, bytes: &[u8]) -> Result {
        let path = path.into();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| format!("can't create `{}`: {error}", folder.display()))?;
        if path.is_dir() {
            return Err(format!("can't write `{}`: it is a folder", path.display()).into());
        }
        let attempt = || {
            let mut file = crate::fs::write::new_file(folder)?;
            file.write_all(bytes)?;
            Ok::<_, std::io::Error>(file)
        };
        let file = attempt().map_err(|error| format!("can't write `{}`: {error}", path.display()))?;
        self.files.push((file, path));
        Ok(())
    }

    /// Has files removed once these are in place.
    pub(super) fn instead_of(&mut self, old: Vec<PathBuf>) {
        self.old.extend(old);
    }

    /// Puts all of them in place and returns their paths.
    pub(super) fn commit(self) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for (file, path) in self.files {
            file.persist(&path).map_err(|error| format!("can't write `{}`: {}", path.display(), error.error))?;
            paths.push(path);
        }
        for path in self.old.iter().filter(|path| !paths.contains(path)) {
            std::fs::remove_file(path).map_err(|error| format!("can't remove `{}`: {error}", path.display()))?;
            eprintln!("note: removed `{}`, of an earlier export", path.display());
        }
        Ok(paths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_appear_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut staged = Staged::default();
        staged.add(at("new/a"), b"1").unwrap();
        assert!(!at("new/a").exists());
        let error = staged.add(at("new"), b"2").unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
        drop(staged);
        assert_eq!(std::fs::read_dir(at("new")).unwrap().count(), 0);
        let mut staged = Staged::default();
        staged.add(at("new/a"), b"1").unwrap();
        staged.add(at("b"), b"2").unwrap();
        assert_eq!(staged.commit().unwrap(), [at("new/a"), at("b")]);
        assert_eq!(std::fs::read(at("b")).unwrap(), b"2");
    }
}
