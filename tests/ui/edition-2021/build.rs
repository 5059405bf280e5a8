//! As that of the tests around it, with another manifest: the two must not be mixed up.

#[allow(clippy::unwrap_used, reason = "a test's data")]
#[path = "../../../triton-runner-macros/src/tests/kernels.rs"]
mod kernels;

use std::path::Path;
use std::{env, io};

use triton_runner_manifest::Constant;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../../triton-runner-macros/src/tests/kernels.rs");
    let mut manifest = kernels::manifest();
    for kernel in &mut manifest.kernels {
        if let Some(block) = kernel.constants.get_mut("BLOCK") {
            *block = Constant::Int(4096);
        }
    }
    let out_dir = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    let hash = kernels::write(&manifest, Path::new(&out_dir))?;
    println!("cargo::rustc-env={}={hash}", triton_runner_manifest::Manifest::HASH_VARIABLE);
    Ok(())
}
