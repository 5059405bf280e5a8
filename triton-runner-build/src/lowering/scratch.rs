//! Folders for temporary files that go away, also after a kill.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt;
use tempfile::TempDir;

/// What all of them are called, in whichever folder they lie.
const PREFIX: &str = "triton-runner-";
/// The file in each that its process holds a lock on. The lock ends with the process, however that ends.
const LOCK: &str = ".lock";

/// A folder that is removed with its value; if the process is killed, by the next one that makes a folder beside it.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a new one in `parent`.
    pub(super) fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let path = folder.path().join(LOCK);
            let lock = File::create(&path)?;
            // Another process may sweep right between these lines; then this one tries again.
            if FileExt::try_lock(&lock).is_ok() && path.exists() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Removes the folders of processes that are gone.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        // Those of other users cannot be opened, and those that are being made have no lock yet.
        let lock = File::options().write(true).open(entry.path().join(LOCK));
        if lock.is_ok_and(|lock| FileExt::try_lock(&lock).is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_a_killed_process_left_is_removed_and_one_in_use_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let used = Scratch::new(parent.path()).unwrap();
        let left = parent.path().join("triton-runner-left");
        let others = parent.path().join("other");
        for folder in [&left, &others] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(LOCK), "").unwrap();
            fs::write(folder.join("half"), "").unwrap();
        }
        let new = Scratch::new(parent.path()).unwrap();
        assert!(!left.exists() && others.exists() && used.join(LOCK).exists() && new.path().exists());
        let path = new.path().to_owned();
        drop(new);
        assert!(!path.exists() && used.path().exists());
    }
}
