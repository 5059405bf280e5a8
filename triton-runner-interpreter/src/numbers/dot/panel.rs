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
    let is_turned = a.row_stride == 1 && a.column_stride >= ROWS && a.rows.is_multiple_of(ROWS);
    let copy = (tf32 || (a.column_stride != 1 && !is_turned)).then(|| in_rows(tf32, a));
    let a = &match &copy {
        Some(copy) => Matrix { elements: copy, row_stride: a.columns, column_stride: 1, ..*a },
        None => *a,
    };
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
                let products = match (in_place, a.column_stride) {
                    (Some(rows), 1) => multiply(four_rows(a, row, start, depth), rows_of(rows, b.row_stride)),
                    (Some(rows), _) => multiply(four_turned(a, row, start, depth), rows_of(rows, b.row_stride)),
                    (None, 1) => multiply(four_rows(a, row, start, depth), panel.iter()),
                    (None, _) => multiply(four_turned(a, row, start, depth), panel.iter()),
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

/// The elements of four rows side by side. Where fewer rows are left the last one stands for those that aren't there.
#[inline(always)]
fn four_rows<'a, T: Element>(
    a: &Matrix<'a, T>,
    row: usize,
    start: usize,
    depth: usize,
) -> impl Iterator<Item = [T; ROWS]> + use<'a, T> {
    let [a0, a1, a2, a3] = [0, 1, 2, 3].map(|next| {
        let first = (row + next).min(a.rows - 1) * a.row_stride + start;
        &a.elements[first..first + depth]
    });
    a0.iter().zip(a1).zip(a2).zip(a3).map(|(((a0, a1), a2), a3)| [*a0, *a1, *a2, *a3])
}

/// The same of a matrix that lies column after column.
#[inline(always)]
fn four_turned<'a, T: Element>(
    a: &Matrix<'a, T>,
    row: usize,
    start: usize,
    depth: usize,
) -> impl Iterator<Item = [T; ROWS]> + use<'a, T> {
    rows_of(&a.elements[start * a.column_stride + row..], a.column_stride).take(depth).copied()
}

/// The first elements of each row.
#[inline(always)]
fn rows_of<T, const N: usize>(elements: &[T], stride: usize) -> impl Iterator<Item = &[T; N]> {
    elements.chunks(stride).map_while(|row| row.first_chunk())
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
        if tf32 {
            copy.iter_mut().for_each(|element| *element = element.to_tf32());
        }
    } else {
        for (row, place) in copy.chunks_mut(columns.max(1)).enumerate() {
            let elements = &matrix.elements[row * matrix.row_stride..];
            match (matrix.column_stride, tf32) {
                (1, false) => place.copy_from_slice(&elements[..columns]),
                (1, true) => place.iter_mut().zip(elements).for_each(|(place, element)| *place = element.to_tf32()),
                (stride, _) => place.iter_mut().enumerate().for_each(|(column, place)| {
                    let element = elements[column * stride];
                    *place = if tf32 { element.to_tf32() } else { element };
                }),
            }
        }
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
    let in_rows = width == N && has_rows::<T, N>(b);
    if in_rows {
        let rows = panel.iter_mut().zip(rows_of(elements, b.row_stride));
        if tf32 {
            rows.for_each(|(row, elements)| *row = elements.map(T::to_tf32));
        } else {
            rows.for_each(|(row, elements)| *row = *elements);
        }
    } else if width == N && b.row_stride == 1 {
        turn(&std::array::from_fn(|next| &elements[next * b.column_stride..][..panel.len()]), panel);
    } else {
        for (k, row) in panel.iter_mut().enumerate() {
            let element = |next: usize| elements[k * b.row_stride + next * b.column_stride];
            *row = std::array::from_fn(|next| if next < width { element(next) } else { T::default() });
        }
    }
    if tf32 && !in_rows {
        panel.as_flattened_mut().iter_mut().for_each(|element| *element = element.to_tf32());
    }
}
