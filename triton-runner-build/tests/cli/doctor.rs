//! `cargo triton doctor`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command::{Ran, command};
use crate::package::Package;

/// Findings about a topic: status, what was found, advice.
fn findings(ran: &Ran, topic: &str) -> Vec<(String, String, String)> {
    let all: Vec<Value> = serde_json::from_str(ran.text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let about = all.iter().filter(|finding| finding["topic"] == topic);
    about.map(|finding| (text(finding, "status"), text(finding, "found"), text(finding, "advice"))).collect()
}

#[test]
fn where_all_is_there_it_says_so() {
    let package = Package::add();
    package.write("build.rs", "");
    let ran = package.triton(&["doctor"]);
    let text = ran.ok();
    for part in
        ["rust ", "ok       CPython 3.", " with pip at /", "Triton 3.3.1 (cp3", "demo: 1 kernel for sm_80, sm_90"]
    {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(!text.contains("missing"), "{text}");
    let json = package.triton(&["doctor", "--json"]);
    json.ok();
    assert_eq!(findings(&json, "settings")[0].0, "ok");
}

#[test]
fn each_missing_thing_comes_with_what_to_do() {
    let package = Package::add();
    let empty = tempfile::tempdir().unwrap();
    let rustup = std::env::var_os("CARGO").unwrap();
    let mut doctor = command(["doctor", "--json"]);
    doctor.current_dir(package.folder()).env("TRITON_RUNNER_HOME", empty.path()).env("CARGO", rustup);
    let ran = Ran::of(doctor.env("PATH", empty.path()).env("RUSTC", "/nowhere/rustc"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "error: 4 things are missing\n"));
    for (topic, found, advice) in [
        ("rust", "there is no rustc", "rustup"),
        ("python", "Triton 3.3.1 has no package for what is here: none on PATH", "TRITON_RUNNER_PYTHON"),
        ("build script", "demo: there is no build.rs", "triton_runner_build::build()"),
    ] {
        let about = findings(&ran, topic);
        assert_eq!(about[0].0, "missing", "{about:?}");
        assert!(about[0].1.contains(found) && about[0].2.contains(advice), "{about:?}");
    }
    let toolchains = findings(&ran, "toolchains");
    assert_eq!((toolchains[0].0.as_str(), toolchains[1].0.as_str()), ("note", "missing"));
    assert_eq!(toolchains[1].2, "run `cargo triton setup --triton 3.3.1`");
    assert!(findings(&ran, "variables")[0].1.starts_with("TRITON_RUNNER_HOME="));
    // A CUDA toolkit may have one.
    assert_ne!(findings(&ran, "ptxas")[0].0, "missing");
}

#[test]
fn a_package_whose_kernels_are_locked_needs_no_compiler() {
    let package = Package::add();
    package.write("build.rs", "");
    package.triton(&["lock"]).ok();
    let bare = || {
        let mut doctor = command(["doctor", "--json"]);
        doctor.current_dir(package.folder()).env("TRITON_RUNNER_HOME", "/nonexistent");
        Ran::of(&mut doctor)
    };
    let ran = bare();
    ran.ok();
    assert!(findings(&ran, "lock")[0].1.contains("all kernels are locked"));
    assert!(findings(&ran, "python").is_empty());
    let json = String::from_utf8(package.read("kernels/add_kernel.json")).unwrap();
    package.write("kernels/add_kernel.json", json.replace("\"num_warps\": 4", "\"num_warps\": 8"));
    let ran = bare();
    assert_eq!(ran.code, Some(1));
    let lock = &findings(&ran, "lock")[0];
    assert_eq!((lock.0.as_str(), lock.2.as_str()), ("missing", "run `cargo triton lock`"));
    assert!(lock.1.contains("add_kernel is stale or missing"));
}

#[test]
fn broken_settings_kernels_and_variables_are_found() {
    let package = Package::add();
    package.write("build.rs", "");
    package.write("kernels/broken.ttir", "module {}");
    let ran = package.triton(&["doctor", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert!(findings(&ran, "kernels")[0].1.contains("kernel `broken`, `kernels/broken.ttir`"));
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", manifest.replace("sm_80", "hopper"));
    let ran = package.triton(&["doctor", "--json"]);
    let settings = &findings(&ran, "settings")[0];
    assert!(settings.0 == "missing" && settings.1.contains("hopper"), "{settings:?}");

    let mut doctor = command(["doctor", "--json"]);
    doctor.current_dir("/").env("TRITON_RUNNER_PYTHON", "/nowhere/python").env("TRITON_RUNNER_PTXAS", "/nowhere/ptxas");
    let ran = Ran::of(doctor.env("TRITON_RUNNER_CACHE", "off"));
    assert_eq!(ran.code, Some(1));
    for topic in ["python", "ptxas"] {
        let about = &findings(&ran, topic)[0];
        assert!(about.0 == "missing" && about.1.contains("/nowhere/"), "{about:?}");
    }
    assert!(findings(&ran, "cache")[0].1.contains("off"));
    let packages = &findings(&ran, "packages")[0];
    assert!(packages.1.contains("Cargo.toml") && packages.2.contains("cargo triton new"), "{packages:?}");
}

#[test]
fn a_build_script_that_builds_no_kernels_is_found() {
    let package = Package::add();
    let script = |text: &str| {
        package.write("build.rs", text);
        let ran = package.triton(&["doctor", "--json"]);
        findings(&ran, "build script").pop().unwrap_or_default()
    };
    // Something that it calls may build them.
    let other = script("fn main() { our_kernels::build(); }");
    assert!(other.0 == "note" && other.1.contains("demo: the build script doesn't mention"), "{other:?}");
    let unlisted = script("fn main() { triton_runner_build::build(); }");
    assert!(unlisted.0 == "missing" && unlisted.2.contains("cargo add --build triton-runner-build"), "{unlisted:?}");
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", format!("{manifest}\n[build-dependencies]\ntriton-runner-build = \"0.1.0\"\n"));
    let empty = script("fn main() {}");
    assert!(empty.0 == "missing" && empty.2.contains("triton_runner_build::build();"), "{empty:?}");
    assert_eq!(script("fn main() { triton_runner_build::build(); }"), Default::default());
}

#[test]
fn a_triton_that_there_is_not_is_told_apart_from_one_to_install() {
    let package = Package::add();
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", manifest.replace("3.3.1", "9.9.9"));
    let ran = package.triton(&["doctor", "--json"]);
    let toolchains = findings(&ran, "toolchains").pop().unwrap();
    assert!(toolchains.1.contains("Triton 9.9.9 is not known here; known are 3.2.0"), "{toolchains:?}");
    assert!(toolchains.2.contains("set `triton`"), "{toolchains:?}");
    package.write("Cargo.toml", manifest.replace("3.3.1", "3.3"));
    let settings = findings(&package.triton(&["doctor", "--json"]), "settings").pop().unwrap();
    assert!(settings.1.contains("`3.3` is no version of Triton: expected three numbers, as in 3.3.1"), "{settings:?}");
}

#[test]
fn a_wrong_architecture_hides_no_missing_build_script() {
    let package = Package::add();
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", manifest.replace("sm_90", "sm_91"));
    let ran = package.triton(&["doctor", "--json"]);
    let settings = findings(&ran, "settings").pop().unwrap();
    assert!(settings.1.contains("`sm_91` is the architecture of no GPU: write `sm_90` or `sm_100`"), "{settings:?}");
    let script = findings(&ran, "build script").pop().unwrap();
    assert!(script.0 == "missing" && script.1.contains("there is no build.rs"), "{script:?}");
}

/// A libcuda of ours in a folder, with these bodies of `cuInit` and `cuDeviceGetCount`.
fn driver(folder: &Path, init: &str, count: u32) {
    let source = format!(
        "#include <string.h>
        int cuDriverGetVersion(int *v) {{ *v = 12040; return 0; }}
        int cuInit(unsigned flags) {{ {init} }}
        int cuDeviceGetCount(int *n) {{ *n = {count}; return 0; }}
        int cuDeviceGet(int *d, int i) {{ *d = i; return 0; }}
        int cuDeviceGetName(char *name, int len, int d) {{ strncpy(name, d ? \"NVIDIA A10\" : \"NVIDIA H100\", len); return 0; }}
        int cuDeviceGetAttribute(int *v, int what, int d) {{ *v = what == 75 ? (d ? 8 : 9) : (d ? 6 : 0); return 0; }}"
    );
    std::fs::write(folder.join("cuda.c"), source).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o", "libcuda.so.1", "cuda.c"]).current_dir(folder);
    assert!(cc.status().unwrap().success());
}

#[test]
fn the_driver_is_asked_for_its_gpus_and_they_are_held_against_what_is_embedded() {
    let package = Package::add();
    package.write("build.rs", "");
    let folder = tempfile::tempdir().unwrap();
    let doctor = |init: &str, count: u32| {
        driver(folder.path(), init, count);
        let mut doctor = command(["doctor", "--json"]);
        Ran::of(doctor.current_dir(package.folder()).env("LD_LIBRARY_PATH", folder.path()))
    };
    let ran = doctor("return 0;", 2);
    ran.ok();
    assert_eq!(findings(&ran, "driver")[0].1, "NVIDIA's, for CUDA up to 12.4");
    let gpus: Vec<_> = findings(&ran, "gpu").into_iter().map(|finding| finding.1).collect();
    // Machine code for sm_80 runs on sm_86 too.
    assert_eq!(gpus, ["NVIDIA H100, sm_90", "NVIDIA A10, sm_86"]);

    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", manifest.replace("\"sm_80\", \"sm_90\"", "\"sm_120\""));
    let ran = doctor("return 0;", 1);
    let gpu = &findings(&ran, "gpu")[1];
    assert!(gpu.0 == "note" && gpu.1.contains("nothing that it embeds runs on this machine's NVIDIA H100"), "{gpu:?}");
    assert_eq!(gpu.2, "add \"sm_90\" to `archs`");

    assert_eq!(findings(&doctor("return 100;", 0), "gpu")[0].1, "none; kernels are built without one");
    let broken = &findings(&doctor("return 803;", 0), "driver")[0];
    assert!(broken.0 == "note" && broken.1.contains("cuInit fails with status 803"), "{broken:?}");
}

#[test]
fn a_change_that_cargo_does_not_notice_is_found() {
    use std::time::{Duration, SystemTime};
    let package = Package::add();
    package.write("build.rs", "");
    package.copy("examples/vector-add/kernels/add_kernel.py", "add_kernel.py");
    let out = package.path("target/debug/build/demo-0123456789abcdef/out");
    std::fs::create_dir_all(&out).unwrap();
    let build = || triton_runner_build::Builder::new().package(package.folder()).out_dir(&out).compile().unwrap();
    let found = || {
        let mut doctor = command(["doctor", "--json"]);
        let ran = Ran::of(doctor.current_dir(package.folder()).env_remove("CARGO_TARGET_DIR"));
        findings(&ran, "kernels")
    };
    let set_time = |name: &str, time| {
        std::fs::File::options().append(true).open(package.path(name)).unwrap().set_modified(time).unwrap();
    };
    build();
    assert_eq!(found(), []);
    let (json, old) = ("kernels/add_kernel.json", SystemTime::now() - Duration::from_secs(1000));
    let text = String::from_utf8(package.read(json)).unwrap();
    package.write(json, text.replace("\"num_warps\": 4", "\"num_warps\": 8"));
    // One that is newer cargo sees itself.
    set_time(json, SystemTime::now() + Duration::from_secs(60));
    assert_eq!(found(), []);
    set_time(json, old);
    let [(status, what, advice)] = &found()[..] else { panic!("{:?}", found()) };
    assert_eq!(status, "missing");
    assert!(what.contains("demo: `kernels/add_kernel.json` is not what the last build read"), "{what}");
    assert_eq!(advice, "`touch kernels/add_kernel.json`, and build again");
    build();
    assert_eq!(found(), []);

    // An older folder, renamed into place.
    std::fs::create_dir(package.path("older")).unwrap();
    for (from, to) in [("ttir", "other.ttir"), ("json", "other.json")] {
        package.write(&format!("older/{to}"), package.read(&format!("kernels/add_kernel.{from}")));
        set_time(&format!("older/{to}"), old);
    }
    std::fs::File::open(package.path("older")).unwrap().set_modified(old).unwrap();
    std::fs::rename(package.path("kernels"), package.path("newer")).unwrap();
    std::fs::rename(package.path("older"), package.path("kernels")).unwrap();
    let found = found();
    assert!(
        found.iter().any(|(_, what, _)| what.contains("demo: `kernels` is not what the last build read")),
        "{found:?}"
    );
}
