use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::{FamilyElement, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn rms_norm<T>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);
}

fn other_type(context: &Arc<CudaContext>) {
    let _ = RmsNorm::<f64>::load(context);
}

fn any_type<T: FamilyElement>(context: &Arc<CudaContext>) {
    let _ = RmsNorm::<T>::load(context);
}

impl RmsNormElement for f64 {}

fn other_memory(norm: &RmsNorm<f16>, stream: &Arc<CudaStream>, x: &CudaSlice<f32>, y: &mut CudaSlice<f16>) {
    let _ = norm.launch(stream, x, x, y, 8, f16::ZERO);
}

fn main() {}
