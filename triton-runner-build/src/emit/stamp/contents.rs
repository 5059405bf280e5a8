//! What is in a stamp.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use triton_runner_manifest::{LeftOut, Line};

use crate::fs::input::{Input, Stat};

/// What one build went by and made.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stamp {
    /// Who built and what the `Builder` was told: see [`base`].
    pub(crate) base: String,
    /// When it began to read, in nanoseconds since 1970.
    pub(crate) read: i64,
    /// The package's settings, as far as they concern all kernels.
    pub(crate) settings: String,
    /// The variables that were asked for, with their values.
    pub(crate) variables: Vec<(String, Option<OsString>)>,
    /// Files that would have been read if they had been there.
    pub(crate) absent: Vec<PathBuf>,
    /// Each Cargo.toml with settings.
    pub(crate) manifests: Vec<Input>,
    /// The lock, where there is one.
    pub(crate) lock: Vec<Input>,
    /// The programs that decided the bytes.
    pub(crate) programs: Vec<Input>,
    pub(crate) folders: Vec<(PathBuf, Vec<OsString>)>,
    /// The manifest that was written, and compressed images.
    pub(crate) outputs: Vec<Written>,
    /// What stands for all that the images were compressed from; empty where they were not.
    pub(crate) packed_of: String,
    /// Which file has which of them, as JSON.
    pub(crate) packed: String,
    /// What stands for its text: `Manifest::hash`.
    pub(crate) sha256: String,
    pub(crate) kernels: Vec<Made>,
}

/// One kernel: what it was made of and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Made {
    pub(crate) name: String,
    /// Its own settings.
    pub(crate) settings: String,
    /// Its artifacts and metadata.
    pub(crate) inputs: Vec<Input>,
    /// Machine code of the lock.
    pub(crate) locked: Vec<Input>,
    /// The Python files that it was exported from.
    pub(crate) python: Vec<Input>,
    /// Those that are not there.
    pub(crate) gone: Vec<PathBuf>,
    /// Its images.
    pub(crate) outputs: Vec<Written>,
    /// Why images of it are missing, where some are.
    pub(crate) left_out: Option<LeftOut>,
    pub(crate) warnings: Vec<String>,
    /// Its line of the manifest.
    pub(crate) manifest: Line,
}

/// A file in OUT_DIR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) modified: i64,
}

impl Written {
    /// A file that has just been written.
    pub(crate) fn of(folder: &Path, name: &str) -> std::io::Result<Self> {
        let stat = Stat::of(&folder.join(name))?;
        Ok(Self { name: name.to_owned(), len: stat.len, modified: stat.modified })
    }

    /// Whether it still is as it was.
    pub(crate) fn is_there(&self, folder: &Path) -> bool {
        Self::of(folder, &self.name).is_ok_and(|now| now == *self)
    }
}
