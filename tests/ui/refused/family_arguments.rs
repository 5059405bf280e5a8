use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn mixed<T>(x: &[T], w: &[T], y: &mut [T]);
    fn rms_norm<T>(x: &[T], w: &[T], y: &[T], n: i32, eps: T);
    fn picked<T>(x: &[T], w: &[T], y: &mut [T]);
    #[name = "TooFew"]
    fn scan<T>(x: &[T], y: &mut [T]);
}

fn norm<T: RmsNormElement>(norm: &RmsNorm<T>) -> RmsNorm<T> {
    norm.clone()
}

fn main() {}
