use std::mem::MaybeUninit;

use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn main() {
    let mut out = [MaybeUninit::<f32>::uninit(); 4];
    let mut report = AddKernel::interpret(&[0.0; 4], &[0.0; 4], &mut out, 4).run().unwrap();
    let sums = report.initialized::<f32>("out").unwrap();
    out[0].write(1.0);
    sums[0] = 2.0;
}
