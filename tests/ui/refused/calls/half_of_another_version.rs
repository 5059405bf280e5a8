#![allow(unused_variables, non_camel_case_types)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::triton_kernel;

/// As another version of the crate is.
mod half {
    pub struct f16(pub u16);
}

triton_kernel! {
    unsafe fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);
}

fn launch(kernel: &Matmul, stream: &Arc<CudaStream>, a: &CudaSlice<half::f16>, c: &mut CudaSlice<f32>) {
    unsafe { kernel.launch_unchecked(stream, 1, a, a, c, 1, 1, 1) }.unwrap();
}

fn main() {}
