//! Products of matrices of small integers, exactly.

use super::matrix::Matrix;
use super::{Precision, dot_f32, fit};

/// As many products of two bytes as `f32` sums without loss: 255² · 256 is below 2²⁴.
const EXACT: usize = 256;

/// `sums += a · b` in `i32`, wrapping, for integers of 8 bits, with or without a sign. Shapes are as in [`dot_f32`].
pub fn dot_i32(a: Matrix<'_, i32>, b: Matrix<'_, i32>, sums: &mut [i32]) {
    if !fit(&a, &b, sums) {
        return;
    }
    let (Some(a_floats), Some(b_floats)) = (floats(&a), floats(&b.transposed())) else {
        return one_by_one(&a, &b, sums);
    };
    let depth = a.columns;
    let mut part = vec![0.0; sums.len()];
    for start in (0..depth).step_by(EXACT) {
        let next = EXACT.min(depth - start);
        let a = Matrix::with_strides(&a_floats[start..], [a.rows, next], [depth, 1]);
        let b = Matrix::with_strides(&b_floats[start..], [b.columns, next], [depth, 1]);
        let (Some(a), Some(b)) = (a, b) else { return };
        part.fill(0.0);
        dot_f32(Precision::Ieee, a, b.transposed(), &mut part);
        for (sum, part) in sums.iter_mut().zip(&part) {
            *sum = sum.wrapping_add(*part as i32);
        }
    }
}

/// Row after row; `None` where one has more than 8 bits.
fn floats(matrix: &Matrix<'_, i32>) -> Option<Vec<f32>> {
    let mut floats = vec![0.0; matrix.rows * matrix.columns];
    let mut fits = true;
    for (row, floats) in floats.chunks_mut(matrix.columns.max(1)).enumerate() {
        let elements = matrix.elements.get(row * matrix.row_stride..)?;
        if matrix.column_stride == 1 {
            fits &= row_of_floats(elements, floats);
        } else {
            for (column, float) in floats.iter_mut().enumerate() {
                let element = *elements.get(column * matrix.column_stride)?;
                fits &= (-128..=255).contains(&element);
                *float = element as f32;
            }
        }
    }
    fits.then_some(floats)
}

vectorised! {
    fn row_of_floats(elements: &[i32], floats: &mut [f32]) -> bool {
        let mut fits = true;
        for (element, float) in elements.iter().zip(floats) {
            fits &= *element >= -128 && *element <= 255;
            *float = *element as f32;
        }
        fits
    }
}

fn one_by_one(a: &Matrix<'_, i32>, b: &Matrix<'_, i32>, sums: &mut [i32]) {
    for (row, sums) in sums.chunks_mut(b.columns.max(1)).enumerate() {
        for (column, sum) in sums.iter_mut().enumerate() {
            for k in 0..a.columns {
                let left = a.elements[row * a.row_stride + k * a.column_stride];
                let right = b.elements[k * b.row_stride + column * b.column_stride];
                *sum = sum.wrapping_add(left.wrapping_mul(right));
            }
        }
    }
}
