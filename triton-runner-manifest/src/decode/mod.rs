//! Frames of zstd back into the bytes that they are of. Whatever a frame says, no more is written than what its caller
//! declares it to be.

use std::fmt;

use zstd::bulk::Decompressor;
use zstd::zstd_safe;

/// What a dictionary begins with.
const DICTIONARY: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// Where a frame describes itself, behind its magic number, and the bit that says that it ends with a checksum.
const DESCRIPTOR: usize = 4;
const HAS_CHECKSUM: u8 = 1 << 2;

/// Decodes frames, one after another.
pub struct Decoder {
    zstd: Decompressor<'static>,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

/// A frame can't be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The dictionary is none.
    Dictionary(String),
    /// It is no frame, or not a whole one.
    Frame(String),
    /// It is a frame of something else.
    Size {
        /// Bytes that it is of; `None` where it doesn't say.
        found: Option<u64>,
        /// Bytes that it should be of.
        expected: u64,
    },
    /// It has no checksum.
    NoChecksum,
    /// Something follows it.
    Trailing {
        /// Bytes of that.
        bytes: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dictionary(why) => write!(f, "its dictionary is damaged: {why}"),
            Self::Frame(why) => write!(f, "it is damaged: {why}"),
            Self::Size { found: Some(found), expected } => {
                write!(f, "it decodes to {found} bytes, and should to {expected}")
            }
            Self::Size { found: None, expected } => write!(f, "it doesn't say that it decodes to {expected} bytes"),
            Self::NoChecksum => f.write_str("it has no checksum"),
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow it"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl Decoder {
    /// A decoder of frames that begin from this dictionary, or from none.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Dictionary`] for bytes that are no dictionary of zstd.
    pub fn new(dictionary: Option<&[u8]>) -> Result<Self, DecodeError> {
        let wrong = |why: &dyn fmt::Display| DecodeError::Dictionary(why.to_string());
        // Any other bytes would do as text to begin from.
        if dictionary.is_some_and(|bytes| !bytes.starts_with(&DICTIONARY)) {
            return Err(wrong(&"it doesn't begin as one"));
        }
        let zstd = Decompressor::with_dictionary(dictionary.unwrap_or_default());
        Ok(Self { zstd: zstd.map_err(|error| wrong(&error))? })
    }

    /// Decodes a frame that is of exactly as many bytes as `into` has room for. After an error, `into` holds anything; the
    /// next frame is decoded all the same.
    ///
    /// # Errors
    ///
    /// Where it is no such frame, or something follows it.
    pub fn decode(&mut self, frame: &[u8], into: &mut [u8]) -> Result<(), DecodeError> {
        let damaged = |why: &dyn fmt::Display| DecodeError::Frame(why.to_string());
        let expected = into.len() as u64;
        // What is read is one frame of this format, of that size, with a checksum and nothing behind it.
        let length = zstd_safe::find_frame_compressed_size(frame);
        let length = length.map_err(|code| damaged(&zstd_safe::get_error_name(code)))?;
        match zstd_safe::get_frame_content_size(frame) {
            Ok(Some(size)) if size == expected => {}
            Ok(found) => return Err(DecodeError::Size { found, expected }),
            Err(error) => return Err(damaged(&error)),
        }
        if frame.get(DESCRIPTOR).is_none_or(|descriptor| descriptor & HAS_CHECKSUM == 0) {
            return Err(DecodeError::NoChecksum);
        }
        match frame.len().saturating_sub(length) {
            0 => {}
            bytes => return Err(DecodeError::Trailing { bytes }),
        }
        match self.zstd.decompress_to_buffer(frame, into) {
            Ok(written) if written == into.len() => Ok(()),
            Ok(written) => Err(damaged(&format_args!("it ends after {written} of {expected} bytes"))),
            Err(error) => Err(damaged(&error)),
        }
    }
}

#[cfg(test)]
mod tests;
