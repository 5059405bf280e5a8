use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[name(A)]
    #[kernel = 3]
    fn empty();
    #[name = "two words"]
    empty;
    #[name = "struct"]
    empty;
}

fn main() {}
