use triton_runner_rt::triton_kernel;

triton_kernel! {
    empty, matmul
}

fn main() {}
