#![allow(unused_variables)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::triton_kernel;

triton_kernel!(empty);

fn launch(kernel: &Empty, stream: &Arc<CudaStream>) {
    unsafe { kernel.launch_unchecked(stream) }.unwrap();
    unsafe { kernel.launch_unchecked(stream, 2.5) }.unwrap();
    unsafe { kernel.launch_unchecked(stream, (1, 2, 3, 4)) }.unwrap();
}

fn main() {}
