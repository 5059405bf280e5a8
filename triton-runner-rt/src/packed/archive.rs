//! Images that are one frame together: decoded by the first that is loaded, kept until the last was.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use triton_runner_manifest::decode::{DecodeError, Decoder};

use super::Block;

/// A frame of several images inside the executable.
#[derive(Debug)]
pub struct Archive {
    frame: &'static [u8],
    size: usize,
    images: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    decoded: Option<Arc<Block>>,
    /// Where the images begin that were taken from it.
    taken: Vec<usize>,
}

impl Archive {
    /// A frame that decodes to `size` bytes, in which `images` of them lie.
    pub const fn new(frame: &'static [u8], size: usize, images: usize) -> Self {
        Self { frame, size, images, state: Mutex::new(State { decoded: None, taken: Vec::new() }) }
    }

    /// What it decodes to, for the image in this place. When each image was taken once, it is let go: another context that
    /// needs one decodes it again.
    pub(super) fn decoded(&self, image: Range<usize>) -> Result<Arc<Block>, DecodeError> {
        if image.end > self.size {
            let (found, expected) = (Some(self.size as u64), image.end as u64);
            return Err(DecodeError::Size { found, expected });
        }
        // A panic elsewhere leaves the state whole.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let block = match &state.decoded {
            Some(block) => Arc::clone(block),
            None => {
                let mut block = Block::zeroed(self.size);
                Decoder::new(None)?.decode(self.frame, block.bytes_mut())?;
                Arc::clone(state.decoded.insert(Arc::new(block)))
            }
        };
        if !state.taken.contains(&image.start) {
            state.taken.push(image.start);
        }
        if state.taken.len() >= self.images {
            *state = State { decoded: None, taken: Vec::new() };
        }
        Ok(block)
    }

    /// Whether what it decodes to is kept.
    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).decoded.is_some()
    }
}
