#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::triton_kernel;

triton_kernel! {
    /// Writes through addresses that no argument has.
    scatter;

    /// Its machine code doesn't say what is written.
    #[grid(1)]
    fn copy_ptx(src: &[i8], dst: &mut [i8]);
}

fn launch(scatter: &Scatter, copy: &CopyPtx, stream: &Arc<CudaStream>) {
    scatter.launch_checked(stream);
    scatter.capture(stream);
    copy.launch_checked(stream);
}

fn main() {}
