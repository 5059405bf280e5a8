//! Images of a package where they are kept compressed: which file has which.
//!
//! Images go by the SHA-256 of their bytes, so that equal ones are kept once. All else in manifest and lock speaks of the
//! bytes as the driver gets them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How the images of a package are kept. Each file has one frame of zstd, with its size and a checksum; none of another
/// format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase")]
pub enum Packed {
    /// Each image is a frame.
    Each {
        /// What every frame begins from, where that is worth its size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dictionary: Option<PackedFile>,
        /// The frames, by the image's SHA-256.
        frames: BTreeMap<String, Frame>,
    },
    /// All images of a kind for an architecture are one frame.
    Solid {
        /// The frames.
        archives: Vec<Archive>,
    },
}

/// A file beside the manifest or lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedFile {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// An image that is a frame of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The file with it.
    pub file: String,
    /// Size of that file in bytes.
    pub bytes: u64,
    /// Size of the image in bytes.
    pub size: u64,
}

/// Images that are one frame together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The file with it.
    pub file: String,
    /// Size of that file in bytes.
    pub bytes: u64,
    /// Size of what it decodes to, in bytes.
    pub size: u64,
    /// Where in it each image lies, by the image's SHA-256.
    pub images: BTreeMap<String, Member>,
}

/// Where an image lies in a decoded archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where it begins: a multiple of [`Archive::ALIGNMENT`].
    pub offset: u64,
    /// Its size in bytes, without the zeros that follow it: at least one.
    pub size: u64,
}

impl Archive {
    /// Images in an archive begin at multiples of this.
    pub const ALIGNMENT: u64 = 64;
}

/// Where an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// It is a frame.
    Frame {
        /// The frame.
        frame: &'a Frame,
        /// What it begins from.
        dictionary: Option<&'a PackedFile>,
    },
    /// It is a part of an archive.
    Member {
        /// The archive.
        archive: &'a Archive,
        /// The part.
        member: Member,
    },
}

impl Packed {
    /// The image with this SHA-256.
    pub fn place(&self, sha256: &str) -> Option<Place<'_>> {
        match self {
            Self::Each { dictionary, frames } => {
                let frame = frames.get(sha256)?;
                Some(Place::Frame { frame, dictionary: dictionary.as_ref() })
            }
            Self::Solid { archives } => archives.iter().find_map(|archive| {
                let member = *archive.images.get(sha256)?;
                Some(Place::Member { archive, member })
            }),
        }
    }

    /// Every file, with its size.
    pub fn files(&self) -> Vec<(&str, u64)> {
        match self {
            Self::Each { dictionary, frames } => {
                let frames = frames.values().map(|frame| (frame.file.as_str(), frame.bytes));
                dictionary.iter().map(|dictionary| (dictionary.file.as_str(), dictionary.bytes)).chain(frames).collect()
            }
            Self::Solid { archives } => archives.iter().map(|archive| (archive.file.as_str(), archive.bytes)).collect(),
        }
    }
}
