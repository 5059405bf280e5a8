use triton_runner_rt::half::f16;
use triton_runner_rt::interpret::{HostTensorMap, HostTensorMapMut};
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(1)]
    unsafe fn stored(source: &TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, other: &TensorMap<f16, 2>);
}

fn shared(map: &HostTensorMap<'_, f16, 2>) {
    let _ = Stored::interpret(map, map, map).run();
}

fn from_shared(memory: &[f16]) {
    let _ = HostTensorMapMut::contiguous(memory, [64, 64]);
}

fn main() {}
