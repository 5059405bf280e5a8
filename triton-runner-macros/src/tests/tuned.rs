//! Kernels whose variants were timed.

super::accepted! {
    everything_of_a_kernel_that_was_timed: whole
        "/// `out = x`.
         #[grid(m.div_ceil(BLOCK_M))] #[requires(m <= 16 * BLOCK_M)]
         #[tuned(m, lda = 2 * m)]
         pub fn timed(x: &[f16], out: &mut [f16], m: i32, lda: i32);";
    a_kernel_that_is_yet_to_be_timed: whole
        "#[grid(rows)] #[requires(n_cols <= BLOCK_SIZE)] #[tuned(rows, n_cols, x = [rows * n_cols], out = [rows * n_cols])]
         pub unsafe fn softmax(x: &[f32], out: &mut [f32], rows: i32, n_cols: u64);";
}
