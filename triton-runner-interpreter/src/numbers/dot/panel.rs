//! The way through two matrices: `b` in panels that stay in the processor's first cache, `a` four rows at a time.

use super::kernel::{Element, ROWS, multiply, turn, turn_f32};
use super::matrix::Matrix;

/// Columns of a panel.
const WIDTH: usize = 16;
/// Columns of a panel of `f64`.
const WIDTH_F64: usize = 8;
/// Rows of a panel: with its columns 16 KiB.
const DEPTH: usize = 256;
/// With no more rows of `a` than these a panel isn't worth its copy.
const FEW_ROWS: usize = 4 * ROWS;

vectorised! {
    /// The shapes fit.
    pub(super) fn dot_f32(tf32: bool, a: &Matrix<'_, f32>, b: &Matrix<'_, f32>, sums: &mut [f32]) {
        product::<f32, WIDTH>(tf32, a, b, sums, turn_f32);
    }

    /// The shapes fit.
    pub(super) fn dot_f64(a: &Matrix<'_, f64>, b: &Matrix<'_, f64>, sums: &mut [f64]) {
        product::<f64, WIDTH_F64>(false, a, b, sums, |columns, panel| turn(columns, panel, 0));
    }
}

#[inline(always)]
fn product<T: Element, const N: usize>(
    tf32: bool,
    a: &Matrix<'_, T>,
    b: &Matrix<'_, T>,
    sums: &mut [T],
    turn: impl Fn(&[&[T]; N], &mut [[T; N]]),
) {
    let copy = (tf32 || a.column_stride != 1).then(|| in_rows(tf32, a));
    let (a_elements, a_stride) = copy.as_deref().map_or((a.elements, a.row_stride), |copy| (copy, a.columns));
    let in_place = has_rows::<T, N>(b) && a.rows <= FEW_ROWS && !tf32;
    let mut panel: Vec<[T; N]> = Vec::new();
    for start in (0..a.columns).step_by(DEPTH) {
        let depth = DEPTH.min(a.columns - start);
        for column in (0..b.columns).step_by(N) {
            let width = N.min(b.columns - column);
            let in_place = (in_place && width == N).then(|| &b.elements[start * b.row_stride + column..]);
            if in_place.is_none() {
                panel.resize(depth, [T::default(); N]);
                fill(tf32, &mut panel, b, [start, column], &turn);
            }
            for row in (0..a.rows).step_by(ROWS) {
                // Where fewer rows are left the last one stands for those that aren't there.
                let rows = [0, 1, 2, 3].map(|next| {
                    let first = (row + next).min(a.rows - 1) * a_stride + start;
                    &a_elements[first..first + depth]
                });
                let products = match in_place {
                    Some(elements) => multiply(rows, elements.chunks(b.row_stride).map_while(|row| row.first_chunk())),
                    None => multiply(rows, panel.iter()),
                };
                let count = ROWS.min(a.rows - row);
                for (next, products) in products.iter().enumerate().take(count) {
                    let first = (row + next) * b.columns + column;
                    add(&mut sums[first..first + width], products);
                }
            }
        }
    }
}

/// Adds as many products as there are sums.
#[inline(always)]
fn add<T: Element, const N: usize>(sums: &mut [T], products: &[T; N]) {
    if let Ok(sums) = <&mut [T; N]>::try_from(&mut *sums) {
        for next in 0..N {
            sums[next] += products[next];
        }
    } else {
        sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += *product);
    }
}

/// Whether a panel's rows lie side by side and apart.
#[inline(always)]
fn has_rows<T, const N: usize>(b: &Matrix<'_, T>) -> bool {
    b.column_stride == 1 && b.row_stride >= N
}

/// The matrix row after row.
#[inline(always)]
fn in_rows<T: Element>(tf32: bool, matrix: &Matrix<'_, T>) -> Vec<T> {
    let [rows, columns] = matrix.shape();
    let mut copy = vec![T::default(); rows * columns];
    if matrix.row_stride == 1 {
        // Blocks, so that neither side strides through more than a few lines at a time.
        for first in (0..rows).step_by(16) {
            for column in 0..columns {
                let from = &matrix.elements[column * matrix.column_stride + first..];
                for (next, element) in from.iter().take(16.min(rows - first)).enumerate() {
                    copy[(first + next) * columns + column] = *element;
                }
            }
        }
    } else {
        for (row, place) in copy.chunks_mut(columns.max(1)).enumerate() {
            let elements = &matrix.elements[row * matrix.row_stride..];
            if matrix.column_stride == 1 {
                place.copy_from_slice(&elements[..columns]);
            } else {
                let element = |(column, place): (usize, &mut T)| *place = elements[column * matrix.column_stride];
                place.iter_mut().enumerate().for_each(element);
            }
        }
    }
    if tf32 {
        copy.iter_mut().for_each(|element| *element = element.to_tf32());
    }
    copy
}

/// Copies a panel of `b` from this row and column on; columns that aren't there are zero.
#[inline(always)]
fn fill<T: Element, const N: usize>(
    tf32: bool,
    panel: &mut [[T; N]],
    b: &Matrix<'_, T>,
    [start, column]: [usize; 2],
    turn: &impl Fn(&[&[T]; N], &mut [[T; N]]),
) {
    let width = N.min(b.columns - column);
    let elements = &b.elements[start * b.row_stride + column * b.column_stride..];
    if width == N && has_rows::<T, N>(b) {
        for (row, elements) in panel.iter_mut().zip(elements.chunks(b.row_stride)) {
            if let Some(elements) = elements.first_chunk() {
                *row = *elements;
            }
        }
    } else if width == N && b.row_stride == 1 {
        turn(&std::array::from_fn(|next| &elements[next * b.column_stride..][..panel.len()]), panel);
    } else {
        for (k, row) in panel.iter_mut().enumerate() {
            let element = |next: usize| elements[k * b.row_stride + next * b.column_stride];
            *row = std::array::from_fn(|next| if next < width { element(next) } else { T::default() });
        }
    }
    if tf32 {
        panel.as_flattened_mut().iter_mut().for_each(|element| *element = element.to_tf32());
    }
}
