use triton_runner_rt::triton_kernel;

triton_kernel! {
    pub rotary_embedding;
}

fn main() {}
