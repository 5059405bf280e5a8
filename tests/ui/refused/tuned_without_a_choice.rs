
use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    #[tuned(n)]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    #[grid(rows)]
    #[chosen(BLOCK_SIZE)]
    #[tuned(rows, n_cols)]
    fn softmax(x: &[f32], out: &mut [f32], rows: i32, n_cols: u64);

    #[interchangeable(BLOCK_M)]
    #[tuned(m, lda = m)]
    fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);
}

fn main() {}
