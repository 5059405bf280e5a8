
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[tuned]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);

    #[tuned(lda = m)]
    #[name = "Other"]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);

    #[tuned(x, BLOCK_M, rows)]
    #[grid(1)]
    #[interchangeable(BLOCK_M)]
    #[name = "NoKeys"]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);
}

fn main() {}
