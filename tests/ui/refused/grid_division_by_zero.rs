use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n / 0, n.div_ceil((0)), n % 0x0)]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn main() {}
