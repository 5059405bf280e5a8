use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[cfg(any())]
    fn add_kernl(x: &[f32]);
    fn empty(n: i32);
}

fn main() {}
