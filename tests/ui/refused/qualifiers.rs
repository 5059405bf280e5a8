use triton_runner_rt::triton_kernel;

triton_kernel! {
    pub unsafe fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
    pub async fn empty();
    pub const fn empty();
    pub extern "C" fn empty();
}

fn main() {}
