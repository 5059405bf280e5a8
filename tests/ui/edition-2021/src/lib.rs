//! Kernels of a library, for a program that has its own.

#![deny(warnings, missing_docs, rust_2018_idioms, unsafe_op_in_unsafe_fn)]

use std::sync::Arc;

use gpu::cudarc::driver::{CudaSlice, CudaStream};

gpu::triton_kernel! {
    /// `out = x + y`.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    /// Of the IR.
    pub matmul;
}

/// Adds in place of its caller.
///
/// # Errors
///
/// Those of the launch.
pub fn add(
    add: &AddKernel,
    stream: &Arc<CudaStream>,
    x: &CudaSlice<f32>,
    y: &CudaSlice<f32>,
    out: &mut CudaSlice<f32>,
) -> gpu::Result<()> {
    let n = x.len().min(y.len()).min(out.len()) as i32;
    add.launch(stream, x, y, out, n)
}
