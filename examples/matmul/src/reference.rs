//! Checks a product against one in float64.

use std::error::Error;

use rand::RngExt;
use triton_runner_rt::half::f16;

use crate::matrix::Matrix;

/// Up to this many multiplications every element is checked.
const FULL_CHECK: usize = 1 << 28;

/// In larger products one row and one column of each block of this size are, at random, and all elements where they
/// cross: no block of the result goes unseen.
const BLOCK: usize = 64;

/// What a check found.
#[derive(Debug)]
pub(crate) struct Check {
    /// Elements that were compared.
    pub(crate) elements: usize,
    /// Largest difference to the float64 product; NaN where an element was not written.
    pub(crate) max_error: f64,
    /// Row and column of the element that is furthest outside what rounding explains.
    pub(crate) wrong: Option<(usize, usize)>,
    /// Nothing was written between the rows.
    pub(crate) padding_intact: bool,
}

impl Check {
    pub(crate) fn passed(&self) -> bool {
        self.wrong.is_none() && self.padding_intact
    }
}

/// The largest error of a product; an error where one is larger than rounding explains.
pub(crate) fn verify(a: &Matrix, b: &Matrix, c: &Matrix) -> Result<f64, Box<dyn Error>> {
    let check = check(a, b, c);
    if check.passed() {
        Ok(check.max_error)
    } else {
        Err(format!("the product {:?} is wrong: {check:?}", [c.rows, c.cols, a.cols]).into())
    }
}

/// Compares `c` with the product of `a` and `b`.
pub(crate) fn check(a: &Matrix, b: &Matrix, c: &Matrix) -> Check {
    let (rows, cols) = if a.rows * a.cols * b.cols <= FULL_CHECK {
        ((0..c.rows).collect(), (0..c.cols).collect())
    } else {
        (one_of_each_block(c.rows), one_of_each_block(c.cols))
    };
    let left: Vec<Vec<f64>> = rows.iter().map(|&row| a.row(row).iter().copied().map(f64::from).collect()).collect();
    let mut right = vec![Vec::with_capacity(b.rows); cols.len()];
    for k in 0..b.rows {
        let row = b.row(k);
        for (column, &col) in right.iter_mut().zip(&cols) {
            column.push(f64::from(row[col]));
        }
    }
    let mut check = Check { elements: 0, max_error: 0.0, wrong: None, padding_intact: true };
    let mut furthest = 1.0;
    for (&row, left) in rows.iter().zip(&left) {
        for (&col, right) in cols.iter().zip(&right) {
            let expected: f64 = left.iter().zip(right).map(|(x, y)| x * y).sum();
            let error = (f64::from(c.row(row)[col]) - expected).abs();
            let share = error / allowed(expected, a.cols);
            check.elements += 1;
            // NaN compares with nothing, and must not pass for that.
            if error.is_nan() || error > check.max_error {
                check.max_error = error;
            }
            if share.is_nan() || share > furthest {
                furthest = if share.is_nan() { f64::INFINITY } else { share };
                check.wrong = Some((row, col));
            }
        }
    }
    check.padding_intact = (0..c.rows).all(|row| c.padding(row).iter().all(|x| x.is_nan()));
    check
}

/// Rounding to fp16 moves a result by at most 2^-11 of itself, and twice that is allowed; the fp32 sum of `k` products
/// of numbers of size one adds less than a millionth for each.
fn allowed(expected: f64, k: usize) -> f64 {
    expected.abs() * f64::from(f16::EPSILON) + k as f64 * 1e-6
}

fn one_of_each_block(len: usize) -> Vec<usize> {
    let mut rng = rand::rng();
    (0..len).step_by(BLOCK).map(|start| rng.random_range(start..len.min(start + BLOCK))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(a: &Matrix, b: &Matrix) -> Matrix {
        let mut c = Matrix::poisoned(a.rows, b.cols);
        for row in 0..a.rows {
            for col in 0..b.cols {
                let sum: f32 = (0..a.cols).map(|k| a.row(row)[k].to_f32() * b.row(k)[col].to_f32()).sum();
                c.data[row * c.stride + col] = f16::from_f32(sum);
            }
        }
        c
    }

    #[test]
    fn a_product_rounded_to_fp16_passes() {
        let (a, b) = (Matrix::random(65, 70), Matrix::random(70, 33));
        let check = check(&a, &b, &product(&a, &b));
        assert!(check.passed(), "{check:?}");
        assert_eq!(check.elements, 65 * 33);
        assert!(check.max_error > 0.0 && check.max_error < 0.02, "{check:?}");
    }

    #[test]
    fn one_wrong_or_unwritten_element_is_found() {
        let (a, b) = (Matrix::random(20, 40), Matrix::random(40, 30));
        let mut c = product(&a, &b);
        c.data[3 * c.stride + 7] += f16::from_f32(0.1);
        assert_eq!(check(&a, &b, &c).wrong, Some((3, 7)));
        c.data[4 * c.stride + 8] = f16::NAN;
        let check = check(&a, &b, &c);
        assert_eq!(check.wrong, Some((4, 8)));
        assert!(check.max_error.is_nan());
    }

    #[test]
    fn a_write_between_the_rows_is_found() {
        let (a, b) = (Matrix::random(3, 5), Matrix::random(5, 7));
        let mut c = product(&a, &b);
        assert!(check(&a, &b, &c).passed());
        c.data[7] = f16::ZERO;
        assert!(!check(&a, &b, &c).passed());
    }

    #[test]
    fn a_sample_has_one_index_of_each_block() {
        let sample = one_of_each_block(130);
        assert_eq!(sample.iter().map(|index| index / BLOCK).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(sample[2] < 130);
    }
}
