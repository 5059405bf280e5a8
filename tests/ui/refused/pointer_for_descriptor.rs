use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn attention(q: &[f16], k: &TensorMap<f16, 2>, o: &mut [f16], scale: f32, heads: i32);
    fn tma_copy(desc: u64, out: &mut [f32]);
}

fn main() {}
