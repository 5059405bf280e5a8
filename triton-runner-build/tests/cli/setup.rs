//! `cargo triton setup`.

use std::path::Path;

use crate::command::{Ran, command, names, toolchain, triton};

/// The program with a home of its own.
fn at(home: &Path, args: &[&str]) -> Ran {
    Ran::of(command(args).env("TRITON_RUNNER_HOME", home))
}

/// What an installation leaves, but for the compiler.
fn pretend(home: &Path, triton: &str, tag: &str) {
    let folder = home.join(format!("toolchains/triton-{triton}-{tag}-linux_x86_64"));
    std::fs::create_dir_all(folder.join("site/triton/_C")).unwrap();
    std::fs::write(folder.join("site/triton/_C/libtriton.so"), "library").unwrap();
    let marker = serde_json::json!({
        "triton": triton, "tag": tag, "sha256": "0", "python": "/usr/bin/python3", "python_file": "/usr/bin/python3",
        "libtriton": 7,
    });
    std::fs::write(folder.join("toolchain.json"), marker.to_string()).unwrap();
}

#[test]
fn an_installed_compiler_is_ready_at_once_and_listed() {
    toolchain();
    let again = triton(&["setup"]);
    assert!(again.ok().starts_with("triton 3.3.1 is ready, for /"), "{}", again.text());
    assert_eq!(again.stderr, "");
    let list = triton(&["setup", "--list"]);
    assert!(list.ok().contains("| 3.3.1 "), "{}", list.text());
    let json: serde_json::Value = serde_json::from_str(triton(&["setup", "--list", "--json"]).ok()).unwrap();
    let found = json.as_array().unwrap().iter().find(|one| one["triton"] == "3.3.1").unwrap();
    assert!(found["bytes"].as_u64().unwrap() > 100_000_000, "{found}");
    assert!(Path::new(found["folder"].as_str().unwrap()).join("toolchain.json").exists());
}

#[test]
fn an_empty_home_says_so() {
    let home = tempfile::tempdir().unwrap();
    assert!(at(home.path(), &["setup", "--list"]).ok().contains("run `cargo triton setup`"));
    assert_eq!(at(home.path(), &["setup", "--list", "--json"]).ok(), "[]\n");
}

#[test]
fn what_is_removed_is_gone_and_the_rest_stays() {
    let home = tempfile::tempdir().unwrap();
    for (triton, tag) in [("3.2.0", "cp311"), ("3.3.1", "cp311"), ("3.3.1", "cp312")] {
        pretend(home.path(), triton, tag);
    }
    let list = at(home.path(), &["setup", "--list"]);
    assert_eq!(list.ok().lines().count(), 2 + 3, "{}", list.text());
    let removed = at(home.path(), &["setup", "--remove", "--triton", "3.3.1", "--triton", "3.4.0"]);
    assert_eq!(removed.ok(), "removed triton 3.3.1\ntriton 3.4.0 was not installed\n");
    let left: Vec<_> = names(&home.path().join("toolchains")).into_iter().filter(|name| name != ".lock").collect();
    assert_eq!(left, ["triton-3.2.0-cp311-linux_x86_64"]);
}

#[test]
fn a_removal_names_its_versions() {
    triton(&["setup", "--remove"]).usage(&["--triton <VERSION>"]);
    triton(&["setup", "--list", "--remove"]).usage(&["--remove"]);
    triton(&["setup", "--triton", "three"]).usage(&["three"]);
}

#[test]
fn a_wheel_with_other_bytes_is_refused_and_nothing_is_left() {
    let home = tempfile::tempdir().unwrap();
    let wheel = home.path().join("triton-3.3.1-cp311-cp311-manylinux.whl");
    std::fs::write(&wheel, "no wheel").unwrap();
    let wheel = wheel.to_str().unwrap();
    at(home.path(), &["setup", "--wheel", wheel]).error(&[wheel, "none of the wheels that are pinned", "SHA-256"]);
    at(home.path(), &["setup", "--wheel", "/nowhere.whl"]).error(&["cannot read `/nowhere.whl`"]);
    assert_eq!(names(home.path()), ["triton-3.3.1-cp311-cp311-manylinux.whl"]);
}

#[test]
fn an_unknown_version_is_answered_with_the_known_ones() {
    let home = tempfile::tempdir().unwrap();
    let ran = at(home.path(), &["setup", "--triton", "3.3.9"]);
    ran.error(&["Triton 3.3.9 is not known here", "3.3.1", "TRITON_RUNNER_PYTHON"]);
}

#[test]
fn offline_the_wheel_to_fetch_is_named() {
    let home = tempfile::tempdir().unwrap();
    let ran = Ran::of(command(["setup"]).env("TRITON_RUNNER_HOME", home.path()).env("CARGO_NET_OFFLINE", "true"));
    ran.error(&["cargo is offline", "cargo triton setup --triton 3.3.1 --wheel triton-3.3.1-"]);
    assert_eq!(names(home.path()), [""; 0]);
}

/// Downloads 155 MB.
#[test]
#[ignore = "downloads a wheel of 155 MB"]
fn a_wheel_on_disk_installs_with_no_network() {
    let place = tempfile::tempdir().unwrap();
    let python = &toolchain().python;
    let mut pip = std::process::Command::new(python);
    pip.args(["-m", "pip", "download", "--no-deps", "triton==3.3.1", "--dest"]).arg(place.path());
    assert!(pip.status().unwrap().success());
    let wheel = place.path().join(names(place.path()).remove(0));
    let home = place.path().join("home");
    let mut setup = command(["setup", "--wheel"]);
    setup.arg(&wheel).env("TRITON_RUNNER_HOME", &home).env("CARGO_NET_OFFLINE", "true");
    setup.env("PATH", format!("{}:/usr/bin:/bin", python.parent().unwrap().display()));
    let ran = Ran::of(&mut setup);
    assert!(ran.ok().starts_with("triton 3.3.1 is ready"), "{}", ran.text());
    assert!(at(&home, &["setup", "--list"]).ok().contains("| 3.3.1 "));
}
