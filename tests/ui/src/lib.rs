//! Tests alone: see `tests/`. Kernels in doctests:
//!
//! ```
//! use triton_runner_rt::triton_kernel;
//!
//! triton_kernel! {
//!     #[grid(n.div_ceil(BLOCK))]
//!     pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
//! }
//!
//! assert_eq!(AddKernel::BLOCK, 1024);
//! ```
