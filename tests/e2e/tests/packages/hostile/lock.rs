//! Locks and machine code that somebody else wrote into the source tree.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use e2e::script::{Ran, Script, snapshot};

use super::{DEEP, PROGRAM, SETTINGS, errors, make_pipe, run};

fn cargo_triton(script: &Script, arguments: &[&str]) -> Ran {
    let mut command = Command::new("timeout");
    command.args(["120", env!("CARGO_BIN_EXE_triton-command"), "triton"]).args(arguments);
    command.current_dir(script.package.path()).env_clear().envs(&script.env);
    for name in ["HOME", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.output().unwrap().into()
}

/// One kernel, locked, and the text of the lock.
fn locked() -> (Script, PathBuf, String) {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.package.write("src/lib.rs", "").unwrap();
    cargo_triton(&script, &["lock"]).done();
    let lock = script.package.path().join("kernels/prebuilt/lock.json");
    let text = std::fs::read_to_string(&lock).unwrap();
    (script, lock, text)
}

#[test]
fn a_path_in_a_lock_leads_nowhere() {
    let (script, lock, text) = locked();
    let elsewhere = script.temporary().parent().unwrap().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(lock.with_file_name("k0.sm_80.cubin"), elsewhere.join("k0.sm_80.cubin")).unwrap();
    let before = snapshot(&elsewhere);
    let absolute = elsewhere.join("k0").display().to_string();
    for name in [absolute.as_str(), "../../../elsewhere/k0", "../k0", "k0/../k0", "k0\\u0000", ""] {
        std::fs::write(&lock, text.replace("\"kernel\": \"k0\"", &format!("\"kernel\": \"{name}\""))).unwrap();
        assert!(errors(&script).contains("there is no machine code for it"), "{name}");
        let check = cargo_triton(&script, &["lock", "--check"]);
        assert!(!check.ok && check.stderr.contains("cargo triton lock"), "{}", check.stderr);
    }
    for arch in ["sm_80/../../../elsewhere/k0.sm_80", "sm_99999999999", "", "sm_-80"] {
        std::fs::write(&lock, text.replace("\"arch\": \"sm_80\"", &format!("\"arch\": \"{arch}\""))).unwrap();
        assert!(errors(&script).contains("is damaged"), "{arch}");
    }
    std::fs::write(&lock, text.replace("\"kernel\": \"k0\"", "\"kernel\": \"../../../elsewhere/k0\"")).unwrap();
    cargo_triton(&script, &["lock"]).done();
    assert_eq!(snapshot(&elsewhere), before, "nothing there was changed or removed");
    assert_eq!(run(&script).done().lowered(), 0);
}

#[test]
fn numbers_nesting_and_kinds_that_no_lock_has_are_damage() {
    let (script, lock, text) = locked();
    let deep = "[".repeat(DEEP);
    let format = |value: &str| text.replace("\"format\": 1", &format!("\"format\": {value}"));
    for bad in [
        format("99999999999999999999999999"),
        format("1e999999"),
        format("-1"),
        format("\"1\""),
        format(&deep),
        text.replace("\"metadata\": {", &format!("\"metadata\": {{\"x\": {deep},")),
        deep.clone(),
        "\u{0}".repeat(1000),
        format!("{text}{text}"),
    ] {
        std::fs::write(&lock, bad).unwrap();
        let errors = errors(&script);
        assert!(errors.contains("is damaged") && errors.contains("`cargo triton lock`"), "{errors}");
    }
    // Its metadata decides what a launch asks for: it is held against the machine code and the hardware.
    for (from, to) in [
        ("\"shared\": 0", "\"shared\": 4294967295"),
        ("\"shared\": 0", "\"shared\": 18446744073709551616"),
        ("\"num_warps\": 4", "\"num_warps\": 4294967295"),
        ("\"num_warps\": 4", "\"num_warps\": 8"),
        ("\"num_warps\": 4", "\"num_warps\": -4"),
        ("\"name\": \"k0\"", "\"name\": \"k1\""),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(&lock, text.replacen(from, to, 1)).unwrap();
        let ran = run(&script);
        if ran.ok {
            // What the lock says there isn't asked.
            assert_eq!(to, "\"name\": \"k1\"");
        } else {
            assert!(ran.errors().contains("kernel `k0`"), "{to}: {}", ran.errors());
        }
    }
}

#[test]
fn locked_files_that_never_end_are_not_read() {
    for name in ["lock.json", "k0.sm_80.cubin"] {
        for pipe in [true, false] {
            let (script, lock, _) = locked();
            let path = lock.with_file_name(name);
            std::fs::remove_file(&path).unwrap();
            if pipe {
                make_pipe(&path)
            } else {
                symlink("/dev/zero", &path).unwrap()
            }
            let errors = errors(&script);
            assert!(errors.contains(name) && errors.contains("not a regular file"), "{errors}");
        }
    }
}

#[test]
fn locking_writes_through_no_link_and_removes_nothing_behind_one() {
    let (script, lock, _) = locked();
    let prebuilt = lock.parent().unwrap();
    let elsewhere = script.temporary().parent().unwrap().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for name in ["precious", "old.sm_80.cubin"] {
        std::fs::write(elsewhere.join(name), "").unwrap();
    }
    let before = snapshot(&elsewhere);
    // A file.
    let cubin = prebuilt.join("k0.sm_80.cubin");
    std::fs::remove_file(&cubin).unwrap();
    symlink(elsewhere.join("precious"), &cubin).unwrap();
    cargo_triton(&script, &["lock"]).done();
    assert!(cubin.symlink_metadata().unwrap().is_file());
    // A pipe.
    std::fs::remove_file(&cubin).unwrap();
    make_pipe(&cubin);
    cargo_triton(&script, &["lock"]).done();
    assert!(cubin.symlink_metadata().unwrap().is_file());
    // The folder.
    std::fs::remove_dir_all(prebuilt).unwrap();
    symlink(&elsewhere, prebuilt).unwrap();
    let refused = cargo_triton(&script, &["lock"]);
    assert!(!refused.ok && refused.stderr.contains("symbolic link"), "{}", refused.stderr);
    assert_eq!(snapshot(&elsewhere), before);
}
