use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn scale(x: &[f64], by: f64);
}

fn main() {}
