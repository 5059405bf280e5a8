//! Emit: images and manifest below OUT_DIR.
//!
//! ```text
//! OUT_DIR/triton-runner/
//!     stamp                      what the rest was made of: see `stamp.rs`
//!     manifest.json
//!     add_kernel.sm_80.cubin
//!     add_kernel.sm_90a.cubin
//!     add_kernel.sm_80.ptx
//!     add_kernel.sm_80.cubin.zst     what is embedded in their place, where `compress` is set: see `pack`
//! ```
//!
//! Each file is written whole under another name and then renamed, and only where its bytes changed.

pub(crate) mod stamp;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use triton_runner_manifest::{Manifest, ManifestError};

use crate::fs::write::{WriteError, clear, write};
use crate::verify::ImageFile;

/// Below OUT_DIR.
pub(crate) const FOLDER: &str = "triton-runner";

/// The result could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmitError {
    #[error(transparent)]
    File(#[from] WriteError),
    #[error("the manifest can't be written as JSON: {0}")]
    Json(serde_json::Error),
    #[error(transparent)]
    Unreadable(ManifestError),
}

/// The stamp, in the folder.
pub(crate) const STAMP: &str = "stamp";
/// Folder of temporary files of a running build.
const TEMPORARY: &str = ".temporary";
/// The manifest, in the folder.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Where a running build's temporary files lie.
pub(crate) fn temporary(out_dir: &Path) -> PathBuf {
    out_dir.join(FOLDER).join(TEMPORARY)
}

/// Makes the folder, without what a killed build may have left there.
pub(crate) fn prepare(out_dir: &Path) -> Result<(), EmitError> {
    let path = temporary(out_dir);
    let failed = |error| WriteError::Write { path: path.clone(), error };
    remove_temporary(out_dir);
    Ok(std::fs::create_dir_all(&path).map_err(failed)?)
}

/// Removes temporary files. What a killed build's last process may still be writing goes with the next build.
pub(crate) fn remove_temporary(out_dir: &Path) {
    let _ = std::fs::remove_dir_all(temporary(out_dir));
}

/// Writes everything. The manifest goes last: where it is, all that it names is there too. Files in `keep` are there
/// already; what is neither new nor kept is removed.
pub(crate) fn emit(
    out_dir: &Path,
    manifest: &str,
    files: [&[ImageFile]; 2],
    keep: impl IntoIterator<Item = String>,
) -> Result<(), EmitError> {
    let folder = out_dir.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| WriteError::Write { path: folder.clone(), error })?;
    for file in files.into_iter().flatten() {
        write(&folder.join(&file.name), &file.bytes)?;
    }
    write(&folder.join(MANIFEST), manifest.as_bytes())?;
    let mut all: BTreeSet<String> = keep.into_iter().collect();
    all.extend(files.into_iter().flatten().map(|file| file.name.clone()));
    all.extend([MANIFEST, TEMPORARY, STAMP].map(ToOwned::to_owned));
    Ok(clear(&folder, |name| all.contains(name))?)
}

/// Takes back what an earlier build left, so that nothing stale can be embedded after an error.
pub(crate) fn retract(out_dir: &Path) -> Result<(), EmitError> {
    let path = out_dir.join(Manifest::PATH);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(WriteError::Remove { path, error }.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [String; 0] = [];

    fn manifest() -> String {
        Manifest::compose(&["kernels".to_owned()], None, []).unwrap().text
    }

    fn file(name: &str, bytes: &[u8]) -> ImageFile {
        ImageFile { name: name.into(), bytes: bytes.into() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder.join(FOLDER))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_no_longer_built_is_cleared_away() {
        let out = tempfile::tempdir().unwrap();
        let files = ["a", "b", "c"].map(|name| file(name, b"1"));
        emit(out.path(), &manifest(), [&files, &[]], NONE).unwrap();
        std::fs::write(out.path().join(FOLDER).join(".new-left-over"), "half").unwrap();
        std::fs::write(out.path().join(FOLDER).join(STAMP), "stamp").unwrap();
        emit(out.path(), &manifest(), [&[file("b", b"3")], &[]], ["c".to_owned()]).unwrap();
        assert_eq!(names(out.path()), ["b", "c", "manifest.json", "stamp"]);
        assert_eq!(std::fs::read(out.path().join(FOLDER).join("b")).unwrap(), b"3");
        assert_eq!(std::fs::read_to_string(out.path().join(Manifest::PATH)).unwrap(), manifest());
    }

    #[test]
    fn temporary_files_of_a_killed_build_go_with_the_next() {
        let out = tempfile::tempdir().unwrap();
        prepare(out.path()).unwrap();
        let left = out.path().join(FOLDER).join(TEMPORARY).join("job");
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("half"), "").unwrap();
        prepare(out.path()).unwrap();
        assert!(!left.exists());
        remove_temporary(out.path());
        assert_eq!(names(out.path()), NONE);
    }

    #[test]
    fn after_a_failed_build_no_manifest_is_left_to_embed() {
        let out = tempfile::tempdir().unwrap();
        retract(out.path()).unwrap();
        emit(out.path(), &manifest(), [&[], &[]], NONE).unwrap();
        retract(out.path()).unwrap();
        assert!(Manifest::read(out.path()).unwrap_err().is_missing());
    }
}
