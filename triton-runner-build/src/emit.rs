//! Emit: images and manifest below OUT_DIR.
//!
//! ```text
//! OUT_DIR/triton-runner/
//!     manifest.json
//!     add_kernel.sm_80.cubin
//!     add_kernel.sm_90a.cubin
//!     add_kernel.sm_80.ptx
//! ```
//!
//! Each file is written whole under another name and then renamed, and only where its bytes changed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use triton_runner_manifest::Manifest;

/// Below OUT_DIR.
pub(crate) const FOLDER: &str = "triton-runner";

/// The result could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmitError {
    #[error("can't write `{}`: {error}", path.display())]
    Write { path: PathBuf, error: std::io::Error },
    #[error("can't clear away `{}`: {error}", path.display())]
    Remove { path: PathBuf, error: std::io::Error },
    #[error("the manifest can't be written as JSON: {0}")]
    Json(serde_json::Error),
}

/// Bytes of an image and the name of its file.
#[derive(Debug)]
pub(crate) struct ImageFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Writes everything. The manifest goes last: where it is, all that it names is there too.
pub(crate) fn emit(out_dir: &Path, manifest: &Manifest, files: &[ImageFile]) -> Result<(), EmitError> {
    let folder = out_dir.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| EmitError::Write { path: folder.clone(), error })?;
    for file in files {
        write(&folder.join(&file.name), &file.bytes)?;
    }
    let json = manifest.to_json().map_err(EmitError::Json)?;
    write(&out_dir.join(Manifest::PATH), json.as_bytes())?;
    let mut keep: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    keep.insert("manifest.json");
    clear(&folder, &keep)
}

/// Takes back what an earlier build left, so that nothing stale can be embedded after an error.
pub(crate) fn retract(out_dir: &Path) -> Result<(), EmitError> {
    let path = out_dir.join(Manifest::PATH);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(EmitError::Remove { path, error }),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all; leaves it alone if it has these bytes already.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), EmitError> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || {
        let mut file = new_file(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| EmitError::Write { path: path.to_owned(), error })
}

/// A file beside its place, gone unless it is persisted. As readable as any file, unlike a temporary one.
pub(crate) fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".new-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Removes the files of a folder that are not to be kept.
pub(crate) fn clear(folder: &Path, keep: &BTreeSet<&str>) -> Result<(), EmitError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |error| EmitError::Remove { path, error }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !keep.contains(name.as_str()) {
            std::fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest { format: Manifest::FORMAT, folders: vec!["kernels".into()], kernels: Vec::new() }
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
        emit(out.path(), &manifest(), &[file("a.cubin", b"1"), file("b.cubin", b"2")]).unwrap();
        std::fs::write(out.path().join(FOLDER).join(".new-left-over"), "half").unwrap();
        emit(out.path(), &manifest(), &[file("b.cubin", b"3")]).unwrap();
        assert_eq!(names(out.path()), ["b.cubin", "manifest.json"]);
        assert_eq!(std::fs::read(out.path().join(FOLDER).join("b.cubin")).unwrap(), b"3");
        assert_eq!(Manifest::read(out.path()).unwrap(), manifest());
    }

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

    #[test]
    fn after_a_failed_build_no_manifest_is_left_to_embed() {
        let out = tempfile::tempdir().unwrap();
        retract(out.path()).unwrap();
        emit(out.path(), &manifest(), &[]).unwrap();
        retract(out.path()).unwrap();
        assert!(Manifest::read(out.path()).unwrap_err().is_missing());
    }
}
