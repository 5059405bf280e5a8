//! A build script as users write it.

fn main() {
    triton_runner_build::build();
}
