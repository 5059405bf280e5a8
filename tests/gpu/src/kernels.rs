//! The kernels of `kernels/`.
#![allow(missing_docs, clippy::too_many_arguments)]

use triton_runner_rt::triton_kernel;

triton_kernel! {
    /// `out = x + y`
    #[grid(n.div_ceil(BLOCK))]
    pub fn add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// `out = x * scale + bias`
    #[grid(n.div_ceil(BLOCK))]
    pub fn axpb(x: &[f32], out: &mut [f32], scale: f32, bias: f32, n: i32);

    /// `out = x * scale` for a matrix, through tensor descriptors that each program makes in scratch memory.
    #[grid(rows.div_ceil(BLOCK), columns.div_ceil(BLOCK))]
    pub fn tile(x: &[f32], out: &mut [f32], rows: i32, columns: i32, scale: f32);

    /// One number of each type, each in an element of its own.
    #[grid(1)]
    pub fn scalars(
        out: &mut [f64],
        flag: bool,
        a: i8,
        b: i16,
        c: i32,
        d: i64,
        e: f16,
        f: bf16,
        g: f32,
        h: f64,
    );

    /// C = A · B for one tile of 64 × 64, `k` a multiple of 64.
    #[grid(1)]
    pub fn dot_bf16(a: &[bf16], b: &[bf16], c: &mut [f32], k: i32);

    /// The same in FP8.
    #[grid(1)]
    pub fn dot_fp8(a: &[F8E4M3], b: &[F8E4M3], c: &mut [f32], k: i32);

    /// C = A · B for one tile of 64 × 256, with 200 KiB of shared memory.
    #[grid(1)]
    pub fn dot_large(a: &[f16], b: &[f16], c: &mut [f32], k: i32);

    /// `dot_large`, its IR edited after a pass of the compiler: its loads have another layout.
    #[grid(1)]
    pub unsafe fn dot_layout(a: &[f16], b: &[f16], c: &mut [f32], k: i32);

    /// The same with two stages in place of five.
    #[grid(1)]
    pub unsafe fn dot_stages(a: &[f16], b: &[f16], c: &mut [f32], k: i32);

    /// The softmax of rows, by clusters of two CTAs.
    pub fn softmax(x: &[f32], out: &mut [f32], columns: i32);

    /// Every program sums what all programs wrote: a cooperative grid.
    #[grid(programs)]
    pub fn gather(x: &mut [i32], out: &mut [i32], arrived: &mut [i32], programs: i32);

    /// Copies 64 columns of a tensor that comes as a descriptor, 64 rows to a program.
    pub unsafe fn described(source: &TensorMap<f16, 2>, out: &mut [f16]);

    /// Stores blocks of 64 × 64 through a descriptor.
    pub unsafe fn stored(x: &[f16], target: &mut TensorMap<f16, 2>);

    /// `x = x * 2 + 1` in place, begun before the kernel ahead of it has ended.
    pub unsafe fn step(x: &mut [f32]);
}
