//! Random inputs, and the float64 product that results are compared with.

use std::sync::Arc;

use rand::RngExt;
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, DeviceRepr};
use triton_runner_rt::half::f16;
use triton_runner_rt::{Error, F8E5M2};

/// Products with more multiplications than this are checked by a sample.
const FULL_CHECK: usize = 1 << 28;

/// In a sample, one row and one column of each block of this size, at random, and all elements where they cross.
const BLOCK: usize = 64;

/// A number that the kernels take or give.
pub(crate) trait Element: Copy + DeviceRepr {
    /// What outputs hold before a kernel writes them.
    const NAN: Self;

    fn from_f32(value: f32) -> Self;

    fn to_f64(self) -> f64;
}

impl Element for f32 {
    const NAN: Self = f32::NAN;

    fn from_f32(value: f32) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl Element for f16 {
    const NAN: Self = f16::NAN;

    fn from_f32(value: f32) -> Self {
        f16::from_f32(value)
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl Element for F8E5M2 {
    const NAN: Self = F8E5M2::from_bits(0x7f);

    fn from_f32(value: f32) -> Self {
        F8E5M2::from_f32(value)
    }

    fn to_f64(self) -> f64 {
        self.to_f32().into()
    }
}

/// `len` numbers from -1 to 1.
fn random<T: Element>(len: usize) -> Vec<T> {
    let mut rng = rand::rng();
    (0..len).map(|_| T::from_f32(rng.random_range(-1.0..1.0))).collect()
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
    fn as_i32(self) -> [i32; 3] {
        [self.m, self.n, self.k].map(|size| size as i32)
    }
}

/// The largest error of a launch on new random numbers.
pub(crate) fn multiply<T: Element, U: Element>(
    context: &Arc<CudaContext>,
    sizes: Sizes,
    launch: impl FnOnce(&Arc<CudaStream>, &CudaSlice<T>, &CudaSlice<T>, &mut CudaSlice<U>, [i32; 3]) -> Result<(), Error>,
) -> Result<f64, Error> {
    let stream = context.default_stream();
    let Sizes { m, n, k } = sizes;
    let (a, b) = (random::<T>(m * k), random::<T>(k * n));
    let mut c = stream.clone_htod(&vec![U::NAN; m * n])?;
    launch(&stream, &stream.clone_htod(&a)?, &stream.clone_htod(&b)?, &mut c, sizes.as_i32())?;
    Ok(max_error(sizes, &a, &b, &stream.clone_dtoh(&c)?))
}

/// The same for a launch on the interpreter.
#[cfg(test)]
pub(crate) fn interpret<T: Element, U: Element>(
    sizes: Sizes,
    launch: impl FnOnce(&[T], &[T], &mut [U], [i32; 3]) -> Result<(), Error>,
) -> Result<f64, Error> {
    let Sizes { m, n, k } = sizes;
    let (a, b, mut c) = (random::<T>(m * k), random::<T>(k * n), vec![U::NAN; m * n]);
    launch(&a, &b, &mut c, sizes.as_i32())?;
    Ok(max_error(sizes, &a, &b, &c))
}

/// Largest difference between `c` and the float64 product of `a` and `b`; NaN where an element was not written.
fn max_error<T: Element, U: Element>(Sizes { m, n, k }: Sizes, a: &[T], b: &[T], c: &[U]) -> f64 {
    let (rows, cols): (Vec<usize>, Vec<usize>) = if m * n * k <= FULL_CHECK {
        ((0..m).collect(), (0..n).collect())
    } else {
        (one_of_each_block(m), one_of_each_block(n))
    };
    let mut right = vec![Vec::with_capacity(k); cols.len()];
    for row in b.chunks_exact(n) {
        for (column, &col) in right.iter_mut().zip(&cols) {
            column.push(row[col].to_f64());
        }
    }
    let mut max = 0.0;
    for row in rows {
        let left: Vec<f64> = a[row * k..][..k].iter().map(|x| x.to_f64()).collect();
        for (right, &col) in right.iter().zip(&cols) {
            let expected: f64 = left.iter().zip(right).map(|(x, y)| x * y).sum();
            let error = (c[row * n + col].to_f64() - expected).abs();
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
        let error = |c: [f32; 4]| max_error(sizes, &a, &b, &c);
        assert_eq!(error([3.0, 4.0, 6.0, 8.0]), 0.0);
        assert_eq!(error([3.0, 4.5, 6.25, 8.0]), 0.5);
        assert!(error([f32::NAN, 4.5, 6.0, 8.0]).is_nan());
    }

    #[test]
    fn an_output_that_no_kernel_wrote_is_no_number() {
        assert!(Element::to_f64(<f16 as Element>::NAN).is_nan());
        assert!(Element::to_f64(<F8E5M2 as Element>::NAN).is_nan());
    }
}
