//! The first kernel of the runtime's documentation and the README's blocks, made into packages, and built.

use std::process::Command;

use e2e::cargo::Packages;
use e2e::repository;

use super::markdown::{Block, Document};

/// A package of the blocks that say in their first line which file they are, and the commands of `cargo triton export`.
fn package(name: &str, blocks: &[&Block]) -> Packages {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    for block in blocks {
        let first = block.text.lines().next().unwrap_or_default();
        match first.trim_start_matches(['/', '#', ' ']) {
            "Cargo.toml" => packages.write("Cargo.toml", manifest(name, "[]") + &block.text),
            file if file.contains('.') && !file.contains(' ') => packages.write(file, &block.text),
            _ => {}
        }
    }
    packages
}

/// A Cargo.toml that depends on this repository's crates, on the runtime with these features.
fn manifest(name: &str, features: &str) -> String {
    let repository = repository().display().to_string();
    format!(
        "[workspace]\n[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\ntriton-runner-rt = {{ path = \"{repository}/triton-runner-rt\", features = {features} }}\n\
         [build-dependencies]\ntriton-runner-build = {{ path = \"{repository}/triton-runner-build\" }}\n"
    )
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
    let no_gpu = ["no NVIDIA driver was found", "there is no CUDA device"].iter().any(|error| stderr.contains(error));
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

/// Its kernel is that of the tutorial's second page.
#[test]
fn the_readmes_program_and_test_are_built_and_run() {
    let readme = Document::read("README.md");
    let blocks: Vec<&Block> = readme.blocks.iter().collect();
    let packages = package("readme", &blocks);
    for extension in ["ttir", "json"] {
        let name = format!("rms_norm@middle.{extension}");
        packages.copy(&format!("tests/docs/kernels/{name}"), &format!("kernels/{}", name.replace("@middle", "")));
    }
    let settings = "[package.metadata.triton-runner]\narchs = [\"sm_80\", \"sm_90\"]\n";
    packages.write("Cargo.toml", manifest("readme", "[\"f16\", \"interpreter\"]") + settings);
    packages.write("build.rs", "fn main() {\n    triton_runner_build::build();\n}\n");
    build_and_run(&packages, "readme");
    let said = packages.run(&["test"]).done();
    assert!(said.stdout.contains("1 passed"), "{}", said.stdout);
}
