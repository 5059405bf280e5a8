//! Kernels of the driver double, declared with `triton_kernel!`. What launches of them pass is tested in `tests/`.

#![allow(clippy::unwrap_used, reason = "for tests")]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::{Graph, Held, Null};

triton_runner_rt::triton_kernel! {
    /// One grid dimension, three pointers with promises.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add(x: &[f32], y: Option<&[f32]>, out: &mut [f32], n: u32);

    /// A grid with a comparison that may overflow.
    #[kernel = "add"]
    #[name = "AddCompared"]
    #[grid(if n != 0 && 8 / n == 8 { 3 } else if n * 9_223_372_036_854_775_807 > 5 { 1 } else { 2 })]
    pub fn add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// A kernel alone, with conditions.
    #[kernel = "add"]
    #[name = "AddRequired"]
    #[grid(1)]
    #[requires(n >= 0)]
    #[requires(n * 36_028_797_018_963_968 >= 0 && n % BLOCK != 7)]
    pub fn add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// A persistent grid.
    #[kernel = "add"]
    #[name = "AddPersistent"]
    #[grid(min(multiprocessors, n.div_ceil(BLOCK)))]
    pub fn add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// In three variants, each right for rows that its block holds.
    #[grid(1)]
    #[requires(n <= BLOCK)]
    pub fn rows(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// In two variants, chosen by what was measured.
    #[grid(1)]
    #[requires(n <= BLOCK)]
    #[tuned(n)]
    pub fn timed(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// In two variants, of which one was compiled without the bias.
    #[grid(n.div_ceil(256))]
    pub fn biased(x: &[f32], bias: Option<&[f32]>, out: &mut [f32], n: i32);

    /// A scalar of each type.
    #[grid(1)]
    pub fn scalars(out: &mut [i64], a: bool, b: i8, c: u16, d: i32, e: u64, f: f32, g: f64);

    /// A tensor descriptor.
    pub described;

    /// A tensor descriptor that is stored through.
    #[grid(1)]
    pub fn stored(target: &mut TensorMap<f16, 2>, x: &[f16]);

    /// A kernel for each of two types.
    #[grid(n.div_ceil(BLOCK))]
    pub fn total<T>(x: &[T], y: &[T], out: &mut [T], n: i32);

    /// In four variants, of which no device runs one.
    #[grid(n.div_ceil(BLOCK))]
    pub fn sum(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// Memory for `add`.
///
/// # Panics
///
/// Where the double refuses it.
pub fn slice(stream: &Arc<CudaStream>) -> CudaSlice<f32> {
    stream.alloc_zeros(1024).unwrap()
}

/// A graph of one launch of `add`, with the handles of its input and its output.
///
/// # Panics
///
/// Where the double refuses any of it.
pub fn adding(context: &Arc<CudaContext>, stream: &Arc<CudaStream>) -> (Graph<'static>, Held<f32>, Held<f32>) {
    let mut graph = Graph::new(context);
    let (x, mut out) = (graph.own(slice(stream)), graph.own(slice(stream)));
    let add = Add::load(context).unwrap();
    graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 1024)).unwrap();
    (graph, x, out)
}
