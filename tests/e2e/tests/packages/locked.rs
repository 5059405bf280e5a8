//! Machine code in the source tree: `cargo triton lock`, builds that use it, and what is said when it doesn't fit.

use std::path::PathBuf;
use std::process::Command;

use e2e::script::{Ran, Script, files, snapshot};

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const COMMAND: &str = env!("CARGO_BIN_EXE_triton-command");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]\nptx = [\"sm_80\"]";

/// The command `cargo triton`, for the script's package.
pub(crate) fn cargo_triton(script: &Script, arguments: &[&str]) -> Ran {
    let mut command = Command::new(COMMAND);
    command.current_dir(script.package.path()).arg("triton").args(arguments).env_clear().envs(&script.env);
    // It asks cargo about the package.
    for name in ["HOME", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.output().unwrap().into()
}

/// Two kernels, locked.
fn locked() -> Script {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.package.write("src/lib.rs", "").unwrap();
    let said = cargo_triton(&script, &["lock"]).done().stdout;
    assert!(said.contains("p: 4 images") && said.contains("kernels/prebuilt"), "{said}");
    script
}

/// Takes away everything but the package and OUT_DIR: home, cache, compiler, programs.
fn bare(script: &mut Script) {
    std::fs::remove_dir_all(script.home()).unwrap();
    script.env.retain(|name, _| ["CARGO_MANIFEST_DIR", "OUT_DIR"].contains(name));
    script.env.insert("PATH", "/nonexistent".into());
    script.env.insert("HOME", "/nonexistent".into());
    script.env.insert("TMPDIR", "/nonexistent".into());
}

fn prebuilt(name: &str) -> String {
    format!("kernels/prebuilt/{name}")
}

#[test]
fn a_locked_package_builds_with_nothing_and_writes_only_to_out_dir() {
    let mut script = locked();
    let names = [
        "k0.sm_80.cubin",
        "k0.sm_80.ptx",
        "k0.sm_90.cubin",
        "k1.sm_80.cubin",
        "k1.sm_80.ptx",
        "k1.sm_90.cubin",
        "lock.json",
    ];
    let found = files(&script.package.path().join("kernels/prebuilt"));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), names.map(PathBuf::from));
    // What a build without the lock makes.
    script.env.insert("TRITON_RUNNER_PREBUILT", "off".into());
    assert_eq!(script.run().done().lowered(), 0, "the cache has what was locked");
    let outputs = script.outputs();
    let images: Vec<_> = outputs.iter().filter(|name| *name != "stamp").map(|name| script.image(name)).collect();
    script.env.remove("TRITON_RUNNER_PREBUILT");
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    std::fs::create_dir(script.out_dir()).unwrap();

    bare(&mut script);
    let before = snapshot(script.package.path());
    assert_eq!(script.run().done().lowered(), 0);
    assert_eq!(script.outputs(), outputs);
    let again: Vec<_> = outputs.iter().filter(|name| *name != "stamp").map(|name| script.image(name)).collect();
    assert!(images == again);
    script.run().done();
    assert_eq!(snapshot(script.package.path()), before);
    assert!(files(&script.temporary()).is_empty());
}

#[test]
fn a_lock_that_is_stale_is_an_error_that_names_the_kernel_and_the_command() {
    let mut script = locked();
    bare(&mut script);
    script.run().done();
    script.edit("kernels/k1.ttir", "arith.addf", "arith.subf");
    let errors = script.run().errors();
    assert!(errors.contains("kernel `k1`, `kernels/k1.ttir` for sm_80, sm_90: "), "{errors}");
    assert!(
        errors.contains("is stale") && errors.contains("`cargo triton lock`") && !errors.contains("k0"),
        "{errors}"
    );
    assert!(!script.outputs().contains(&"manifest.json".to_owned()));
    script.edit("kernels/k1.ttir", "arith.subf", "arith.addf");
    script.run().done();
    script.edit("kernels/k0.json", "\"num_warps\": 4", "\"num_warps\": 8");
    assert!(script.run().errors().contains("kernel `k0`"));
    script.edit("kernels/k0.json", "\"num_warps\": 8", "\"num_warps\": 4");
    script.edit("Cargo.toml", "\"sm_90\"", "\"sm_90\", \"sm_120\"");
    let errors = script.run().errors();
    assert!(errors.contains("for sm_120: there is no machine code for it"), "{errors}");
    assert!(errors.contains("stale-lock = \"lower\""), "{errors}");
}

#[test]
fn a_stale_lock_is_lowered_around_where_the_settings_allow_it() {
    let script = locked();
    script.edit("Cargo.toml", "archs", "stale-lock = \"lower\"\narchs");
    assert_eq!(script.run().done().lowered(), 0);
    script.edit("kernels/k1.ttir", "arith.addf", "arith.subf");
    assert_eq!(script.run().done().lowered(), 2);
    let locked = std::fs::read(script.package.path().join(prebuilt("k1.sm_80.cubin"))).unwrap();
    assert!(script.image("k1.sm_80.cubin") != locked);
    cargo_triton(&script, &["lock"]).done();
    script.run().done();
    let locked = std::fs::read(script.package.path().join(prebuilt("k1.sm_80.cubin"))).unwrap();
    assert!(script.image("k1.sm_80.cubin") == locked);
}

#[test]
fn a_lock_that_is_damaged_or_tampered_with_is_never_used() {
    let mut script = locked();
    bare(&mut script);
    script.run().done();
    let path = script.package.path().join(prebuilt("k0.sm_90.cubin"));
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("kernel `k0`") && errors.contains("is not the file that was locked"), "{errors}");
    std::fs::remove_file(&path).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("k0.sm_90.cubin") && errors.contains("`cargo triton lock`"), "{errors}");
    std::fs::write(&path, &good).unwrap();
    script.run().done();

    let lock = script.package.path().join(prebuilt("lock.json"));
    let text = std::fs::read_to_string(&lock).unwrap();
    for (broken, part) in [
        (text[..text.len() / 2].to_owned(), "is damaged"),
        (text.replacen("\"format\": 1", "\"format\": 7", 1), "has format 7"),
        (text.replacen("\"kernel\": \"k0\"", "\"kernel\": \"k9\"", 1), "there is no machine code for it"),
        (String::new(), "is damaged"),
    ] {
        std::fs::write(&lock, broken).unwrap();
        let errors = script.run().errors();
        assert!(errors.contains(part) && errors.contains("`cargo triton lock`"), "{part}: {errors}");
    }
    std::fs::write(&lock, &text).unwrap();
    script.run().done();
    // Machine code of another kernel, with the lock changed to fit: the contract still sees it.
    let other = e2e::file("triton-runner-build/tests/data/3.3/types.sm_90.cubin");
    std::fs::write(&path, &other).unwrap();
    std::fs::write(&lock, text.replace(&sha256(&good), &sha256(&other))).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("kernel `k0`") && !script.outputs().contains(&"manifest.json".to_owned()), "{errors}");
    // Without the lock there is nothing to build with.
    std::fs::remove_file(&lock).unwrap();
    assert!(script.run().errors().contains("3.3.1"));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn lock_check_lowers_again_and_compares() {
    let script = locked();
    let check = || cargo_triton(&script, &["lock", "--check"]);
    let before = snapshot(script.package.path());
    assert!(check().done().stdout.contains("are as they were locked"));
    assert_eq!(snapshot(script.package.path()), before);

    let refused = |parts: &[&str]| {
        let ran = check();
        assert!(!ran.ok && !ran.stderr.contains("panicked"), "{}{}", ran.stdout, ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "`{part}` is not in:\n{}", ran.stderr);
        }
    };
    // Somebody changed the code and the lock with it.
    let path = script.package.path().join(prebuilt("k0.sm_90.cubin"));
    let lock = script.package.path().join(prebuilt("lock.json"));
    let (good, text) = (std::fs::read(&path).unwrap(), std::fs::read_to_string(&lock).unwrap());
    let mut bad = good.clone();
    let end = bad.len() - 1;
    bad[end] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    std::fs::write(&lock, text.replace(&sha256(&good), &sha256(&bad))).unwrap();
    refused(&["kernel `k0`", "for sm_90", "is not what lowering it now gives"]);
    std::fs::write(&path, &good).unwrap();
    std::fs::write(&lock, &text).unwrap();
    script.edit("kernels/k1.ttir", "arith.addf", "arith.subf");
    refused(&["kernel `k1`", "is stale"]);
    script.edit("kernels/k1.ttir", "arith.subf", "arith.addf");
    for name in ["k0.ttir", "k0.json"] {
        std::fs::remove_file(script.package.path().join("kernels").join(name)).unwrap();
    }
    refused(&["kernel `k0`", "there is no such kernel any more"]);
    cargo_triton(&script, &["lock"]).done();
    check().done();
    assert_eq!(files(&script.package.path().join("kernels/prebuilt")).len(), 4);
}

#[test]
fn an_architecture_that_the_package_does_not_list_is_lowered_beside_the_lock() {
    let mut script = locked();
    // What is locked is used, whichever part of it is asked for.
    for arch in ["sm_80", "sm_90"] {
        let mut bare = cargo_triton(&script, &["inspect", "k0", "--arch", arch]).done().stdout;
        bare.retain(|c| c != ' ');
        assert!(bare.contains(arch), "{bare}");
    }
    let said = cargo_triton(&script, &["inspect", "k0", "--arch", "sm_86"]).done().stdout;
    assert!(said.contains("sm_86"), "{said}");
    script.env.insert("TRITON_RUNNER_ARCHS", "sm_90,sm_86".into());
    assert_eq!(script.run().done().lowered(), 1, "k1 for sm_86; k0 is in the cache");
    assert!(script.outputs().contains(&"k0.sm_86.cubin".to_owned()));
    let locked = std::fs::read(script.package.path().join(prebuilt("k0.sm_90.cubin"))).unwrap();
    assert!(script.image("k0.sm_90a.cubin") == locked);
    // Without a compiler that is what is missing, and not something in a lock that is another's.
    bare(&mut script);
    script.env.insert("TRITON_RUNNER_ARCHS", "sm_120".into());
    script.env.insert("TRITON_RUNNER_HOME", "/nonexistent".into());
    let errors = script.run().errors();
    assert!(errors.contains("3.3.1 is not installed") && !errors.contains("lock"), "{errors}");
    script.env.insert("TRITON_RUNNER_ARCHS", "sm_90".into());
    script.run().done();
}
