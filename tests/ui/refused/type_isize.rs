use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: isize);
}

fn main() {}
