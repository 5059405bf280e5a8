//! Compiles the C sources to shared libraries that a test process loads in place of libcuda.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

/// Folder name, and the macros that make the variant.
const VARIANTS: [(&str, &[&str]); 3] = [
    ("current", &["-DDOUBLE_VERSION=13000"]),
    // Before cuLaunchKernelEx, cuCtxGetId and cuTensorMapEncodeTiled.
    ("old", &["-DDOUBLE_VERSION=11040"]),
    // Without a function that no driver lacks.
    ("damaged", &["-DDOUBLE_VERSION=13000", "-DDOUBLE_WITHOUT_REQUIRED"]),
];

const SOURCES: [&str; 11] =
    ["control", "context", "elf", "ptx", "module", "memory", "order", "stream", "graph", "launch", "tensor_map"];

fn main() {
    if let Err(error) = build() {
        println!("cargo::error={error}");
        exit(1);
    }
}

fn build() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=c");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    println!("cargo::rustc-env=DRIVER_DOUBLE={}", out.display());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        // The tests say that they need Linux.
        return Ok(());
    }
    for (name, macros) in VARIANTS {
        let folder = out.join(name);
        fs::create_dir_all(&folder)?;
        link(&folder, macros)?;
    }
    Ok(())
}

/// One library under the two names that are looked for.
fn link(folder: &Path, macros: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
    let library = folder.join("libcuda.so.1");
    let compiler = cc::Build::new().warnings(true).extra_warnings(true).try_get_compiler()?;
    let status = compiler
        .to_command()
        .args(["-std=gnu11", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread"])
        .args(macros)
        .args(SOURCES.map(|name| format!("c/{name}.c")))
        .arg("-Wl,-soname,libcuda.so.1")
        .arg("-o")
        .arg(&library)
        .status()?;
    if !status.success() {
        return Err(format!("the C compiler failed on the driver double: {status}").into());
    }
    let alias = folder.join("libcuda.so");
    if fs::symlink_metadata(&alias).is_ok() {
        fs::remove_file(&alias)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("libcuda.so.1", &alias)?;
    Ok(())
}
