//! Lowers the kernels that the documents' blocks call.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const MATMUL: &str = "../../examples/matmul/kernels";

fn main() -> io::Result<()> {
    let untimed = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("matmul");
    without_tables(Path::new(MATMUL), &untimed)?;
    println!("cargo::rerun-if-changed={MATMUL}");
    let folders = ["kernels".into(), "../../examples/vector-add/kernels".into(), untimed, "../gpu/kernels".into()];
    triton_runner_build::Builder::new().kernels(folders).build();
    Ok(())
}

/// The blocks declare `matmul` as a package does that has measured nothing.
fn without_tables(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (text, copy) = (fs::read(entry.path())?, to.join(entry.file_name()));
        let is_table = entry.file_name().to_string_lossy().contains(".tuned.");
        if !is_table && fs::read(&copy).ok().as_ref() != Some(&text) {
            fs::write(copy, text)?;
        }
    }
    Ok(())
}
