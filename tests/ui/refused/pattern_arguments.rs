use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(mut x: &[f32]);
    fn empty(_: i32);
    fn matmul((a, b): (i32, i32));
    fn scale(3);
}

fn main() {}
