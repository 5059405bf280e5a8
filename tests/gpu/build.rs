//! Lowers the kernels, and compiles the C programs that this project is compared with.

use std::path::PathBuf;
use std::process::exit;

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new().file("c/launch.c").opt_level(3).std("c11").warnings(true).extra_warnings(true).compile("peer");
    if let Err(error) = program() {
        println!("cargo::error=c/first_result.c: {error}");
        exit(1);
    }
    triton_runner_build::build();
}

/// A program of its own, which `first_result` carries along.
fn program() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("first_result");
    let compiler = cc::Build::new().opt_level(3).warnings(true).extra_warnings(true).try_get_compiler()?;
    let status = compiler.to_command().args(["-std=c11", "c/first_result.c", "-ldl", "-o"]).arg(&out).status()?;
    if status.success() { Ok(()) } else { Err(format!("the C compiler failed: {status}").into()) }
}
