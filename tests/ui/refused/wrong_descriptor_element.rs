use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn attention(q: &TensorMap<f16, 2>, k: &TensorMap<bf16, 2>, o: &mut [f16], scale: f32, heads: i32);
}

fn main() {}
