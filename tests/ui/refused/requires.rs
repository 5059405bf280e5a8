use triton_runner_rt::triton_kernel;

triton_kernel! {
    #[grid(rows)]
    #[requires(n_col <= BLOCK_SIZE)]
    #[requires(x > 0, rows > 0)]
    #[requires(n_cols)]
    #[requires(x > 0)]
    #[requires(n_cols % 0 == 1)]
    #[requires(n_cols + 1)]
    #[requires(0.5 < n_cols)]
    #[requires(n_cols.is_power_of_two())]
    #[requires(n_cols.pow(2) > 1)]
    #[requires()]
    #[requires]
    #[interchangeable]
    #[chosen()]
    #[chosen(0)]
    pub softmax;
}

triton_kernel! {
    #[grid(rows)]
    #[requires(n_cols < 5 && BLOCK_SIZE > 2000)]
    #[name = "Long"]
    #[kernel = "softmax"]
    pub long;
}

triton_kernel! {
    #[requries(n > 0)]
    pub add_kernel;
}

fn main() {}
