use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn add_kernel<T>(x: &[T], y: &[T], out: &mut [T], n: i32);
}

fn main() {}
