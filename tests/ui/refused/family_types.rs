use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn rms_norm<D>(x: &[D], w: &[D], y: &mut [D], n: i32, eps: D);
    #[name = "Masked"]
    unsafe fn masked<T>(y: &mut [T]);
    #[name = "NotGeneric"]
    fn rms_norm(x: &[f32], w: &[f32], y: &mut [f32], n: i32, eps: f32);
    #[name = "Bounded"]
    fn rms_norm<T: Copy>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);
    #[name = "Short"]
    rms_norm<T>;
    #[name = "Misspelled"]
    fn rms_nrom<T>(x: &[T]);
}

fn main() {}
