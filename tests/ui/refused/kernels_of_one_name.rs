use triton_runner_rt::triton_kernel;

triton_kernel! {
    empty;
    empty;
}

fn main() {}
