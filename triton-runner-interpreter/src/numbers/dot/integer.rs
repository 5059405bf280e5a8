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
    let elements = (0..matrix.rows)
        .flat_map(|row| (0..matrix.columns).map(move |column| row * matrix.row_stride + column * matrix.column_stride));
    let mut floats = Vec::with_capacity(matrix.rows * matrix.columns);
    for index in elements {
        let element = *matrix.elements.get(index)?;
        if !(-128..=255).contains(&element) {
            return None;
        }
        floats.push(element as f32);
    }
    Some(floats)
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
