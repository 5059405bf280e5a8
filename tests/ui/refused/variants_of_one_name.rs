use triton_runner_rt::triton_kernel;

triton_kernel! {
    pub fn clashing();
}

fn main() {}
