//! The tutorial's first kernel and the README's, made into packages block by block as a reader would, and built.

use std::process::Command;

use e2e::cargo::Packages;
use e2e::repository;

use super::markdown::{Block, Document};

/// A package of the blocks that say in their first line which file they are, and the commands of `cargo triton export`.
fn package(name: &str, blocks: &[&Block]) -> Packages {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let repository = repository().display().to_string();
    let mut manifest = format!("[workspace]\n[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    for (table, dependency) in [("dependencies", "rt"), ("build-dependencies", "build")] {
        let krate = format!("triton-runner-{dependency}");
        manifest.push_str(&format!("[{table}]\n{krate} = {{ path = \"{repository}/{krate}\" }}\n"));
    }
    for block in blocks {
        let first = block.text.lines().next().unwrap_or_default();
        match first.trim_start_matches(['/', '#', ' ']) {
            "Cargo.toml" => packages.write("Cargo.toml", manifest.clone() + &block.text),
            file if file.contains('.') && !file.contains(' ') => packages.write(file, &block.text),
            _ => {}
        }
    }
    packages
}

fn export(packages: &Packages, blocks: &[&Block]) {
    let script: String =
        blocks.iter().filter(|block| block.language() == "sh").map(|block| block.text.as_str()).collect();
    let script = script.replace("\\\n", " ");
    let line = script.lines().find(|line| line.starts_with("cargo triton export")).unwrap();
    let words = shlex::split(line).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_triton-command"));
    let output = command.args(&words[1..]).current_dir(packages.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Builds it and runs it: without a GPU it says so.
fn build_and_run(packages: &Packages, name: &str) {
    let said = packages.build().done();
    let manifest = said.manifest(name);
    assert_eq!(manifest.kernels.len(), 1);
    assert!(manifest.kernels[0].images.len() >= 2, "{:?}", manifest.kernels[0].images);
    let output = packages.cargo(&["run", "--quiet"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let no_gpu = ["DriverNotFound", "NoDevice"].iter().any(|error| stderr.contains(error));
    assert!(output.status.success() || no_gpu, "{stderr}");
}

#[test]
fn the_tutorials_first_kernel_is_exported_built_and_run() {
    let tutorial = Document::read("triton-runner-rt/src/tutorial.md");
    let blocks = tutorial.blocks_of("The first kernel");
    let packages = package("tutorial", &blocks);
    export(&packages, &blocks);
    build_and_run(&packages, "tutorial");
}

#[test]
fn the_tutorials_variants_are_exported() {
    let tutorial = Document::read("triton-runner-rt/src/tutorial.md");
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    packages.copy("examples/matmul/kernels/matmul.py", "kernels/matmul.py");
    export(&packages, &tutorial.blocks_of("Variants"));
    for name in ["matmul@square.ttir", "matmul@square.json", "matmul@tall.ttir", "matmul@tall.json"] {
        assert!(packages.path().join("kernels").join(name).is_file(), "{name}");
    }
}

#[test]
fn the_readmes_kernel_is_exported_built_and_run() {
    let readme = Document::read("README.md");
    let blocks = readme.blocks_of("A kernel in your crate");
    let packages = package("readme", &blocks);
    export(&packages, &blocks);
    build_and_run(&packages, "readme");
}
