use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(x: &[f32], x_: &[f32], y: &mut [f32], n: i32);
}

fn main() {}
