//! Which bytes were written: a bit for each.

/// A bit for each byte.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    words: Box<[u64]>,
}

impl Written {
    /// No byte was written.
    pub(crate) fn none(bytes: usize) -> Self {
        Self { words: vec![0; bytes.div_ceil(64)].into() }
    }

    /// The words that a range touches, each with the bits of it.
    fn masks(start: usize, end: usize) -> impl Iterator<Item = (usize, u64)> {
        let last = end.div_ceil(64);
        (start / 64..if start < end { last } else { start / 64 }).map(move |word| {
            let low = start.saturating_sub(word * 64).min(63);
            let high = (end - word * 64).min(64);
            let mask = (u64::MAX << low) & (u64::MAX >> (64 - high));
            (word, mask)
        })
    }

    /// Notes that a range was written.
    pub(crate) fn set(&mut self, start: usize, end: usize) {
        for (word, mask) in Self::masks(start, end) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= mask;
            }
        }
    }

    /// The first byte of a range that wasn't written.
    pub(crate) fn first_gap(&self, start: usize, end: usize) -> Option<usize> {
        Self::masks(start, end).find_map(|(word, mask)| {
            let gaps = !self.words.get(word)? & mask;
            (gaps != 0).then(|| word * 64 + gaps.trailing_zeros() as usize)
        })
    }

    /// How many bytes weren't written, up to a length.
    pub(crate) fn gaps(&self, end: usize) -> usize {
        let gaps =
            |(word, mask): (usize, u64)| (!self.words.get(word).copied().unwrap_or(0) & mask).count_ones() as usize;
        Self::masks(0, end).map(gaps).sum()
    }
}
