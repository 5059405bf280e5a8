//! The bytes of an image, whether they are embedded as they are or compressed.

#[cfg(feature = "compress")]
mod archive;
#[cfg(feature = "compress")]
mod block;
#[cfg(feature = "compress")]
mod dictionary;

use std::fmt;
use std::ops::Deref;
#[cfg(feature = "compress")]
use std::sync::Arc;

#[cfg(feature = "compress")]
use triton_runner_manifest::decode::{DecodeError, Decoder};

#[cfg(feature = "compress")]
pub use archive::Archive;
#[cfg(feature = "compress")]
use block::Block;
#[cfg(feature = "compress")]
pub use dictionary::Dictionary;

/// The bytes of an image, at an address that is a multiple of 64. PTX ends with a NUL.
#[derive(Clone)]
pub struct ImageBytes(Held);

#[derive(Clone)]
enum Held {
    /// In the executable.
    Embedded(&'static [u8]),
    /// Decoded, with others or alone: the place in it.
    #[cfg(feature = "compress")]
    Decoded(Arc<Block>, std::ops::Range<usize>),
}

impl ImageBytes {
    /// Bytes inside the executable.
    pub(crate) fn embedded(bytes: &'static [u8]) -> Self {
        Self(Held::Embedded(bytes))
    }
}

impl Deref for ImageBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Embedded(bytes) => bytes,
            #[cfg(feature = "compress")]
            Held::Decoded(block, range) => block.get(range.clone()).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for ImageBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// How an image is compressed: nothing is, without the feature.
#[cfg(not(feature = "compress"))]
#[derive(Clone, Copy, Debug)]
pub enum Packed {}

/// How an image is compressed. Dictionary and archive are told by functions, for constants can't refer to what changes.
#[cfg(feature = "compress")]
#[derive(Clone, Copy, Debug)]
pub enum Packed {
    /// It is a frame of its own.
    Frame {
        /// The frame.
        bytes: &'static [u8],
        /// Bytes that it decodes to.
        size: usize,
        /// What it begins from.
        dictionary: Option<fn() -> &'static Dictionary>,
    },
    /// It is a part of a frame.
    Member {
        /// The frame.
        archive: fn() -> &'static Archive,
        /// Where it begins in what that decodes to.
        offset: usize,
        /// How long it is there, without the zeros behind it.
        size: usize,
    },
}

#[cfg(feature = "compress")]
impl Packed {
    /// Bytes of the image.
    pub(crate) fn size(&self) -> usize {
        match *self {
            Self::Frame { size, .. } | Self::Member { size, .. } => size,
        }
    }

    /// The image, with as many NULs behind it as are asked for: one at most.
    pub(crate) fn unpacked(&self, nuls: usize) -> Result<ImageBytes, DecodeError> {
        match *self {
            Self::Frame { bytes, size, dictionary } => {
                let length = size.saturating_add(nuls);
                let mut block = Block::zeroed(length);
                let into = block.bytes_mut().get_mut(..size).unwrap_or_default();
                match dictionary {
                    Some(dictionary) => dictionary().decode(bytes, into)?,
                    None => Decoder::new(None)?.decode(bytes, into)?,
                }
                Ok(ImageBytes(Held::Decoded(Arc::new(block), 0..length)))
            }
            Self::Member { archive, offset, size } => {
                let range = offset..offset.saturating_add(size).saturating_add(nuls);
                Ok(ImageBytes(Held::Decoded(archive().decoded(range.clone())?, range)))
            }
        }
    }
}

#[cfg(all(test, feature = "compress"))]
mod tests;
