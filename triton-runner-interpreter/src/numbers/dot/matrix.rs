//! Matrices in slices.

/// How a matrix lies in a slice. Rows and columns can be swapped by swapping the strides.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    pub(super) elements: &'a [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `rows × columns`, row after row; `None` where the slice is too short.
    pub fn new(elements: &'a [T], rows: usize, columns: usize) -> Option<Self> {
        Self::with_strides(elements, [rows, columns], [columns, 1])
    }

    /// With any strides, in elements; `None` where the slice is too short.
    pub fn with_strides(elements: &'a [T], shape: [usize; 2], strides: [usize; 2]) -> Option<Self> {
        let ([rows, columns], [row_stride, column_stride]) = (shape, strides);
        if rows != 0 && columns != 0 {
            let last = (rows - 1).checked_mul(row_stride)?.checked_add((columns - 1).checked_mul(column_stride)?)?;
            elements.get(last)?;
        }
        Some(Self { elements, rows, columns, row_stride, column_stride })
    }

    /// Rows and columns swapped; nothing is moved.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// How many rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }
}
