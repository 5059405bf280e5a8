use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn tma_copy(desc: &TensorMap<f32, 2>, out: &mut [f64]);
    fn attention(q: &TensorMap<f16, 3>, k: &TensorMap<f16, 2>, o: &mut [f16], scale: f32, heads: i32);
}

fn main() {}
