use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(a: &[f32], b: &[f32], c: &mut [f32], len: i32);
}

fn main() {}
