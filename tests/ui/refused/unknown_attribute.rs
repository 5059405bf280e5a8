use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[gird(1)]
    fn empty();
    #[inline]
    #[doc(hidden)]
    #[rustfmt::skip]
    fn matmul(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);
}

fn main() {}
