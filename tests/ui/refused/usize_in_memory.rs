use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[usize], y: &[f32], out: &mut [f32], n: usize);
}

fn main() {}
