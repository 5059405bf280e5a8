//! The images of a package as they are embedded: compressed where its settings say so. All of its kernels play a part in
//! that, so it comes after them, and a change of `compress` makes no kernel anew.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use triton_runner_manifest::packed::Packed;
use triton_runner_manifest::{Arch, ImageKind};

use crate::emit::stamp::Stamp;
use crate::fs::hash::sha256;
use crate::obtain::prebuilt::{Prebuilt, PrebuiltError};
use crate::pack::{EncodeError, Image, PackedFor, PackedImages, pack};
use crate::settings::Compress;
use crate::verify::ImageFile;

/// Compressed images of a package.
#[derive(Debug, Default)]
pub(super) struct Packing {
    /// Which file has which; `None` where they stay as they are.
    pub(super) packed: Option<Packed>,
    /// The files.
    pub(super) files: Vec<ImageFile>,
    /// What stands for all that it is made of.
    pub(super) of: String,
}

/// Images can't be compressed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackingError {
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Prebuilt(#[from] PrebuiltError),
    #[error("what this build wrote of its kernels can't be read: {0}")]
    Line(serde_json::Error),
    #[error("can't read `{}`, which an earlier build wrote: {error}; run `cargo clean`", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("`{}` is not what an earlier build wrote; run `cargo clean`", path.display())]
    Changed { path: PathBuf },
}

/// What a kernel's line of the manifest says of its images.
#[derive(Deserialize)]
struct Line {
    images: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    kind: ImageKind,
    arch: Arch,
    file: String,
    sha256: String,
}

/// Where images are found.
pub(super) struct Sources<'a> {
    /// Those of this build.
    pub(super) new: &'a [ImageFile],
    /// The folder with those of earlier builds.
    pub(super) folder: &'a Path,
    /// The folder of the lock, where it is used.
    pub(super) lock: Option<PathBuf>,
}

/// Compresses the images of all kernels of a stamp, but where the last build did, or the lock has them compressed.
pub(super) fn packing(
    stamp: &Stamp,
    before: Option<&Stamp>,
    compress: Compress,
    sources: &Sources<'_>,
) -> Result<Packing, PackingError> {
    if compress == Compress::Off {
        return Ok(Packing::default());
    }
    let mut listed = Vec::new();
    for kernel in &stamp.kernels {
        let line: Line = serde_json::from_str(&kernel.manifest.text).map_err(PackingError::Line)?;
        listed.extend(line.images);
    }
    let describe = |image: &Listed| format!("{:?} {} {} {}\n", image.kind, image.arch, image.file, image.sha256);
    let of = format!("{compress} {}", sha256(listed.iter().map(describe).collect::<String>().as_bytes()));
    if let Some(before) = before.filter(|before| before.packed_of == of)
        && before.outputs.iter().all(|output| output.is_there(sources.folder))
        && let Ok(packed) = serde_json::from_str(&before.packed)
    {
        return Ok(Packing { packed: Some(packed), files: Vec::new(), of });
    }
    let hashes: Vec<_> = listed.iter().map(|image| image.sha256.as_str()).collect();
    if let Some(lock) = &sources.lock
        && let Some(prebuilt) = Prebuilt::open(lock)?
        && let Some((packed, files)) = prebuilt.packed_as(compress, &hashes)?
    {
        return Ok(Packing { packed: Some(packed), files, of });
    }
    let images = listed.into_iter().map(|image| read(image, sources)).collect::<Result<Vec<_>, _>>()?;
    let (packed, files) = match pack(&images, compress, PackedFor::Build)? {
        Some(PackedImages { packed, files }) => (Some(packed), files),
        None => (None, Vec::new()),
    };
    Ok(Packing { packed, files, of })
}

fn read(Listed { kind, arch, file, sha256: hash }: Listed, sources: &Sources<'_>) -> Result<Image, PackingError> {
    let bytes = match sources.new.iter().find(|new| new.name == file) {
        Some(new) => new.bytes.clone(),
        None => {
            let path = sources.folder.join(&file);
            let read = std::fs::read(&path);
            let bytes = read.map_err(|error| PackingError::Unreadable { path: path.clone(), error })?;
            if sha256(&bytes) != hash {
                return Err(PackingError::Changed { path });
            }
            bytes
        }
    };
    Ok(Image { name: file, kind, arch, sha256: hash, bytes })
}
