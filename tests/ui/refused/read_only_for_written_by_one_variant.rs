use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(m.div_ceil(BLOCK_M))]
    pub fn gemm(a: &[f16], partial: &[f32], c: &mut [f32], m: i32, k: i64);
}

fn main() {}
