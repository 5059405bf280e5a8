use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: f32, N: i32, K: i32);
}

fn main() {}
