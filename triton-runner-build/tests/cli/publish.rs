//! `cargo triton inspect --publish`: which kernel files cargo packages.

use crate::command::Ran;
use crate::package::Package;

const HEAD: &str = "[package]\nname = \"demo\"";

/// Adds a line to `[package]`.
fn set(package: &Package, line: &str) {
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replacen(HEAD, &format!("{HEAD}\n{line}"), 1));
}

fn row<'a>(ran: &'a Ran, file: &str) -> Vec<&'a str> {
    let text = std::str::from_utf8(&ran.stdout).unwrap();
    let row =
        text.lines().find(|line| line.starts_with(&format!("| {file} "))).unwrap_or_else(|| panic!("{file}: {text}"));
    row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).skip(1).collect()
}

#[test]
fn each_kernel_file_is_shown_with_its_size_and_whether_it_goes_along() {
    let package = Package::add();
    package.write("kernels/add_kernel.py", "# of kernels\n");
    set(&package, "exclude = [\"*.py\"]");
    let ran = package.triton(&["inspect", "--publish"]);
    let size = package.read("kernels/add_kernel.ttir").len();
    assert!(ran.ok().contains("Nothing is locked: whoever builds it needs Triton's compiler"));
    assert_eq!(row(&ran, "kernels/add_kernel.ttir"), [&format!("{size} B"), "yes"]);
    assert_eq!(row(&ran, "kernels/add_kernel.py"), ["13 B", "no"]);
    assert!(ran.text().contains(" KiB compressed; the registry takes 10.0 MiB."), "{}", ran.text());
    assert!(ran.text().contains("left out: 1 files of 13 B") && ran.stderr.is_empty(), "{}", ran.stderr);
    package.triton(&["lock"]).ok();
    let ran = package.triton(&["inspect", "--publish"]);
    assert!(!ran.ok().contains("Nothing is locked"));
    assert_eq!(row(&ran, "kernels/prebuilt/add_kernel.sm_90.cubin")[1], "yes");
}

#[track_caller]
fn refused(ran: &Ran, part: &str) {
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(part), "{}", ran.stderr);
}

#[test]
fn a_file_that_builds_read_and_cargo_leaves_out_is_an_error() {
    let package = Package::add();
    package.triton(&["lock"]).ok();
    set(&package, "include = [\"/src\", \"/kernels/*.ttir\", \"/kernels/prebuilt\"]");
    let ran = package.triton(&["inspect", "--publish"]);
    refused(&ran, "demo: `kernels/add_kernel.json` would be missing from the crate");
    assert_eq!(row(&ran, "kernels/add_kernel.json")[1], "NO, and builds read it");
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("/kernels/*.ttir\", \"/kernels/prebuilt", "/kernels/*.*"));
    refused(
        &package.triton(&["inspect", "--publish"]),
        "kernels/prebuilt/add_kernel.sm_80.cubin` and 2 more would be missing",
    );
}

#[test]
fn a_crate_that_the_registry_would_refuse_is_warned_of() {
    let package = Package::add();
    let mut bytes = vec![0; 11 << 20];
    package.write("kernels/weights.bin", &bytes);
    assert!(!package.triton(&["inspect", "--publish"]).stderr.contains("warning"), "zeros take no room");
    let mut state = 1_u64;
    for byte in &mut bytes {
        // Nothing that can be compressed.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    package.write("kernels/weights.bin", &bytes);
    let ran = package.triton(&["inspect", "--publish"]);
    ran.ok();
    assert!(
        ran.stderr.contains("warning: demo: the crate has about 11.0 MiB compressed, and the registry takes 10.0 MiB"),
        "{}",
        ran.stderr
    );
}
