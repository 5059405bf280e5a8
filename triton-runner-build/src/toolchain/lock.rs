//! The lock on the folder of toolchains, and what only its holder may do there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::ToolchainError;

/// What staging folders are called.
pub(super) const STAGING: &str = ".staging-";

/// The lock on the folder of toolchains. It is let go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct FolderLock {
    folder: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Waits for it, and says so once.
    pub(super) fn take(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, ToolchainError> {
        let path = folder.join(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(ToolchainError::io("open", &path))?;
        // Not the standard library's methods of these names, which are newer than the minimum Rust version.
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress("waiting for another build that is installing a Triton compiler");
                FileExt::lock(&file).map_err(ToolchainError::io("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(ToolchainError::io("lock", &path)(error)),
        }
        Ok(Self { folder: folder.to_owned(), _file: file })
    }

    /// Removes what interrupted installations left. Whoever holds the lock owns all staging folders.
    pub(super) fn clean(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(STAGING)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }

    /// Removes a toolchain's folder at once, as far as others can see.
    pub(super) fn discard(&self, path: &Path) -> Result<(), ToolchainError> {
        let trash = self.folder.join(format!("{STAGING}removed-{}", std::process::id()));
        fs::rename(path, &trash).map_err(ToolchainError::io("remove", path))?;
        fs::remove_dir_all(&trash).map_err(ToolchainError::io("remove", &trash))
    }
}
