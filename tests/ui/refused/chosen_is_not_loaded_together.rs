use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Result, triton_kernel};

triton_kernel! {
    #[grid(rows)]
    #[chosen(BLOCK_SIZE)]
    softmax;
}

fn load(context: &Arc<CudaContext>) -> Result<Softmax> {
    Softmax::load(context)
}

fn main() {}
