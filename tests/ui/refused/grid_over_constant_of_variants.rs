use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(BLOCKM, r#type, if BLOCK_M { 1 } else { 2 })]
    pub gemm;
}

fn main() {}
