use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn all_scalars(
        a_i1: u8, a_i8: i8, a_i16: i16, a_i32: i32, a_i64: i64, a_fp16: f16, a_bf16: bf16,
        a_fp32: f32, a_fp64: f64, a_fp8e4nv: u8, a_fp8e5: F8E5M2,
    );
}

fn main() {}
