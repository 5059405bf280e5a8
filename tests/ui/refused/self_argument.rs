use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel(&self, x: &[f32]);
    fn empty(self);
}

fn main() {}
