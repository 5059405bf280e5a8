//! Pack: compressed files in the place of images, for what is embedded and for what is locked.
//!
//! ```text
//! add_kernel.sm_90a.cubin.zst    an image that is a frame of its own
//! images.dictionary              what frames of a package begin from, where that pays
//! images.sm_90.cubin.zst         all machine code for an architecture
//! images.sm_80.ptx.zst           all PTX for one
//! ```

mod encode;
mod read;

use std::collections::BTreeMap;

use triton_runner_manifest::packed::{Archive, Frame, Member, Packed, PackedFile};
use triton_runner_manifest::{Arch, ImageKind};

use crate::settings::Compress;
use crate::verify::ImageFile;
pub(crate) use encode::EncodeError;
use encode::{Encoder, at_once};
pub(crate) use read::{PackedFiles, ReadError};

/// The dictionary's file.
pub(crate) const DICTIONARY: &str = "images.dictionary";

/// What is packed for, where the setting names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackedFor {
    /// A build, which somebody waits for: within a tenth of the smallest, four times as fast.
    Build,
    /// A lock, which is written once and downloaded often.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes"))]
    Lock,
}

impl PackedFor {
    fn level(self) -> u8 {
        match self {
            Self::Build => 12,
            Self::Lock => 19,
        }
    }
}

/// An image as the driver gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) kind: ImageKind,
    pub(crate) arch: Arch,
    /// SHA-256 of the bytes.
    pub(crate) sha256: String,
    pub(crate) bytes: Vec<u8>,
}

/// Compressed images: which file has which, and the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackedImages {
    pub(crate) packed: Packed,
    pub(crate) files: Vec<ImageFile>,
}

/// Compresses images, equal ones once; `None` where they are to stay as they are, or there are none.
pub(crate) fn pack(
    images: &[Image],
    compress: Compress,
    packed_for: PackedFor,
) -> Result<Option<PackedImages>, EncodeError> {
    let mut distinct = BTreeMap::new();
    for image in images {
        distinct.entry(image.sha256.as_str()).or_insert(image);
    }
    let mut images: Vec<&Image> = distinct.into_values().collect();
    images
        .sort_by(|a, b| (a.kind == ImageKind::Ptx, a.arch, &a.name).cmp(&(b.kind == ImageKind::Ptx, b.arch, &b.name)));
    if images.is_empty() {
        return Ok(None);
    }
    match compress {
        Compress::Off => Ok(None),
        Compress::Each => each(&images, packed_for.level()).map(Some),
        Compress::Level(level) => each(&images, level).map(Some),
        Compress::Solid => solid(&images, packed_for.level()).map(Some),
    }
}

/// Each image on its own.
fn each(images: &[&Image], level: u8) -> Result<PackedImages, EncodeError> {
    let alone = frames(images, level, None)?;
    let size = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).sum::<usize>();
    let contents: Vec<&[u8]> = images.iter().map(|image| image.bytes.as_slice()).collect();
    let mut best = (alone, None);
    // It is in the program too, so it has to save more than it is.
    if let Some(dictionary) = encode::dictionary(&contents) {
        let frames = frames(images, level, Some(&dictionary))?;
        if size(&frames) + dictionary.len() < size(&best.0) {
            best = (frames, Some(dictionary));
        }
    }
    let (frames, dictionary) = best;
    let mut files = Vec::new();
    let mut listed = BTreeMap::new();
    for (image, frame) in images.iter().zip(frames) {
        let file = format!("{}.zst", image.name);
        let (bytes, size) = (frame.len() as u64, image.bytes.len() as u64);
        files.push(ImageFile { name: file.clone(), bytes: frame });
        listed.insert(image.sha256.clone(), Frame { file, bytes, size });
    }
    let dictionary = dictionary.map(|dictionary| {
        let bytes = dictionary.len() as u64;
        files.push(ImageFile { name: DICTIONARY.to_owned(), bytes: dictionary });
        PackedFile { file: DICTIONARY.to_owned(), bytes }
    });
    Ok(PackedImages { packed: Packed::Each { dictionary, frames: listed }, files })
}

fn frames(images: &[&Image], level: u8, dictionary: Option<&[u8]>) -> Result<Vec<Vec<u8>>, EncodeError> {
    at_once(images, |image| Encoder::new(level, dictionary)?.encode(&image.name, &image.bytes))
}

/// Images of an architecture together: a device of it needs no others. `sm_90` and `sm_90a` are for the same devices.
fn solid(images: &[&Image], level: u8) -> Result<PackedImages, EncodeError> {
    let mut groups = BTreeMap::<_, Vec<&Image>>::new();
    for image in images {
        groups.entry((image.kind == ImageKind::Ptx, image.arch.base())).or_default().push(image);
    }
    let laid = groups.into_iter().map(|((is_ptx, arch), images)| {
        let (mut content, mut members) = (Vec::new(), BTreeMap::new());
        for image in images {
            let member = Member { offset: content.len() as u64, size: image.bytes.len() as u64 };
            members.insert(image.sha256.clone(), member);
            content.extend_from_slice(&image.bytes);
            // At least one zero, which PTX ends with.
            content.push(0);
            content.resize(content.len().next_multiple_of(Archive::ALIGNMENT as usize), 0);
        }
        let file = format!("images.{arch}.{}.zst", if is_ptx { "ptx" } else { "cubin" });
        (file, content, members)
    });
    let laid: Vec<_> = laid.collect();
    let refs: Vec<_> = laid.iter().collect();
    let frames = at_once(&refs, |(file, content, _)| Encoder::new(level, None)?.encode(file, content))?;
    let mut files = Vec::new();
    let mut archives = Vec::new();
    for ((file, content, images), frame) in laid.into_iter().zip(frames) {
        let (bytes, size) = (frame.len() as u64, content.len() as u64);
        files.push(ImageFile { name: file.clone(), bytes: frame });
        archives.push(Archive { file, bytes, size, images });
    }
    Ok(PackedImages { packed: Packed::Solid { archives }, files })
}

#[cfg(all(test, feature = "compress"))]
mod tests;
