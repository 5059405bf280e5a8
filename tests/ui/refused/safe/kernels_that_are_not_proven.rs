#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::triton_kernel;

triton_kernel! {
    /// Writes through addresses that no argument has.
    scatter;

    /// Nothing proves what its machine code does.
    #[grid(1)]
    fn copy_ptx(src: &mut [i8], dst: &mut [i8]);

    /// Two reasons, one of them for an argument.
    fn gather(x: &[f32], out: &mut [f32], n: i32);

    /// Nothing shows whether `other` is written.
    fn stored(source: &TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, other: &TensorMap<f16, 2>);

    /// Three variants, of which one isn't proven.
    #[requires(n <= BLOCK)]
    norm;
}

// Its uses add no errors.
fn launch(scatter: &Scatter, stream: &Arc<CudaStream>) {
    scatter.launch(stream, 1, 2, 3).unwrap();
}

fn main() {}
