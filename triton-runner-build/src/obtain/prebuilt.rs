//! Prebuilt machine code in the source tree: `cargo triton lock` writes it, a build whose keys match uses it and needs
//! no toolchain, no Python and no network. This is how a crate with kernels is published.
//!
//! ```text
//! kernels/prebuilt/
//!     lock.json                      for each kernel and architecture: key, hash, metadata
//!     add_kernel.sm_90.cubin
//!     add_kernel.sm_80.ptx           only where PTX is embedded too
//! ```
//!
//! Where `compress` is set, the files of [`pack`](mod@crate::pack) are in the place of the images, and the lock says which has
//! which. Hashes are of the images either way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use triton_runner_manifest::packed::Packed;
use triton_runner_manifest::{Arch, ImageKind};
use triton_runner_read::metadata::{ADDRESSES, MADE_WITH, each_key_once};

use crate::fs::hash::sha256;
use crate::fs::input::{self, Input};
use crate::fs::write::{self, WriteError};
use crate::obtain::cache::{Key, Stored};
use crate::pack::{DICTIONARY, EncodeError, Image, PackedFiles, PackedFor, PackedImages, ReadError, pack};
use crate::settings::Compress;
use crate::verify::ImageFile;

/// Below the first kernel folder.
const FOLDER: &str = "prebuilt";
const LOCK: &str = "lock.json";

/// The file `lock.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LockFile {
    format: u32,
    /// Where images are compressed: how, and which file has which.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    compressed: Option<Compressed>,
    entries: Vec<LockEntry>,
}

/// Images in compressed files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Compressed {
    /// The setting that they are of.
    compress: Compress,
    packed: Packed,
}

impl LockFile {
    /// Of a lock with images as they are.
    const PLAIN: u32 = 1;
    /// Of one with compressed images.
    const COMPRESSED: u32 = 2;
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
    #[error("`{}` has format {found}, this triton-runner-build reads {} and {}; run `cargo triton lock`", path.display(), LockFile::PLAIN, LockFile::COMPRESSED)]
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
    #[error("`{}` can't be used: {error}; run `cargo triton lock`, and check in everything that it writes", path.display())]
    Compressed { path: PathBuf, error: ReadError },
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

/// A lock can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    #[error(transparent)]
    File(#[from] WriteError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
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
    /// Where images are compressed: by which setting, and the files.
    compressed: Option<(Compress, PackedFiles)>,
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
        if ![LockFile::PLAIN, LockFile::COMPRESSED].contains(&head.format) {
            return Err(PrebuiltError::Format { path, found: head.format });
        }
        let lock: LockFile = each_key_once(&text).map_err(damaged)?;
        let entries = lock.entries.into_iter().map(|entry| ((entry.kernel.clone(), entry.arch), entry)).collect();
        let compressed =
            lock.compressed.map(|Compressed { compress, packed }| (compress, PackedFiles::new(folder, packed)));
        Ok(Some(Self { folder: folder.to_owned(), entries, compressed, file: Input::new(&path, stat, &text) }))
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
            if let Some((_, packed)) = &self.compressed {
                let wrong = |error| PrebuiltError::Compressed { path: lock.clone(), error };
                let (bytes, from) = packed.image(expected).map_err(wrong)?;
                let found = sha256(&bytes);
                if found != expected {
                    let path = from.into_iter().next().map_or(lock.clone(), |input| input.path);
                    return Err(PrebuiltError::Hash { path, found, expected: expected.to_owned() });
                }
                files.extend(from);
                return Ok(bytes);
            }
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

    /// These images, by their SHA-256, as compressed as this setting says; `None` where the lock doesn't have all of them so.
    pub(crate) fn packed_as(
        &self,
        compress: Compress,
        images: &[&str],
    ) -> Result<Option<(Packed, Vec<ImageFile>)>, PrebuiltError> {
        match &self.compressed {
            Some((by, files)) if *by == compress => files
                .with_only(images)
                .map_err(|error| PrebuiltError::Compressed { path: self.folder.join(LOCK), error }),
            _ => Ok(None),
        }
    }

    /// The setting that its images are compressed by.
    pub(crate) fn compress(&self) -> Compress {
        self.compressed.as_ref().map_or(Compress::Off, |(compress, _)| *compress)
    }

    /// Kernels and architectures that are locked.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Arch)> {
        self.entries.keys().map(|(kernel, arch)| (kernel.as_str(), *arch))
    }
}

fn file_name(kernel: &str, arch: Arch, extension: &str) -> String {
    format!("{kernel}.{arch}.{extension}")
}

/// Writes lock and machine code; the lock last. Files of kernels that are gone are removed. Gives the bytes that the images
/// take.
pub(crate) fn write(folder: &Path, locked: &[Locked], compress: Compress) -> Result<usize, LockError> {
    let failed = |error| WriteError::Write { path: folder.to_owned(), error };
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Files are going to be removed, and those behind a link are somebody else's.
    if std::fs::symlink_metadata(folder).map_err(failed)?.is_symlink() {
        return Err(failed(std::io::Error::other("it is a symbolic link; replace it by a folder")).into());
    }
    let mut images = Vec::new();
    let mut entries = Vec::new();
    for one in locked {
        let mut image = |extension, kind, bytes: &[u8]| {
            let (name, hash) = (file_name(&one.kernel, one.arch, extension), sha256(bytes));
            images.push(Image { name, kind, arch: one.arch, sha256: hash.clone(), bytes: bytes.to_vec() });
            hash
        };
        let cubin = image("cubin", ImageKind::Cubin, &one.stored.bytes);
        let ptx = one.stored.ptx.as_deref().map(|ptx| image("ptx", ImageKind::Ptx, ptx));
        entries.push(LockEntry {
            kernel: one.kernel.clone(),
            arch: one.arch,
            key: one.key.as_str().to_owned(),
            triton: one.triton.clone(),
            cubin,
            ptx,
            metadata: one.stored.metadata.clone(),
        });
    }
    let (format, compressed, files) = match pack(&images, compress, PackedFor::Lock)? {
        Some(PackedImages { packed, files }) => (LockFile::COMPRESSED, Some(Compressed { compress, packed }), files),
        None => {
            let as_they_are = images.into_iter().map(|Image { name, bytes, .. }| ImageFile { name, bytes });
            (LockFile::PLAIN, None, as_they_are.collect())
        }
    };
    for file in &files {
        write::write(&folder.join(&file.name), &file.bytes)?;
    }
    entries.sort_by(|a, b| (&a.kernel, a.arch).cmp(&(&b.kernel, b.arch)));
    let lock = LockFile { format, compressed, entries };
    let text = serde_json::to_string_pretty(&lock).map_err(|error| failed(error.into()))? + "\n";
    write::write(&folder.join(LOCK), text.as_bytes())?;
    // Only what a lock wrote is removed.
    let is_of_a_lock = |name: &str| {
        let is_image = |name: &str| name.ends_with(".cubin") || name.ends_with(".ptx");
        is_image(name.strip_suffix(".zst").unwrap_or(name)) || name == DICTIONARY || name.starts_with(write::UNFINISHED)
    };
    let keep: BTreeSet<_> = files.iter().map(|file| file.name.as_str()).collect();
    write::clear(folder, |name| keep.contains(name) || !is_of_a_lock(name))?;
    Ok(files.iter().map(|file| file.bytes.len()).sum())
}

#[cfg(test)]
mod tests;
