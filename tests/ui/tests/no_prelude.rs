//! Without the prelude, and with names of its own that the expansion must not see.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(missing_docs, non_camel_case_types)]

use ::triton_runner_rt::triton_kernel;

pub mod core {}
pub mod std {}
pub mod triton_runner_rt {}
pub struct Result;
pub struct Some;
pub struct i64;
pub struct f32;
pub struct bool;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
    pub attention;
    pub constants;
    #[interchangeable(BLOCK_M, EVEN_K, type)]
    pub gemm;
    #[kernel = "gemm"]
    #[interchangeable(EVEN_K, type)]
    #[grid(m.div_ceil(BLOCK_M))]
    pub gemm_with_grid;
    #[grid(rows)]
    #[requires(n_cols <= BLOCK_SIZE && rows * n_cols > 0)]
    pub softmax;
    #[requires(n % 16 == 0)]
    #[grid(n)]
    pub linear;
    #[grid(n.div_ceil(BLOCK))]
    pub fn rms_norm<T>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);
    pub fn cast<T, W>(x: &[T], y: &mut [W]);
    #[interchangeable(BLOCK)]
    pub fn scan<T>(x: &[T], y: &mut [T], n: i32);
    /// One of its variants.
    #[kernel = "scan@wide"]
    pub unsafe fn scan_wide<T>(x: &[T], y: &mut [T], n: i32);
    #[requires(n >= 0)]
    #[name = "AddSome"]
    pub add_kernel;
    #[kernel = "layer-norm.fwd"]
    pub fn layer_norm(x: Option<&[bf16]>, out: Option<&mut [bf16]>, columns: i32);
}

#[test]
fn it_compiles() {
    ::std::assert_eq!(AddKernel::BLOCK, 1024);
}
