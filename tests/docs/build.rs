//! Lowers the kernels that the documents' blocks call.

fn main() {
    triton_runner_build::build();
}
