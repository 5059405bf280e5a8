//! `cargo triton lock`.

use crate::command::{Ran, command, names};
use crate::package::Package;

#[test]
fn what_is_locked_is_what_a_build_makes_and_checks_out() {
    let package = Package::add();
    let built = package.build();
    let ran = package.triton(&["lock"]);
    assert!(ran.ok().starts_with("demo: 2 images, "), "{}", ran.text());
    let folder = package.path("kernels/prebuilt");
    assert_eq!(names(&folder), ["add_kernel.sm_80.cubin", "add_kernel.sm_90.cubin", "lock.json"]);
    for (name, bytes) in &built {
        assert!(package.read(&format!("kernels/prebuilt/{}", name.replace("sm_90a", "sm_90"))) == *bytes, "{name}");
    }
    assert!(package.build() == built);
    let check = package.triton(&["lock", "--check"]);
    assert!(check.ok().contains("are as they were locked"), "{}", check.text());
    // The check needs a compiler, for it lowers again.
    let ran =
        Ran::of(command(["lock", "--check"]).env("TRITON_RUNNER_HOME", "/nonexistent").current_dir(package.folder()));
    ran.error(&["demo: ", "cargo triton setup"]);
}

/// A Python file that nobody has exported yet is no kernel.
#[test]
fn where_there_are_no_kernels_each_command_says_so() {
    let package = Package::new("archs = [\"sm_80\"]\ncompress = true");
    package.write("kernels/rope.py", "");
    let none = "there are no kernels yet: `cargo triton export ";
    for command in [&["inspect"][..], &["licenses"]] {
        assert!(package.triton(command).ok().starts_with(none), "{command:?}");
    }
    package.triton(&["declare"]).error(&[none]);
    for command in [&["lock"][..], &["lock", "--check"]] {
        let ran = package.triton(command);
        ran.ok();
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("warning: demo: {none}")), "{}", ran.stderr);
    }
}

#[test]
fn a_check_writes_nothing_and_names_what_is_not_right() {
    let package = Package::add();
    package.triton(&["lock", "--check"]).error(&["demo: ", "there is no machine code for it", "`cargo triton lock`"]);
    assert_eq!(names(&package.path("kernels")), ["add_kernel.json", "add_kernel.ttir"]);
    package.triton(&["lock"]).ok();

    let cubin = "kernels/prebuilt/add_kernel.sm_80.cubin";
    let whole = package.read(cubin);
    let mut damaged = whole.clone();
    damaged[200] ^= 1;
    package.write(cubin, &damaged);
    package.triton(&["lock", "--check"]).error(&["for sm_80", "is not the file that was locked"]);
    assert!(package.read(cubin) == damaged);

    package.write(cubin, &whole);
    let json = String::from_utf8(package.read("kernels/add_kernel.json")).unwrap();
    package.write("kernels/add_kernel.json", json.replace("\"num_warps\": 4", "\"num_warps\": 8"));
    package.triton(&["lock", "--check"]).error(&["kernel `add_kernel` for sm_80, sm_90", "is stale"]);
    package.triton(&["lock"]).ok();
    package.triton(&["lock", "--check"]).ok();

    package.copy("examples/vector-add/kernels/add_kernel.ttir", "more.ttir");
    package.write("kernels/more.json", package.read("kernels/add_kernel.json"));
    package.triton(&["lock", "--check"]).error(&["kernel `more` for sm_80, sm_90", "no machine code"]);
    package.triton(&["lock"]).ok();
    std::fs::remove_file(package.path("kernels/more.ttir")).unwrap();
    package.triton(&["lock", "--check"]).error(&["kernel `more`", "no such kernel any more"]);
}

#[test]
fn bytes_that_match_their_hash_and_not_the_compiler_are_noticed() {
    use sha2::Digest as _;
    let package = Package::add();
    package.triton(&["lock"]).ok();
    let mut forged = package.read("kernels/prebuilt/add_kernel.sm_80.cubin");
    let sha256 = |bytes: &[u8]| sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let before = sha256(&forged);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    package.write("kernels/prebuilt/add_kernel.sm_80.cubin", &forged);
    let lock = String::from_utf8(package.read("kernels/prebuilt/lock.json")).unwrap();
    assert!(lock.contains(&before));
    package.write("kernels/prebuilt/lock.json", lock.replace(&before, &sha256(&forged)));
    package.triton(&["lock", "--check"]).error(&["for sm_80", "is not what lowering it now gives"]);
}

#[test]
fn a_kernel_that_does_not_lower_leaves_the_lock_as_it_was() {
    let package = Package::add();
    package.triton(&["lock"]).ok();
    let lock = package.read("kernels/prebuilt/lock.json");
    package.write("kernels/add_kernel.ttir", "module {}");
    package.triton(&["lock"]).error(&["demo: ", "kernels/add_kernel.ttir"]);
    assert!(package.read("kernels/prebuilt/lock.json") == lock);
}

#[test]
fn a_package_is_found_by_name_or_by_its_kernels() {
    let package = Package::add();
    package.triton(&["lock", "--package", "other"]).error(&["there is no package `other` in this workspace"]);
    let manifest = package.path("Cargo.toml");
    let mut elsewhere = command(["lock", "--manifest-path"]);
    Ran::of(elsewhere.arg(&manifest).current_dir("/")).ok();
    let empty = tempfile::tempdir().unwrap();
    let ran = Ran::of(command(["lock"]).current_dir(empty.path()));
    ran.error(&["Cargo.toml"]);
    package.write("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\n[workspace]\n");
    package.triton(&["lock"]).error(&["no package here has kernels", "[package.metadata.triton-runner]"]);
}
