use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernl(x: &[f32]);
}

fn main() {}
