//! Prebuilt machine code in the source tree: `cargo triton lock` writes it, a build whose keys match uses it and needs
//! no toolchain, no Python and no network. This is how a crate with kernels is published.
//!
//! ```text
//! kernels/prebuilt/
//!     lock.json                      for each kernel and architecture: key, hash, metadata
//!     add_kernel.sm_90.cubin
//!     add_kernel.sm_80.ptx           only where PTX is embedded too
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use triton_runner_manifest::Arch;
use triton_runner_read::metadata::{ADDRESSES, MADE_WITH};

use crate::fs::hash::sha256;
use crate::fs::input::{self, Input};
use crate::fs::write::{self, WriteError};
use crate::obtain::cache::{Key, Stored};

/// Below the first kernel folder.
const FOLDER: &str = "prebuilt";
const LOCK: &str = "lock.json";

/// The file `lock.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LockFile {
    format: u32,
    entries: Vec<LockEntry>,
}

impl LockFile {
    const FORMAT: u32 = 1;
}

/// One kernel on one architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LockEntry {
    kernel: String,
    arch: Arch,
    /// Hash of everything that decided the bytes.
    key: String,
    /// Version of the Triton that lowered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    triton: Option<String>,
    /// SHA-256 of the machine code.
    cubin: String,
    /// SHA-256 of the PTX.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ptx: Option<String>,
    /// Triton's metadata.
    metadata: serde_json::Value,
}

/// The lock can't be used for a kernel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrebuiltError {
    #[error("can't read `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error(
        "the lock names `{}`, and it can't be read: {error}; run `cargo triton lock`, and check in everything that it writes",
        path.display()
    )]
    File { path: PathBuf, error: std::io::Error },
    #[error("`{}` is damaged: {error}; run `cargo triton lock`", path.display())]
    Damaged { path: PathBuf, error: serde_json::Error },
    #[error("`{}` has format {found}, this triton-runner-build reads {}; run `cargo triton lock`", path.display(), LockFile::FORMAT)]
    Format { path: PathBuf, found: u32 },
    #[error(
        "its machine code in `{}` is stale: the kernel's files or settings have changed since it was locked; run `cargo triton lock`, or set `stale-lock = \"lower\"` in [package.metadata.triton-runner] to lower it in the build",
        path.display()
    )]
    Stale { path: PathBuf },
    #[error(
        "there is no machine code for it in `{}`; run `cargo triton lock`, or set `stale-lock = \"lower\"` in [package.metadata.triton-runner] to lower it in the build",
        path.display()
    )]
    Missing { path: PathBuf },
    #[error("`{}` is not the file that was locked (its SHA-256 is {found}, the lock says {expected}); run `cargo triton lock`", path.display())]
    Hash { path: PathBuf, found: String, expected: String },
    #[error(
        "what was locked in `{}` is not what lowering it now gives, though its key is the same: {}",
        path.display(), differs(*.random)
    )]
    Differs {
        path: PathBuf,
        /// Whether either was made where programs can't have fixed addresses.
        random: bool,
    },
    #[error("it is locked in `{}`, but there is no such kernel any more; run `cargo triton lock`", path.display())]
    LeftOver { path: PathBuf },
}

fn differs(random: bool) -> &'static str {
    if random {
        "one of the two was made where a sandbox forbids programs fixed addresses, and there a compiler may give one of several right results; run `cargo triton lock` and its check outside of the sandbox"
    } else {
        "its files are not those that `cargo triton lock` wrote, or the compiler is not the one that it ran; run `cargo triton lock`, and see what it changes"
    }
}

/// Whether a lowering was made without fixed addresses. It is no part of the result.
fn is_random(metadata: &serde_json::Value) -> bool {
    metadata.get(ADDRESSES).is_some()
}

/// Whether two results are the same. Which of a version's wheels made them is no part of that, as little as where it ran.
pub(crate) fn same(a: &Stored, b: &Stored) -> Result<(), bool> {
    let without = |metadata: &serde_json::Value| {
        let mut metadata = metadata.clone();
        for note in [ADDRESSES, MADE_WITH] {
            metadata.as_object_mut().map(|object| object.remove(note));
        }
        metadata
    };
    let same = a.bytes == b.bytes && a.ptx == b.ptx && without(&a.metadata) == without(&b.metadata);
    if same { Ok(()) } else { Err(is_random(&a.metadata) || is_random(&b.metadata)) }
}

/// What a step is locked as.
#[derive(Clone, Debug)]
pub(crate) struct Locked {
    pub(crate) kernel: String,
    pub(crate) arch: Arch,
    pub(crate) key: Key,
    pub(crate) triton: Option<String>,
    pub(crate) stored: Stored,
}

/// The prebuilt machine code of a package.
#[derive(Debug)]
pub(crate) struct Prebuilt {
    folder: PathBuf,
    entries: BTreeMap<(String, Arch), LockEntry>,
    /// The lock itself.
    file: Input,
}

/// The lock in `folder`.
pub(crate) fn lock_path(folder: &Path) -> PathBuf {
    folder.join(LOCK)
}

/// Where a package's prebuilt machine code lies.
pub(crate) fn folder(package: &Path, folders: &[PathBuf]) -> PathBuf {
    package.join(folders.first().map_or(Path::new("kernels"), PathBuf::as_path)).join(FOLDER)
}

impl Prebuilt {
    /// Reads the lock in `folder`; `None` where there is none.
    pub(crate) fn open(folder: &Path) -> Result<Option<Self>, PrebuiltError> {
        let path = folder.join(LOCK);
        let (stat, text) = match input::read(&path) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PrebuiltError::Unreadable { path, error }),
        };
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let damaged = |error| PrebuiltError::Damaged { path: path.clone(), error };
        let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
        if head.format != LockFile::FORMAT {
            return Err(PrebuiltError::Format { path, found: head.format });
        }
        let lock: LockFile = serde_json::from_slice(&text).map_err(damaged)?;
        let entries = lock.entries.into_iter().map(|entry| ((entry.kernel.clone(), entry.arch), entry)).collect();
        Ok(Some(Self { folder: folder.to_owned(), entries, file: Input::new(&path, stat, &text) }))
    }

    /// The lock itself, as it was read.
    pub(crate) fn lock_file(&self) -> &Input {
        &self.file
    }

    /// The machine code of a kernel on an architecture, if it was locked with this key, and the files it is from.
    pub(crate) fn get(
        &self,
        kernel: &str,
        arch: Arch,
        key: &Key,
        ptx: bool,
    ) -> Result<(Stored, Vec<Input>), PrebuiltError> {
        let lock = self.folder.join(LOCK);
        let Some(entry) = self.entries.get(&(kernel.to_owned(), arch)) else {
            return Err(PrebuiltError::Missing { path: lock });
        };
        if entry.key != key.as_str() || (ptx && entry.ptx.is_none()) {
            return Err(PrebuiltError::Stale { path: lock });
        }
        let mut files = Vec::new();
        let mut file = |extension, expected: &str| {
            let path = self.folder.join(file_name(kernel, arch, extension));
            let (stat, bytes) =
                input::read(&path).map_err(|error| PrebuiltError::File { path: path.clone(), error })?;
            let input = Input::new(&path, stat, &bytes);
            if input.hash != expected {
                return Err(PrebuiltError::Hash { path, found: input.hash, expected: expected.to_owned() });
            }
            files.push(input);
            Ok(bytes)
        };
        let bytes = file("cubin", &entry.cubin)?;
        let ptx = match &entry.ptx {
            Some(hash) if ptx => Some(file("ptx", hash)?),
            _ => None,
        };
        Ok((Stored { bytes, ptx, metadata: entry.metadata.clone() }, files))
    }

    /// Kernels and architectures that are locked.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Arch)> {
        self.entries.keys().map(|(kernel, arch)| (kernel.as_str(), *arch))
    }
}

fn file_name(kernel: &str, arch: Arch, extension: &str) -> String {
    format!("{kernel}.{arch}.{extension}")
}

/// Writes lock and machine code; the lock last. Files of kernels that are gone are removed.
pub(crate) fn write(folder: &Path, locked: &[Locked]) -> Result<(), WriteError> {
    let failed = |error| WriteError::Write { path: folder.to_owned(), error };
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Files are going to be removed, and those behind a link are somebody else's.
    if std::fs::symlink_metadata(folder).map_err(failed)?.is_symlink() {
        return Err(failed(std::io::Error::other("it is a symbolic link; replace it by a folder")));
    }
    let mut keep = BTreeSet::new();
    let mut entries = Vec::new();
    for one in locked {
        let cubin = file_name(&one.kernel, one.arch, "cubin");
        write::write(&folder.join(&cubin), &one.stored.bytes)?;
        keep.insert(cubin);
        if let Some(ptx) = &one.stored.ptx {
            let name = file_name(&one.kernel, one.arch, "ptx");
            write::write(&folder.join(&name), ptx)?;
            keep.insert(name);
        }
        entries.push(LockEntry {
            kernel: one.kernel.clone(),
            arch: one.arch,
            key: one.key.as_str().to_owned(),
            triton: one.triton.clone(),
            cubin: sha256(&one.stored.bytes),
            ptx: one.stored.ptx.as_deref().map(sha256),
            metadata: one.stored.metadata.clone(),
        });
    }
    entries.sort_by(|a, b| (&a.kernel, a.arch).cmp(&(&b.kernel, b.arch)));
    let lock = LockFile { format: LockFile::FORMAT, entries };
    let text = serde_json::to_string_pretty(&lock).map_err(|error| failed(error.into()))? + "\n";
    write::write(&folder.join(LOCK), text.as_bytes())?;
    // Only what a lock wrote is removed.
    let is_of_a_lock =
        |name: &str| name.ends_with(".cubin") || name.ends_with(".ptx") || name.starts_with(write::UNFINISHED);
    write::clear(folder, |name| keep.contains(name) || !is_of_a_lock(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arch(name: &str) -> Arch {
        name.parse().unwrap()
    }

    fn locked(kernel: &str, bytes: &[u8]) -> Locked {
        Locked {
            kernel: kernel.into(),
            arch: arch("sm_90"),
            key: Key::new(&[("input", kernel.as_bytes())]),
            triton: Some("3.3.1".into()),
            stored: Stored {
                bytes: bytes.into(),
                ptx: Some(b".version 8.4".to_vec()),
                metadata: serde_json::json!({"shared": 0}),
            },
        }
    }

    #[test]
    fn what_was_locked_comes_back_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Prebuilt::open(folder.path()).unwrap().is_none());
        let add = locked("add", b"code");
        write(folder.path(), &[locked("old", b"x")]).unwrap();
        std::fs::write(folder.path().join("README"), "mine").unwrap();
        std::fs::write(folder.path().join(".new-left-over"), "half").unwrap();
        write(folder.path(), std::slice::from_ref(&add)).unwrap();
        assert!(!folder.path().join("old.sm_90.cubin").exists() && folder.path().join("README").exists());
        assert!(!folder.path().join(".new-left-over").exists(), "of a lock that was killed");
        let prebuilt = Prebuilt::open(folder.path()).unwrap().unwrap();
        let (stored, files) = prebuilt.get("add", add.arch, &add.key, true).unwrap();
        assert_eq!((stored, files.len()), (add.stored, 2));
        assert_eq!(prebuilt.get("add", add.arch, &add.key, false).unwrap().0.ptx, None);
        let error = |result: Result<(Stored, Vec<Input>), PrebuiltError>| result.unwrap_err().to_string();
        let stale = error(prebuilt.get("add", add.arch, &Key::new(&[]), false));
        assert!(stale.contains("is stale") && stale.contains("`cargo triton lock`"), "{stale}");
        let missing = error(prebuilt.get("add", arch("sm_80"), &add.key, false));
        assert!(missing.contains("no machine code") && missing.contains("`cargo triton lock`"), "{missing}");
        std::fs::write(folder.path().join("add.sm_90.cubin"), "tampered").unwrap();
        let hash = error(prebuilt.get("add", add.arch, &add.key, false));
        assert!(hash.contains("is not the file that was locked"), "{hash}");
    }

    #[test]
    fn where_addresses_are_not_fixed_a_difference_accuses_nobody() {
        let stored = |bytes: &[u8], metadata| Stored { metadata, ..locked("add", bytes).stored };
        let (fixed, random) =
            (serde_json::json!({"shared": 0}), serde_json::json!({"shared": 0, "addresses": "random"}));
        assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"a", random.clone())), Ok(()));
        assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"b", random.clone())), Err(true));
        let of_a_wheel = serde_json::json!({"shared": 0, "made_with": {"wheel": "ab"}});
        assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"a", of_a_wheel)), Ok(()));
        assert_eq!(same(&stored(b"a", random), &stored(b"b", fixed.clone())), Err(true));
        assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"b", fixed.clone())), Err(false));
        assert_eq!(same(&stored(b"a", fixed), &stored(b"a", serde_json::json!({"shared": 1}))), Err(false));
        let text = |random| PrebuiltError::Differs { path: "kernels/prebuilt".into(), random }.to_string();
        assert!(text(true).contains("a sandbox forbids") && text(true).contains("several right results"));
        assert!([true, false].iter().all(|random| !text(*random).contains("find out who")));
    }

    #[test]
    fn a_lock_that_cannot_be_read_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (text, part) in
            [("{", "is damaged"), ("{\"format\": 9}", "has format 9"), ("{\"format\": 1}", "is damaged")]
        {
            std::fs::write(folder.path().join(LOCK), text).unwrap();
            let error = Prebuilt::open(folder.path()).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("`cargo triton lock`"), "{error}");
        }
    }
}
