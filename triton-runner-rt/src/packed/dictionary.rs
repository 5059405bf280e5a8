//! What the frames of a crate begin from.

use std::sync::{Mutex, PoisonError};

use triton_runner_manifest::decode::{DecodeError, Decoder};

/// A dictionary inside the executable. Once an image was decoded with it, its tables are kept: about three times its size.
#[derive(Debug)]
pub struct Dictionary {
    bytes: &'static [u8],
    decoder: Mutex<Option<Decoder>>,
}

impl Dictionary {
    /// One of these bytes.
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, decoder: Mutex::new(None) }
    }

    /// Decodes a frame that begins from it.
    pub(super) fn decode(&self, frame: &[u8], into: &mut [u8]) -> Result<(), DecodeError> {
        let mut kept = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out, so that what a panic leaves half done is not met again.
        let mut decoder = match kept.take() {
            Some(decoder) => decoder,
            None => Decoder::new(Some(self.bytes))?,
        };
        let result = decoder.decode(frame, into);
        *kept = Some(decoder);
        result
    }

    /// The same bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> &'static [u8] {
        self.bytes
    }
}
