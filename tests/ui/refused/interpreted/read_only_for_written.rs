use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn run(x: &[f32], y: &[f32], out: &[f32]) {
    let _ = AddKernel::interpret(x, y, out, 4).run();
}

fn main() {}
