//! Lowers the kernels.

fn main() {
    triton_runner_build::build();
}
