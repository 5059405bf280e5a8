//! Packages in temporary folders, built as users build them, and what to compare the results with.

pub mod cargo;
pub mod script;
pub mod triton;

use std::path::{Path, PathBuf};

use object::{Object as _, ObjectSection as _};
use tempfile::TempDir;
pub use triton_runner_build::Built;
use triton_runner_build::{Builder, Error};

/// The crates that are published.
pub const CRATES: [&str; 8] = [
    "triton-runner-build",
    "triton-runner-extent",
    "triton-runner-interpreter",
    "triton-runner-ir",
    "triton-runner-macros",
    "triton-runner-manifest",
    "triton-runner-read",
    "triton-runner-rt",
];

/// This repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap_or_default()
}

/// A file of this repository. The JSON of an export comes without what it notes of the files that it is for: tests change
/// them, and lower them for other GPUs.
///
/// # Panics
///
/// If it can't be read.
#[allow(clippy::panic, reason = "for tests")]
pub fn file(path: &str) -> Vec<u8> {
    let bytes = std::fs::read(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| path.ends_with(".json")) else { return bytes };
    const NOTES: [&str; 3] = ["  \"targets\":", "  \"exported_from\":", "  \"sha256\":"];
    let lines = text.lines().filter(|line| !NOTES.iter().any(|note| line.starts_with(note)));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    text.replace(",\n}\n", "\n}\n").into_bytes()
}

/// A package that is removed when dropped.
#[derive(Debug)]
pub struct Package {
    folder: TempDir,
}

impl Package {
    /// A package with these lines in `[package.metadata.triton-runner]`.
    pub fn new(settings: &str) -> std::io::Result<Self> {
        let package = Self { folder: tempfile::tempdir()? };
        package
            .write("Cargo.toml", format!("[package]\nname = \"p\"\n[package.metadata.triton-runner]\n{settings}\n"))?;
        std::fs::create_dir(package.path().join("kernels"))?;
        Ok(package)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where [`Package::build`] puts the result.
    pub fn out_dir(&self) -> PathBuf {
        self.path().join("out")
    }

    /// Puts a file into it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> std::io::Result<()> {
        let path = self.path().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, content)
    }

    /// Copies a file of this repository into its `kernels`.
    pub fn copy(&self, from: &str, name: &str) -> std::io::Result<()> {
        self.write(&format!("kernels/{name}"), file(from))
    }

    /// Builds its kernels in this process.
    pub fn build(&self) -> Result<Built, Error> {
        Builder::new().package(self.path()).out_dir(self.out_dir()).compile()
    }
}

/// The machine instructions in a cubin: every section of code with its name.
///
/// # Panics
///
/// If it isn't an ELF file.
#[allow(clippy::unwrap_used, reason = "for tests")]
pub fn cubin_text(cubin: &[u8]) -> Vec<(String, Vec<u8>)> {
    let file = object::File::parse(cubin).unwrap();
    let text = file.sections().filter(|section| section.name().is_ok_and(|name| name.starts_with(".text.")));
    text.map(|section| (section.name().unwrap().to_owned(), section.data().unwrap().to_owned())).collect()
}
