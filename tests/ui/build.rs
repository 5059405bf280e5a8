//! Writes the manifest of the macro's own tests to OUT_DIR, with dummy images.

#[allow(clippy::unwrap_used, reason = "a test's data")]
#[path = "../../triton-runner-macros/src/tests/kernels.rs"]
mod kernels;

use std::path::Path;
use std::{env, io};

use triton_runner_manifest::Manifest;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/tests/kernels.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/tests/family_kernels.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/tests/parts.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/tests/timed_kernels.rs");
    let out_dir = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    let manifest = kernels::manifest();
    let hash = kernels::write(&manifest, Path::new(&out_dir))?;
    println!("cargo::rustc-env={}={hash}", Manifest::HASH_VARIABLE);
    Ok(())
}
