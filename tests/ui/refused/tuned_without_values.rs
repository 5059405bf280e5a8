
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(m.div_ceil(BLOCK_M))]
    #[tuned(m)]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);

    #[grid(rows)]
    #[requires(n_cols <= BLOCK_SIZE)]
    #[tuned(rows, x = rows, y = [1], n_cols = blocks)]
    unsafe fn softmax(x: &[f32], out: &mut [f32], rows: i32, n_cols: u64);
}

fn main() {}
