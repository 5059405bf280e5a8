use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n)]
    fn linear(x: &[f16], bias: &[f32], out: &mut [f16], sums: Option<&[f32]>, n: i32);
}

fn main() {}
