//! What `triton_kernel!` reads is what this run of the build script wrote, and nothing that an earlier one left.

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use e2e::repository;

const ADD: &str = "examples/vector-add/kernels/add_kernel";

/// A library that declares its kernel.
fn library(name: &str) -> Packages {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let rt =
        format!("\n[dependencies]\ntriton-runner-rt = {{ path = \"{}/triton-runner-rt\" }}\n", repository().display());
    let settings = "triton = \"3.3.1\"\narchs = [\"sm_80\"]";
    packages.write("Cargo.toml", cargo_toml(name, "2024", settings) + &rt + "\n[workspace]\n");
    packages.write("build.rs", BUILD_RS);
    packages.write("src/lib.rs", "triton_runner_rt::triton_kernel!(pub add_kernel);\n");
    packages.copy(&format!("{ADD}.ttir"), "kernels/add_kernel.ttir");
    packages.copy(&format!("{ADD}.json"), "kernels/add_kernel.json");
    packages
}

#[test]
fn a_build_script_that_no_longer_builds_leaves_no_old_kernel_to_embed() {
    let packages = library("forgetful");
    packages.build().done();
    // The build helper finds everything as it was, and says the same.
    packages.edit("build.rs", "build();", "build(); // as before");
    packages.build().done();

    packages.edit("build.rs", "triton_runner_build::build();", "println!(\"cargo::rerun-if-changed=build.rs\");");
    let said = packages.build();
    assert!(!said.ok);
    assert!(
        said.stderr.contains("is not of this run of the build script, which said nothing of one"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("help: call `triton_runner_build::build()` in build.rs"), "{}", said.stderr);
    // docs.rs too: a typed API of a kernel that isn't there any more is as wrong.
    assert!(!packages.run(&["doc", "--no-deps"]).ok);

    packages.write("build.rs", BUILD_RS);
    packages.build().done();
    packages.run(&["doc", "--no-deps"]).done();
    packages.run(&["test", "--doc"]).done();
}

#[test]
fn a_manifest_that_something_else_wrote_is_refused() {
    let packages = library("rewritten");
    let out_dir = packages.build().done().out_dir("rewritten");
    let path = out_dir.join("triton-runner/manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"BLOCK\": 1024", "\"BLOCK\": 2048") + "\n").unwrap();
    packages.write("src/lib.rs", "// Compiled anew.\ntriton_runner_rt::triton_kernel!(pub add_kernel);\n");
    let said = packages.build();
    assert!(!said.ok && said.stderr.contains("its SHA-256 is"), "{}", said.stderr);
}

#[test]
fn two_builds_in_one_script_are_an_error() {
    let packages = library("twice");
    packages.edit(
        "build.rs",
        "build();",
        "build();\n    triton_runner_build::Builder::new().kernels([\"kernels\"]).build();",
    );
    let said = packages.build();
    assert!(!said.ok && said.stderr.contains("`build` was called before in this build script"), "{}", said.stderr);
}
