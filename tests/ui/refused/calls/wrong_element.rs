#![allow(unused_variables)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn launch(
    kernel: &AddKernel,
    stream: &Arc<CudaStream>,
    floats: &CudaSlice<f32>,
    doubles: &CudaSlice<f64>,
    out: &mut CudaSlice<f32>,
) {
    unsafe { kernel.launch_unchecked(stream, doubles, floats, out, 4) }.unwrap();
}

fn main() {}
