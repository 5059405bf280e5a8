#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{Capture, Held, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn capture(kernel: &AddKernel, capture: &Capture, x: &Held<f32>, out: &mut Held<f32>) {
    kernel.capture(capture, x, &*out, out, 4).unwrap();
}

fn main() {}
