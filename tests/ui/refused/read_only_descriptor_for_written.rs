use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn stored(source: &TensorMap<f16, 2>, target: &TensorMap<f16, 2>, other: &TensorMap<f16, 2>);
}

fn main() {}
