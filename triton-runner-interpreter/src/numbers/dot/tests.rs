//! Products against sums in `f64`, one element after the other.

use proptest::prelude::*;

use super::*;
use crate::numbers::dispatch::plainly;

/// Small whole numbers and halves: every sum is exact, so every order gives the same.
fn exact(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 7 + seed * 13) % 17) as f32 / 2.0 - 4.0).collect()
}

fn reference(a: &Matrix<'_, f32>, b: &Matrix<'_, f32>, sums: &[f32]) -> Vec<f64> {
    let [rows, columns] = [a.rows, b.columns];
    (0..rows * columns)
        .map(|index| {
            let (row, column) = (index / columns, index % columns);
            let products = (0..a.columns).map(|k| {
                f64::from(a.elements[row * a.row_stride + k * a.column_stride])
                    * f64::from(b.elements[k * b.row_stride + column * b.column_stride])
            });
            f64::from(sums[index]) + products.sum::<f64>()
        })
        .collect()
}

#[track_caller]
fn assert_exact(a: Matrix<'_, f32>, b: Matrix<'_, f32>) {
    let before = exact(a.rows * b.columns, 3);
    let expected: Vec<f32> = reference(&a, &b, &before).into_iter().map(|sum| sum as f32).collect();
    for precision in [Precision::Ieee, Precision::Tf32] {
        let run = || {
            let mut sums = before.clone();
            dot_f32(precision, a, b, &mut sums);
            sums
        };
        assert_eq!(run(), expected);
        assert_eq!(plainly(run), expected);
    }
}

#[test]
fn every_shape_and_layout_gives_the_product() {
    let shapes =
        [[16, 16, 16], [1, 1, 1], [32, 64, 16], [5, 7, 3], [17, 33, 300], [64, 16, 520], [4, 16, 0], [20, 100, 40]];
    // Under Miri what takes seconds.
    for [m, n, k] in shapes.into_iter().filter(|[m, n, k]| !cfg!(miri) || m * n * k < 200) {
        let (a, b) = (exact(m * k, 1), exact(k * n, 2));
        let a_in_rows = Matrix::new(&a, m, k).unwrap();
        let a_in_columns = Matrix::new(&a, k, m).unwrap().transposed();
        let b_in_rows = Matrix::new(&b, k, n).unwrap();
        let b_in_columns = Matrix::new(&b, n, k).unwrap().transposed();
        for a in [a_in_rows, a_in_columns] {
            for b in [b_in_rows, b_in_columns] {
                assert_exact(a, b);
            }
        }
    }
}

#[test]
fn rows_may_lie_apart_or_on_each_other() {
    let depth = if cfg!(miri) { 3 } else { 20 };
    let elements = exact(64 * 64, 5);
    let a = Matrix::with_strides(&elements, [6, depth], [64, 3]).unwrap();
    let b = Matrix::with_strides(&elements, [depth, 24], [0, 1]).unwrap();
    assert_exact(a, b);
    assert_exact(a, Matrix::with_strides(&elements, [depth, 32], [50, 1]).unwrap());
    assert_exact(a, Matrix::with_strides(&elements, [depth, 32], [2, 5]).unwrap());
    assert_exact(Matrix::with_strides(&elements, [6, depth], [0, 0]).unwrap(), b);
}

#[test]
fn a_slice_that_is_too_short_is_no_matrix() {
    assert!(Matrix::new(&[0.0; 5], 2, 3).is_none());
    assert!(Matrix::new(&[0.0; 6], 2, 3).is_some());
    assert!(Matrix::with_strides(&[0.0; 6], [2, 3], [usize::MAX, 2]).is_none());
    assert!(Matrix::<f32>::new(&[], 0, 3).is_some());
}

#[test]
fn tf32_cuts_what_is_multiplied_and_ieee_does_not() {
    let (a, b) =
        ([1.0 + libm::ldexpf(1.0, -10) - libm::ldexpf(1.0, -23); 16 * 16], [-1.0 - libm::ldexpf(1.0, -11); 16 * 16]);
    for (precision, left, right) in [(Precision::Tf32, 1.0, -1.0), (Precision::Ieee, a[0], b[0])] {
        let mut sums = [0.0; 256];
        dot_f32(precision, Matrix::new(&a, 16, 16).unwrap(), Matrix::new(&b, 16, 16).unwrap(), &mut sums);
        let exact = 16.0 * f64::from(left) * f64::from(right);
        assert!(sums.iter().all(|sum| (f64::from(*sum) - exact).abs() < 1e-5), "{precision:?}");
    }
    assert_eq!(Precision::from_mlir("tf32x3"), Some(Precision::Ieee));
    assert_eq!(Precision::from_mlir("bf17"), None);
}

#[test]
fn f64_is_summed_in_f64() {
    let (a, b): (Vec<f64>, Vec<f64>) =
        (0..20 * 30).map(|index| (1.0 + f64::from(index) * 1e-9, 1.0 - f64::from(index) * 1e-9)).unzip();
    let mut sums = vec![0.5; 400];
    dot_f64(Matrix::new(&a, 20, 30).unwrap(), Matrix::new(&b, 20, 30).unwrap().transposed(), &mut sums);
    let exact: f64 = 0.5 + (0..30).map(|k| a[7 * 30 + k] * b[9 * 30 + k]).sum::<f64>();
    assert!((sums[7 * 20 + 9] - exact).abs() < 1e-12);
}

#[test]
fn integers_are_summed_exactly_also_where_f32_would_not_hold_the_sum() {
    for (left, right, depth) in [(-128, 127, 2000), (255, 255, 1500), (-128, -128, 513)] {
        let depth = if cfg!(miri) { depth / 5 } else { depth };
        let (a, b) = (vec![left; 3 * depth], vec![right; depth * 5]);
        let mut sums = [1; 15];
        dot_i32(Matrix::new(&a, 3, depth).unwrap(), Matrix::new(&b, depth, 5).unwrap(), &mut sums);
        assert_eq!(sums, [1_i32.wrapping_add(left * right * depth as i32); 15]);
    }
    let mut sums = [0];
    dot_i32(Matrix::new(&[100_000], 1, 1).unwrap(), Matrix::new(&[100_000], 1, 1).unwrap(), &mut sums);
    assert_eq!(sums, [100_000_i32.wrapping_mul(100_000)]);
}

#[test]
fn infinities_and_nan_reach_only_their_own_row_and_column() {
    let (mut a, b) = (vec![1.0; 9 * 5], vec![1.0; 5 * 18]);
    a[3 * 5 + 2] = f32::NAN;
    a[4 * 5] = f32::INFINITY;
    let mut sums = vec![0.0; 9 * 18];
    dot_f32(Precision::Ieee, Matrix::new(&a, 9, 5).unwrap(), Matrix::new(&b, 5, 18).unwrap(), &mut sums);
    for (row, sums) in sums.chunks(18).enumerate() {
        match row {
            3 => assert!(sums.iter().all(|sum| sum.is_nan())),
            4 => assert!(sums.iter().all(|sum| *sum == f32::INFINITY)),
            _ => assert!(sums.iter().all(|sum| *sum == 5.0)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 64 }))]
    #[test]
    fn any_shape_is_within_the_bound_of_its_sums(m in 1..40_usize, n in 1..40_usize, k in 1..70_usize, seed: u32) {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as i32 as f32 / libm::ldexpf(1.0, 31)
        };
        let a: Vec<f32> = (0..m * k).map(|_| next()).collect();
        let b: Vec<f32> = (0..k * n).map(|_| next()).collect();
        let (a, b) = (Matrix::new(&a, m, k).unwrap(), Matrix::new(&b, n, k).unwrap().transposed());
        let mut sums = vec![0.0; m * n];
        let expected = reference(&a, &b, &sums);
        dot_f32(Precision::Ieee, a, b, &mut sums);
        for (sum, expected) in sums.iter().zip(&expected) {
            prop_assert!((f64::from(*sum) - expected).abs() <= k as f64 * libm::ldexp(1.0, -23));
        }
    }
}
