//! Row-major fp16 matrices, on the host and on the GPU.

use std::error::Error;
use std::num::TryFromIntError;
use std::sync::Arc;

use rand::RngExt;
use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream, DriverError};
use triton_runner_rt::half::f16;

/// Each row starts at a multiple of this many elements: the kernel was compiled on that promise.
const ROW_ALIGNMENT: usize = 16;

/// A matrix in host memory.
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Elements from one row to the next.
    pub(crate) stride: usize,
    pub(crate) data: Vec<f16>,
}

impl Matrix {
    /// All NaN, between the rows too.
    pub(crate) fn poisoned(rows: usize, cols: usize) -> Self {
        let stride = cols.next_multiple_of(ROW_ALIGNMENT);
        Self { rows, cols, stride, data: vec![f16::NAN; rows * stride] }
    }

    /// Random numbers from -1 to 1, with NaN between the rows: whatever is read there shows in the product.
    pub(crate) fn random(rows: usize, cols: usize) -> Self {
        let mut matrix = Self::poisoned(rows, cols);
        let mut rng = rand::rng();
        for row in matrix.data.chunks_exact_mut(matrix.stride) {
            row[..cols].fill_with(|| f16::from_f32(rng.random_range(-1.0..1.0)));
        }
        matrix
    }

    /// Normal random numbers, as weights are: with them a GPU takes more power than with others, and is slower.
    pub(crate) fn normal(rows: usize, cols: usize) -> Self {
        let mut matrix = Self::poisoned(rows, cols);
        let mut rng = rand::rng();
        for row in matrix.data.chunks_exact_mut(matrix.stride) {
            for pair in row[..cols].chunks_mut(2) {
                // Two at once, by Box and Muller.
                let radius = (-2.0 * rng.random_range(f32::MIN_POSITIVE..1.0).ln()).sqrt();
                let angle = rng.random_range(0.0..std::f32::consts::TAU);
                let numbers = [radius * angle.cos(), radius * angle.sin()].map(f16::from_f32);
                pair.copy_from_slice(&numbers[..pair.len()]);
            }
        }
        matrix
    }

    /// The elements of a row.
    pub(crate) fn row(&self, row: usize) -> &[f16] {
        &self.data[row * self.stride..][..self.cols]
    }

    /// What lies between the end of this row and the next.
    pub(crate) fn padding(&self, row: usize) -> &[f16] {
        &self.data[row * self.stride + self.cols..(row + 1) * self.stride]
    }

    /// Rows, columns, and elements from one row to the next, as the kernel takes them.
    pub(crate) fn layout(&self) -> Result<[i32; 3], TryFromIntError> {
        Ok([self.rows.try_into()?, self.cols.try_into()?, self.stride.try_into()?])
    }

    /// A copy on the GPU.
    pub(crate) fn to_device(&self, stream: &Arc<CudaStream>) -> Result<DeviceMatrix, Box<dyn Error>> {
        let [rows, cols, stride] = self.layout()?;
        Ok(DeviceMatrix { rows, cols, stride, data: stream.clone_htod(&self.data)? })
    }

    /// A copy of a matrix on the GPU.
    pub(crate) fn from_device(matrix: &DeviceMatrix, stream: &Arc<CudaStream>) -> Result<Self, DriverError> {
        let [rows, cols, stride] = [matrix.rows, matrix.cols, matrix.stride].map(|size| size as usize);
        Ok(Self { rows, cols, stride, data: stream.clone_dtoh(&matrix.data)? })
    }
}

/// A matrix on the GPU: `data` has `rows * stride` elements, and only this module makes one.
pub(crate) struct DeviceMatrix {
    rows: i32,
    cols: i32,
    stride: i32,
    data: CudaSlice<f16>,
}

impl DeviceMatrix {
    /// Rows, columns, and elements from one row to the next.
    pub(crate) fn layout(&self) -> [i32; 3] {
        [self.rows, self.cols, self.stride]
    }

    /// The elements, row after row.
    pub(crate) fn data(&self) -> &CudaSlice<f16> {
        &self.data
    }

    /// The elements, row after row, to write to.
    pub(crate) fn data_mut(&mut self) -> &mut CudaSlice<f16> {
        &mut self.data
    }
}
