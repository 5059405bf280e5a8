use triton_runner_rt::triton_kernel;

triton_kernel! {
    // A grid that is about something else.
    #[grid(rows)]
    pub softmax;
    // Two of three constants are explained, and one word is about none.
    #[grid(m.div_ceil(BLOCK_M))]
    #[interchangeable(EVEN_K, BLOCK_K)]
    pub gemm;
    // The caller's grid may be about them, or not.
    #[kernel = "gemm"]
    #[chosen(type)]
    pub gemm_by_the_caller;
    // Nothing differs here.
    #[interchangeable(BLOCK)]
    pub add_kernel;
}

fn main() {}
