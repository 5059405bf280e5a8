use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::{Result, TensorMap, TensorMapMut, triton_kernel};

triton_kernel! {
    #[grid(1)]
    unsafe fn stored(source: &TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, other: &TensorMap<f16, 2>);
}

fn launch(stored: &Stored, stream: &Arc<CudaStream>, memory: &CudaSlice<f16>) -> Result<()> {
    let mut map = TensorMap::contiguous(memory, [64, 64])?;
    unsafe { stored.launch_unchecked(stream, &map, &mut map, &map) }
}

fn shared<'a>(memory: &'a CudaSlice<f16>) -> Result<TensorMapMut<'a, f16, 2>> {
    TensorMapMut::contiguous(memory, [64, 64])
}

fn main() {}
