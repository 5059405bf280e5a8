
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(m.div_ceil(BLOCK_M))]
    #[tuned(m, lda)]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);
}

fn main() {}
