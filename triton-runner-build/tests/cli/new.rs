//! `cargo triton new`. What it writes is built and run by the tutorial's session, in tests/e2e.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{Ran, command, names, toolchain};

/// What `cargo new demo` leaves, and a place to run it in.
struct Fresh {
    folder: TempDir,
}

impl Fresh {
    fn new(kind: &str) -> Self {
        toolchain();
        let fresh = Self { folder: tempfile::tempdir().unwrap() };
        let mut new = Command::new(env!("CARGO"));
        let ran = new.args(["new", "--quiet", "--vcs", "none", kind, "demo"]).current_dir(fresh.folder.path()).status();
        assert!(ran.unwrap().success());
        fresh
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("demo").join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn triton(&self, args: &[&str]) -> Ran {
        Ran::of(command(args).current_dir(self.path("")))
    }
}

#[test]
fn a_new_package_gets_everything_that_a_kernel_needs() {
    let fresh = Fresh::new("--bin");
    let ran = fresh.triton(&["new", "add", "--arch", "sm_90"]);
    assert_eq!(
        ran.ok(),
        "kernels/add.py\nkernels/add.ttir\nkernels/add.json\nCargo.toml\nbuild.rs\nsrc/main.rs\ntests/add.rs\n"
    );
    assert!(ran.stderr.contains("`cargo run`"), "{}", ran.stderr);
    assert!(fresh.read("Cargo.toml").contains("archs = [\"sm_90\"]"));
    assert!(fresh.read("src/main.rs").contains("pub fn add(x: &[f32]"));
    // The command in the Python file writes the same artifacts.
    let before = (fresh.read("kernels/add.ttir"), fresh.read("kernels/add.json"));
    let args = ["--arg", "x=*fp32:16", "--arg", "y=*fp32:16", "--arg", "out=*fp32:16", "--arg", "n=i32"];
    let args = [&["export", "kernels/add.py::add"], &args[..], &["--const", "BLOCK=1024", "--num-warps", "4"]].concat();
    assert!(fresh.read("kernels/add.py").contains("cargo triton export kernels/add.py::add"));
    fresh.triton(&args).ok();
    assert_eq!((fresh.read("kernels/add.ttir"), fresh.read("kernels/add.json")), before);
    // It lowers, and the doctor finds nothing.
    assert!(fresh.triton(&["inspect"]).ok().contains("add(x: *fp32:16"));
}

#[test]
fn a_second_kernel_leaves_the_first_and_the_program_alone() {
    let fresh = Fresh::new("--bin");
    fresh.triton(&["new", "first"]).ok();
    let before = ["Cargo.toml", "build.rs", "src/main.rs"].map(|name| fresh.read(name));
    let ran = fresh.triton(&["new", "second_one"]);
    assert!(ran.ok().ends_with("examples/second_one.rs\ntests/second_one.rs\n"), "{}", ran.text());
    assert!(ran.stderr.contains("`cargo run --example second_one`"));
    assert!(fresh.read("examples/second_one.rs").contains("SecondOne::load"));
    assert_eq!(["Cargo.toml", "build.rs", "src/main.rs"].map(|name| fresh.read(name)), before);
    let library = Fresh::new("--lib");
    assert!(library.triton(&["new", "k"]).ok().ends_with("examples/k.rs\ntests/k.rs\n"));
}

#[test]
fn what_stands_in_the_way_is_said_and_nothing_is_written() {
    let fresh = Fresh::new("--bin");
    let before = names(&fresh.path(""));
    for (args, parts) in [
        (&["new", "my-kernel"][..], &["`my-kernel` can't name a kernel"][..]),
        (&["new", "lambda"], &["`lambda` can't name a kernel"]),
        (&["new", "add", "--triton", "3.3.9"], &["3.3.9"]),
        (&["new", "add", "--manifest-path", "/nowhere/Cargo.toml"], &["/nowhere/Cargo.toml"]),
    ] {
        fresh.triton(args).error(parts);
    }
    let mut without = command(["new", "add"]);
    let ran = Ran::of(without.current_dir(fresh.path("")).env("TRITON_RUNNER_HOME", "/nonexistent"));
    ran.error(&["cargo triton setup --triton 3.3.1"]);
    assert_eq!(names(&fresh.path("")), before);
    fresh.triton(&["new", "add"]).ok();
    fresh.triton(&["new", "add"]).error(&["kernels/add.py` is there already"]);
    let ran = Ran::of(command(["new", "add"]).current_dir("/"));
    ran.error(&["there is no Cargo.toml here or above", "`cargo new`"]);
    std::fs::write(fresh.path("Cargo.toml"), "[workspace]\n").unwrap();
    fresh.triton(&["new", "other"]).error(&["is of no package"]);
}

#[test]
fn a_build_script_of_ones_own_stays_and_the_line_that_it_needs_is_named() {
    let fresh = Fresh::new("--bin");
    std::fs::write(fresh.path("build.rs"), "fn main() {}\n").unwrap();
    let ran = fresh.triton(&["new", "add"]);
    ran.ok();
    assert!(ran.stderr.contains("now add `triton_runner_build::build();` to `"), "{}", ran.stderr);
    assert_eq!(fresh.read("build.rs"), "fn main() {}\n");
}
