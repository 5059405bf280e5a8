#![allow(unused_variables)]

use std::sync::Arc;

use triton_runner_rt::Result;
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &[f32], n: i32);
    #[grid(m)]
    fn gemm(a: &[f16], partial: &[f32], c: &mut [f32], m: i32, k: i32);
}

fn launch(context: &Arc<CudaContext>, stream: &Arc<CudaStream>, x: &CudaSlice<f32>, y: &mut CudaSlice<f32>) -> Result<()> {
    let add = AddKernel::load(context)?;
    println!("{} {:?} {:?}", AddKernel::BLOCK, AddKernel::ARCHS, add.clone().info());
    add.launch(stream, x, x, &mut *y, 4)?;
    unsafe { add.launch_unchecked(stream, x, x, y, 4) }?;
    let gemm = Gemm::load_variant(context, GemmVariant::Wide)?;
    println!("{:?} {:?}", GemmVariant::ALL, gemm.info(GemmVariant::Base));
    Ok(())
}

fn main() {}
