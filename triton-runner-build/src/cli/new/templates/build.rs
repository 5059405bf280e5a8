//! Lowers the kernels for the GPUs that Cargo.toml names.

fn main() {
    triton_runner_build::build();
}
