use triton_runner_rt::triton_kernel;

triton_kernel! {
    fn empty(#[cfg(test)] x: i32);
}

fn main() {}
