//! Emit: images and manifest below OUT_DIR.
//!
//! ```text
//! OUT_DIR/triton-runner/
//!     stamp                      what the rest was made of: see `stamp.rs`
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

use triton_runner_manifest::{BuiltKernel, Manifest, ManifestError};

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
    #[error(transparent)]
    Unreadable(ManifestError),
}

/// Bytes of an image and the name of its file.
#[derive(Debug)]
pub(crate) struct ImageFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The stamp, in the folder.
pub(crate) const STAMP: &str = "stamp";
/// Folder of temporary files of a running build.
pub(crate) const TEMPORARY: &str = ".temporary";
/// The manifest, in the folder.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Makes the folder, without what a killed build may have left there.
pub(crate) fn prepare(out_dir: &Path) -> Result<(), EmitError> {
    let path = out_dir.join(FOLDER).join(TEMPORARY);
    let failed = |error| EmitError::Write { path: path.clone(), error };
    remove_temporary(out_dir);
    std::fs::create_dir_all(&path).map_err(failed)
}

/// Removes temporary files. What a killed build's last process may still be writing goes with the next build.
pub(crate) fn remove_temporary(out_dir: &Path) {
    let _ = std::fs::remove_dir_all(out_dir.join(FOLDER).join(TEMPORARY));
}

/// Writes everything. The manifest goes last: where it is, all that it names is there too. Files in `keep` are there
/// already; what is neither new nor kept is removed.
pub(crate) fn emit(
    out_dir: &Path,
    manifest: &str,
    files: &[ImageFile],
    keep: impl IntoIterator<Item = String>,
) -> Result<(), EmitError> {
    let folder = out_dir.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| EmitError::Write { path: folder.clone(), error })?;
    for file in files {
        write(&folder.join(&file.name), &file.bytes)?;
    }
    write(&folder.join(MANIFEST), manifest.as_bytes())?;
    let mut all: BTreeSet<String> = keep.into_iter().collect();
    all.extend(files.iter().map(|file| file.name.clone()));
    all.extend([MANIFEST, TEMPORARY, STAMP].map(ToOwned::to_owned));
    clear(&folder, |name| all.contains(name))
}

/// A kernel's part of the manifest's text.
pub(crate) fn part(kernel: &BuiltKernel) -> Result<String, EmitError> {
    let text = serde_json::to_string_pretty(kernel).map_err(EmitError::Json)?;
    let mut part = String::with_capacity(text.len() * 5 / 4);
    for line in text.lines() {
        let start = if part.is_empty() { "    " } else { "\n    " };
        part.push_str(start);
        part.push_str(line);
    }
    Ok(part)
}

/// The manifest's text from its kernels' parts: what [`Manifest::to_json`] gives, without reading or printing what has
/// been printed before.
pub(crate) fn compose(folders: Vec<String>, parts: &[&str]) -> Result<String, EmitError> {
    let empty = Manifest { format: Manifest::FORMAT, folders, kernels: Vec::new() };
    let text = empty.to_json().map_err(EmitError::Json)?;
    Ok(match text.strip_suffix("[]\n}\n") {
        Some(head) if !parts.is_empty() => format!("{head}[\n{}\n  ]\n}}\n", parts.join(",\n")),
        _ => text,
    })
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
    attempt().map_err(|error| EmitError::Write { path: path.to_owned(), error })
}

/// What the name of a file begins with until it has its own; one that stays is of a process that was killed.
pub(crate) const UNFINISHED: &str = ".new-";

/// A file beside its place, gone unless it is persisted. As readable as any file, unlike a temporary one.
pub(crate) fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Removes the files of a folder that are not to be kept, by their names.
pub(crate) fn clear(folder: &Path, keep: impl Fn(&str) -> bool) -> Result<(), EmitError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |error| EmitError::Remove { path, error }
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

    const NONE: [String; 0] = [];

    fn manifest() -> String {
        compose(vec!["kernels".into()], &[]).unwrap()
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
        emit(out.path(), &manifest(), &files, NONE).unwrap();
        std::fs::write(out.path().join(FOLDER).join(".new-left-over"), "half").unwrap();
        std::fs::write(out.path().join(FOLDER).join(STAMP), "stamp").unwrap();
        emit(out.path(), &manifest(), &[file("b", b"3")], ["c".to_owned()]).unwrap();
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
    fn a_manifest_from_parts_is_the_manifest() {
        let kernel = |name: &str| BuiltKernel {
            name: name.into(),
            variant: None,
            signature_from: "kernels/a \"quoted\"\n.ttir".into(),
            arguments: Vec::new(),
            constants: [("N".to_owned(), triton_runner_manifest::Constant::Int(3))].into(),
            images: Vec::new(),
            sources: Vec::new(),
        };
        for kernels in [Vec::new(), vec![kernel("a")], vec![kernel("a"), kernel("b"), kernel("c")]] {
            let parts: Vec<_> = kernels.iter().map(|kernel| part(kernel).unwrap()).collect();
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            let folders = vec!["kernels".to_owned(), "more".to_owned()];
            let text = compose(folders.clone(), &parts).unwrap();
            let whole = Manifest { format: Manifest::FORMAT, folders, kernels };
            assert_eq!(text, whole.to_json().unwrap());
        }
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
        emit(out.path(), &manifest(), &[], NONE).unwrap();
        retract(out.path()).unwrap();
        assert!(Manifest::read(out.path()).unwrap_err().is_missing());
    }
}
