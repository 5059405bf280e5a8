use triton_runner_rt::triton_kernel;

triton_kernel! {
    layer_norm_fwd;
}

fn main() {}
