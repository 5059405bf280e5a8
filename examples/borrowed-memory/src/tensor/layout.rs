//! Where the elements of a matrix lie in its storage, counted in elements.

use std::ops::Range;

/// Shape, strides and start of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) shape: [usize; 2],
    strides: [usize; 2],
    start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LayoutError {
    #[error("the elements of a row don't lie side by side: make the tensor contiguous first")]
    Scattered,
    #[error("the matrix ends outside of its storage")]
    Beyond,
}

impl Layout {
    pub(crate) fn contiguous([rows, columns]: [usize; 2]) -> Self {
        Layout { shape: [rows, columns], strides: [columns, 1], start: 0 }
    }

    pub(crate) fn transposed(self) -> Self {
        let ([rows, columns], [down, right]) = (self.shape, self.strides);
        Layout { shape: [columns, rows], strides: [right, down], start: self.start }
    }

    /// The part that begins at this row and column.
    pub(crate) fn window(self, [row, column]: [usize; 2], shape: [usize; 2]) -> Result<Self, LayoutError> {
        if row + shape[0] > self.shape[0] || column + shape[1] > self.shape[1] {
            return Err(LayoutError::Beyond);
        }
        Ok(Layout { shape, start: self.start + row * self.strides[0] + column * self.strides[1], ..self })
    }

    /// The elements from the first to the last, and how far apart rows begin.
    pub(crate) fn rows(self) -> Result<(Range<usize>, usize), LayoutError> {
        let ([rows, columns], [down, right]) = (self.shape, self.strides);
        if right != 1 && columns > 1 {
            return Err(LayoutError::Scattered);
        }
        let end = if rows == 0 || columns == 0 { self.start } else { self.start + (rows - 1) * down + columns };
        Ok((self.start..end, down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spans_its_first_element_to_its_last() {
        let window = Layout::contiguous([4, 10]).window([1, 3], [2, 5]);
        assert_eq!(window.and_then(Layout::rows), Ok((13..28, 10)));
        assert_eq!(Layout::contiguous([4, 10]).rows(), Ok((0..40, 10)));
        assert_eq!(Layout::contiguous([0, 10]).rows(), Ok((0..0, 10)));
    }

    #[test]
    fn a_window_ends_within_its_matrix() {
        assert_eq!(Layout::contiguous([4, 10]).window([1, 3], [4, 5]), Err(LayoutError::Beyond));
        assert_eq!(Layout::contiguous([4, 10]).window([0, 6], [4, 5]), Err(LayoutError::Beyond));
    }

    #[test]
    fn columns_as_rows_are_scattered_unless_there_is_one() {
        assert_eq!(Layout::contiguous([4, 10]).transposed().rows(), Err(LayoutError::Scattered));
        let column = Layout::contiguous([4, 10]).window([0, 2], [4, 1]);
        assert_eq!(column.map(Layout::transposed).and_then(Layout::rows), Err(LayoutError::Scattered));
        assert_eq!(column.and_then(Layout::rows), Ok((2..33, 10)));
    }
}
