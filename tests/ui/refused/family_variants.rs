use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn partly<T>(x: &[T], y: &mut [T], n: i32);
    fn stale<T>(x: &[T], w: &[T], y: &mut [T]);
}

fn main() {}
