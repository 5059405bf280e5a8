use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(rows)]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn main() {}
