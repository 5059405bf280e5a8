use triton_runner_rt::triton_kernel;

triton_kernel! {
    pub unsafe async fn empty();
    pub async fn empty();
    pub const fn empty();
    pub extern "C" fn empty();
}

fn main() {}
