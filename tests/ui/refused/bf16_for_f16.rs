use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn matmul(a: &[half::bf16], b: &[half::f16], c: &mut [f32], M: i32, N: i32, K: i32);
}

fn main() {}
