//! Memory at an address that is a multiple of 64.

use std::ops::Range;

/// What a driver aligns its own copies of images to.
const ALIGNMENT: usize = 64;

/// Bytes that begin at a multiple of 64.
#[derive(Debug)]
pub(super) struct Block {
    memory: Vec<u8>,
    range: Range<usize>,
}

impl Block {
    /// As many zeros.
    pub(super) fn zeroed(length: usize) -> Self {
        let memory = vec![0; length.saturating_add(ALIGNMENT - 1)];
        let start = memory.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT - 1);
        Self { memory, range: start..start + length }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.range.clone()).unwrap_or_default()
    }

    /// A part of them.
    pub(super) fn get(&self, part: Range<usize>) -> Option<&[u8]> {
        self.memory.get(self.range.clone())?.get(part)
    }
}
