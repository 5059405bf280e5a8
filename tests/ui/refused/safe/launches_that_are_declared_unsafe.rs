#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{Capture, Held, triton_kernel};

triton_kernel! {
    /// Proven, and declared as it is not.
    #[grid(n.div_ceil(BLOCK))]
    unsafe fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn launch(kernel: &AddKernel, stream: &Arc<CudaStream>, x: &CudaSlice<f32>, out: &mut CudaSlice<f32>) {
    kernel.launch(stream, x, x, out, 4).unwrap();
}

fn capture(kernel: &AddKernel, capture: &Capture, x: &Held<f32>, out: &mut Held<f32>) {
    kernel.capture(capture, x, x, out, 4).unwrap();
}

fn main() {}
