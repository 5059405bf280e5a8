use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(1)]
    unsafe fn constants(out: &mut [i32], bias: Option<&[f32]>, n: i64, EVEN_K: bool);
}

fn main() {}
