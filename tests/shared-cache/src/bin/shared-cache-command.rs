//! The command `cargo triton`, beside the tests that run it.

fn main() -> std::process::ExitCode {
    triton_runner_build::__cli::main()
}
