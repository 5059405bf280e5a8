//! A changed kernel rebuilds the package that it is in and what depends on that, nothing else; and no program keeps an
//! old one.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A program and a library, each with kernels whose `BLOCK` and images come from a file.
struct Workspace {
    folder: PathBuf,
}

const MANIFEST: &str = r#"
[package]
name = "NAME"
edition = "2024"
[dependencies]
triton-runner-rt.path = "ROOT/triton-runner-rt"
DEPENDENCY
[build-dependencies]
triton-runner-manifest.path = "ROOT/triton-runner-manifest"
"#;

const BUILD: &str = r#"
#[allow(dead_code)]
#[path = "ROOT/triton-runner-macros/src/tests/kernels.rs"]
mod kernels;

fn main() {
    println!("cargo::rerun-if-changed=kernel.txt");
    let text = std::fs::read_to_string("kernel.txt").unwrap();
    let (block, image) = text.split_once(' ').unwrap();
    let mut manifest = kernels::manifest();
    manifest.kernels.retain(|kernel| kernel.name == "add_kernel");
    let block = triton_runner_manifest::Constant::Int(block.parse().unwrap());
    manifest.kernels[0].constants.insert("BLOCK".to_owned(), block);
    let out_dir = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    let hash = kernels::write(&manifest, &out_dir).unwrap();
    println!("cargo::rustc-env={}={hash}", triton_runner_manifest::Manifest::HASH_VARIABLE);
    for file in &manifest.kernels[0].images {
        std::fs::write(out_dir.join("triton-runner").join(&file.file), image.repeat(64)).unwrap();
    }
}
"#;

const LIBRARY: &str = "
triton_runner_rt::triton_kernel!(pub add_kernel);
pub fn show() -> String {
    format!(\"{}{}\", AddKernel::BLOCK, char::from(AddKernel::embedded()[0].bytes().unwrap()[0]))
}
";

impl Workspace {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tracked");
        let _ = fs::remove_dir_all(&folder);
        let workspace = Self { folder };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let rooted = |text: &str| text.replace("ROOT", root.to_str().unwrap());
        for (name, dependency) in [("tracked-app", "tracked-lib.path = \"../tracked-lib\""), ("tracked-lib", "")] {
            let toml = rooted(MANIFEST).replace("NAME", name).replace("DEPENDENCY", dependency);
            workspace.write(&format!("{name}/Cargo.toml"), &toml);
            workspace.write(&format!("{name}/build.rs"), &rooted(BUILD));
            workspace.write(&format!("{name}/src/lib.rs"), LIBRARY);
            workspace.write(&format!("{name}/kernel.txt"), "1024 a");
        }
        let main = "fn main() { println!(\"{} {}\", tracked_app::show(), tracked_lib::show()) }";
        workspace.write("tracked-app/src/main.rs", main);
        workspace.write("Cargo.toml", "[workspace]\nmembers = [\"tracked-app\", \"tracked-lib\"]\nresolver = \"3\"\n");
        // The same dependencies as here, so that they are there already.
        fs::copy(root.join("Cargo.lock"), workspace.folder.join("Cargo.lock")).unwrap();
        workspace
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Builds and runs the program: what it prints, and which of the packages were compiled.
    fn run(&self) -> (String, Vec<&'static str>) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let output = Command::new(env!("CARGO"))
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("OUT_DIR")
            .args(["run", "--offline", "--package", "tracked-app"])
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{messages}");
        let compiled = |name: &&str| messages.contains(&format!("Compiling {name} "));
        let compiled = ["tracked-app", "tracked-lib"].into_iter().filter(compiled).collect();
        (String::from_utf8(output.stdout).unwrap().trim().to_owned(), compiled)
    }
}

#[test]
fn a_changed_kernel_reaches_its_package_and_no_other() {
    let workspace = Workspace::new();
    assert_eq!(workspace.run().0, "1024a 1024a");
    assert_eq!(workspace.run(), ("1024a 1024a".to_owned(), vec![]));

    workspace.write("tracked-app/kernel.txt", "2048 a");
    assert_eq!(workspace.run(), ("2048a 1024a".to_owned(), vec!["tracked-app"]));

    // An image alone: the manifest stays the same.
    workspace.write("tracked-app/kernel.txt", "2048 b");
    assert_eq!(workspace.run(), ("2048b 1024a".to_owned(), vec!["tracked-app"]));

    workspace.write("tracked-lib/kernel.txt", "512 c");
    assert_eq!(workspace.run(), ("2048b 512c".to_owned(), vec!["tracked-app", "tracked-lib"]));
}
