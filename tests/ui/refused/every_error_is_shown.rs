use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(x: &[f64], y: &[f32], out: &[f32], n: usize);
    fn matmul_(a: &[f16]);
    #[grid(m)]
    fn empty();
    fn scale(x: &mut [f64], by: f32) {}
    pub empty!;
    pub lowered_nowhere
}

fn main() {}
