//! Writes the manifest of the macro's own tests to OUT_DIR, with dummy images: no compiler is needed, and nothing here
//! runs on a device.

#[allow(clippy::unwrap_used, reason = "a test's data")]
#[path = "../../triton-runner-macros/src/tests/kernels.rs"]
mod kernels;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use triton_runner_manifest::Manifest;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/tests/kernels.rs");
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let manifest = kernels::manifest();
    let path = out_dir.join(Manifest::PATH);
    let folder = path.parent().ok_or("no folder")?;
    fs::create_dir_all(folder)?;
    for image in manifest.kernels.iter().flat_map(|kernel| &kernel.images) {
        fs::write(folder.join(&image.file), vec![b'\n'; usize::try_from(image.bytes)?])?;
    }
    fs::write(path, manifest.to_json()?)?;
    Ok(())
}
