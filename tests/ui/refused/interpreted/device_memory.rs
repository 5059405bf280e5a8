use triton_runner_rt::cudarc::driver::CudaSlice;
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn run(x: &CudaSlice<f32>, out: &mut CudaSlice<f32>) {
    let _ = AddKernel::interpret(x, &[0.0; 4], out, 4).run();
}

fn main() {}
