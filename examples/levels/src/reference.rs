//! Random inputs, and the float64 product that results are compared with.

use rand::RngExt;

/// Products with more multiplications than this are checked by a sample.
const FULL_CHECK: usize = 1 << 28;

/// In a sample, one row and one column of each block of this size, at random, and all elements where they cross.
const BLOCK: usize = 64;

/// `len` numbers from -1 to 1, in the element type that `convert` makes.
pub(crate) fn random<T>(len: usize, convert: impl Fn(f32) -> T) -> Vec<T> {
    let mut rng = rand::rng();
    (0..len).map(|_| convert(rng.random_range(-1.0..1.0))).collect()
}

/// Sizes of a product: C (m x n) = A (m x k) * B (k x n), row-major without gaps.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) m: usize,
    pub(crate) n: usize,
    pub(crate) k: usize,
}

impl Sizes {
    /// Each side divided.
    pub(crate) fn over(self, divisor: usize) -> Self {
        Self { m: self.m / divisor, n: self.n / divisor, k: self.k / divisor }
    }

    /// m, n and k as the kernels take them.
    pub(crate) fn as_i32(self) -> [i32; 3] {
        [self.m, self.n, self.k].map(|size| size as i32)
    }
}

/// Largest difference between `c` and the float64 product of `a` and `b`; NaN where an element was not written.
pub(crate) fn max_error<T: Copy, U: Copy>(
    Sizes { m, n, k }: Sizes,
    (a, b, input): (&[T], &[T], impl Fn(T) -> f64),
    (c, output): (&[U], impl Fn(U) -> f64),
) -> f64 {
    let (rows, cols): (Vec<usize>, Vec<usize>) = if m * n * k <= FULL_CHECK {
        ((0..m).collect(), (0..n).collect())
    } else {
        (one_of_each_block(m), one_of_each_block(n))
    };
    let mut right = vec![Vec::with_capacity(k); cols.len()];
    for row in b.chunks_exact(n) {
        for (column, &col) in right.iter_mut().zip(&cols) {
            column.push(input(row[col]));
        }
    }
    let mut max = 0.0;
    for row in rows {
        let left: Vec<f64> = a[row * k..][..k].iter().map(|&x| input(x)).collect();
        for (right, &col) in right.iter().zip(&cols) {
            let expected: f64 = left.iter().zip(right).map(|(x, y)| x * y).sum();
            let error = (output(c[row * n + col]) - expected).abs();
            // NaN compares with nothing, and must not pass for that.
            if error.is_nan() || error > max {
                max = error;
            }
        }
    }
    max
}

fn one_of_each_block(len: usize) -> Vec<usize> {
    let mut rng = rand::rng();
    (0..len).step_by(BLOCK).map(|start| rng.random_range(start..len.min(start + BLOCK))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_wrong_or_unwritten_element_is_found() {
        let sizes = Sizes { m: 2, n: 2, k: 1 };
        let (a, b) = ([1.0_f32, 2.0], [3.0_f32, 4.0]);
        let error = |c: [f32; 4]| max_error(sizes, (&a, &b, f64::from), (&c, f64::from));
        assert_eq!(error([3.0, 4.0, 6.0, 8.0]), 0.0);
        assert_eq!(error([3.0, 4.5, 6.25, 8.0]), 0.5);
        assert!(error([f32::NAN, 4.5, 6.0, 8.0]).is_nan());
    }
}
