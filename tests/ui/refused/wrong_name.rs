use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(x: &[f32], y_ptr: &[f32], out: &mut [f32], n: i32);
}

fn main() {}
