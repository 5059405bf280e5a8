//! A package with kernels in a temporary folder.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use triton_runner_build::Builder;

use crate::command::{Ran, command, file, toolchain};

pub(crate) struct Package {
    folder: TempDir,
}

impl Package {
    /// With these lines in `[package.metadata.triton-runner]`.
    pub(crate) fn new(settings: &str) -> Self {
        toolchain();
        let package = Self { folder: tempfile::tempdir().unwrap() };
        let head = "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
        package.write("Cargo.toml", format!("{head}\n[package.metadata.triton-runner]\n{settings}\n"));
        package.write("src/lib.rs", "");
        std::fs::create_dir(package.path("kernels")).unwrap();
        package
    }

    /// Vector addition for two GPUs.
    pub(crate) fn add() -> Self {
        let package = Self::new("triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]");
        package.copy("examples/vector-add/kernels/add_kernel.ttir", "add_kernel.ttir");
        package.copy("examples/vector-add/kernels/add_kernel.json", "add_kernel.json");
        package
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Copies a file of this repository into `kernels`.
    #[track_caller]
    pub(crate) fn copy(&self, from: &str, name: &str) {
        self.write(&format!("kernels/{name}"), file(from));
    }

    /// Runs the program in its folder.
    pub(crate) fn triton(&self, args: &[&str]) -> Ran {
        Ran::of(command(args).current_dir(self.folder()))
    }

    /// What a build of it embeds: name and bytes of each file.
    #[track_caller]
    pub(crate) fn build(&self) -> Vec<(String, Vec<u8>)> {
        let out = tempfile::tempdir().unwrap();
        let built = Builder::new().package(self.folder()).out_dir(out.path()).compile();
        let built = built.unwrap_or_else(|error| panic!("{error}"));
        let images = built.manifest().kernels.iter().flat_map(|kernel| &kernel.images);
        let read = |name: &str| std::fs::read(out.path().join("triton-runner").join(name)).unwrap();
        images.map(|image| (image.file.clone(), read(&image.file))).collect()
    }

    /// Messages of a build that fails.
    #[track_caller]
    pub(crate) fn build_errors(&self) -> Vec<String> {
        let out = tempfile::tempdir().unwrap();
        let built = Builder::new().package(self.folder()).out_dir(out.path()).compile();
        built.expect_err("this must not build").messages().collect()
    }
}
