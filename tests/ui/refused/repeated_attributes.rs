use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(1)]
    #[grid(2)]
    #[name = "A"]
    #[name = "B"]
    #[kernel = "empty"]
    #[kernel = "empty"]
    fn empty();
}

fn main() {}
