//! Copies of rows. The C library's are slow for rows of some thousand bytes where both sides are aligned differently, on
//! processors that are said to be fast at it.

vectorised! {
    /// As many bytes as both have.
    fn bytes(from: &[u8], to: &mut [u8]) {
        let (lines, rest) = from.as_chunks::<64>();
        let (places, last) = to.as_chunks_mut::<64>();
        for (line, place) in lines.iter().zip(places) {
            // A line of another type: as it is all lines together would be one call of the C library.
            *place = bytemuck::cast(bytemuck::cast::<_, [u32; 16]>(*line).map(u32::to_ne_bytes));
        }
        last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    }
}

/// A row onto another one of the same length.
pub(crate) fn copy<T: bytemuck::Pod>(from: &[T], to: &mut [T]) {
    let len = from.len().min(to.len());
    bytes(bytemuck::cast_slice(&from[..len]), bytemuck::cast_slice_mut(&mut to[..len]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_any_length_is_copied_and_nothing_else() {
        let from: Vec<i16> = (1..200).collect();
        for len in 0..from.len() {
            let mut to = vec![0; len + 1];
            copy(&from[..len], &mut to[..len]);
            assert_eq!((&to[..len], to[len]), (&from[..len], 0));
        }
    }
}
