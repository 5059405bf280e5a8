#![deny(unused_must_use)]

use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn main() {
    AddKernel::interpret(&[0.0; 4], &[0.0; 4], &mut [0.0; 4], 4);
}
