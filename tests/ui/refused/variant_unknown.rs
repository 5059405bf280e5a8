use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[kernel = "gemm@wid"]
    pub gemm;
}

fn main() {}
