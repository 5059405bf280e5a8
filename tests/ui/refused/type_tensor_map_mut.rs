use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn tma_copy(desc: &mut TensorMapMut<f32, 2>, out: &mut [f32]);
}

fn main() {}
