#![allow(unused_variables)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::triton_kernel;

triton_kernel!(empty);

fn launch(kernel: &Empty, stream: &Arc<CudaStream>) {
    unsafe { kernel.launch(stream) }.unwrap();
    unsafe { kernel.launch(stream, 2.5) }.unwrap();
    unsafe { kernel.launch(stream, (1, 2, 3, 4)) }.unwrap();
}

fn main() {}
