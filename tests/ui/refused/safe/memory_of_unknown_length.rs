#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{DevicePointer, DeviceMemory, Guard, Input, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// A type of this crate that could say anything about its memory.
struct Matrix(CudaSlice<f32>);

unsafe impl DeviceMemory for &Matrix {}

impl Input<f32> for &Matrix {
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Input::<f32>::pass(&self.0, stream)
    }
}

fn launch(
    kernel: &AddKernel,
    stream: &Arc<CudaStream>,
    raw: DevicePointer<f32>,
    matrix: &Matrix,
    x: &CudaSlice<f32>,
    out: &mut CudaSlice<f32>,
) {
    unsafe { kernel.launch_unchecked(stream, matrix, x, raw, 4) }.unwrap();
    kernel.launch(stream, matrix, x, &mut *out, 4).unwrap();
    kernel.launch(stream, x, x, raw, 4).unwrap();
}

fn main() {}
