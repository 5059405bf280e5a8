//! A crate with locked kernels on its way to a registry: packed, unpacked and built where there is no Python, no compiler
//! for kernels, no home and no network.

use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use e2e::script::snapshot;
use e2e::{repository, triton};

/// A folder with the programs that Rust itself needs, for `PATH`.
fn without_python(folder: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let find = |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    let programs = folder.join("programs");
    std::fs::create_dir(&programs).unwrap();
    for name in ["cc", "gcc", "ld", "as"] {
        if let Some(program) = find(name) {
            std::os::unix::fs::symlink(program, programs.join(name)).unwrap();
        }
    }
    programs
}

#[test]
fn a_locked_crate_is_packed_and_builds_from_the_package_with_no_compiler() {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let settings = "triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]";
    // As in a registry: by version, not by path.
    let dependency = format!("{{ path = \"{}/triton-runner-build\" }}", repository().display());
    let manifest = cargo_toml("packed", "2024", settings).replace(&dependency, "\"0.1.0\"");
    let manifest = manifest.replace("edition", "license = \"MIT\"\ndescription = \"Kernels\"\nedition");
    packages.write("Cargo.toml", manifest + "\n[workspace]\n");
    packages.write("build.rs", BUILD_RS);
    packages.write("src/lib.rs", "");
    for extension in ["ttir", "json", "py"] {
        let name = format!("kernels/add_kernel.{extension}");
        packages.copy(&format!("examples/vector-add/{name}"), &name);
    }
    // This repository's crates in the place of those in the registry.
    let patches: Vec<_> = ["triton-runner-build", "triton-runner-ir", "triton-runner-manifest", "triton-runner-read"]
        .map(|name| format!("--config=patch.crates-io.{name}.path=\"{}\"", repository().join(name).display()))
        .into();
    let with_patches = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().copied().chain(patches.iter().map(String::as_str)).collect();
        packages.cargo(&arguments)
    };
    // `cargo triton` asks cargo about the workspace, and cargo finds the patches there too.
    let lines: Vec<_> = patches.iter().map(|patch| patch.trim_start_matches("--config=").to_owned()).collect();
    packages.write(".cargo/config.toml", lines.join("\n"));
    triton::toolchain();
    let mut lock = Command::new(env!("CARGO_BIN_EXE_triton-command"));
    let done = lock.current_dir(packages.path()).args(["triton", "lock"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::remove_dir_all(packages.path().join(".cargo")).unwrap();

    let list = with_patches(&["package", "--list", "--offline", "--allow-dirty"]).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for name in
        ["add_kernel.ttir", "prebuilt/lock.json", "prebuilt/add_kernel.sm_80.cubin", "prebuilt/add_kernel.sm_90.cubin"]
    {
        assert!(list.lines().any(|line| line == format!("kernels/{name}")), "{name} is not in:\n{list}");
    }

    let bare = tempfile::tempdir().unwrap();
    let programs = without_python(bare.path());
    let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap());
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    let package = || {
        let mut command = with_patches(&["package", "--offline", "--allow-dirty"]);
        command.env("RUSTC", cargo.with_file_name("rustc")).env("PATH", &programs).env("HOME", bare.path());
        command.env("CARGO_HOME", &cargo_home).env_remove("TRITON_RUNNER_HOME").env_remove("XDG_CACHE_HOME");
        command
    };
    let before = snapshot(bare.path());
    let done = package().output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success() && said.contains("Verifying packed v0.1.0"), "{said}");
    assert_eq!(snapshot(bare.path()), before, "nothing is written below HOME");

    // Without the lock it can't be built, so it was the lock that was used.
    let done = package().env("TRITON_RUNNER_PREBUILT", "off").output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("cargo triton setup"), "{said}");
}
