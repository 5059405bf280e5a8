//! `cargo triton`: the life of a kernel in a Rust repository.

fn main() -> std::process::ExitCode {
    triton_runner_build::__cli::main()
}
