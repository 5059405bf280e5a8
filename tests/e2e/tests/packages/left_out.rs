//! Machine code that is left out: for systems without a driver, and where `TRITON_RUNNER_STUB=1` says so.

use e2e::script::{Ran, Script};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const COMMAND: &str = env!("CARGO_BIN_EXE_triton-command");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]";

/// Two kernels, with nothing that could lower them.
fn bare() -> Script {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    let nothing = script.temporary().join("nothing");
    script.env.insert("PATH", nothing.clone().into());
    script.env.insert("TRITON_RUNNER_HOME", nothing.into());
    script
}

fn warnings(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter_map(|line| line.strip_prefix("cargo::warning=")).collect()
}

/// What is embedded for GPUs: TTIR for the interpreter is there in any case.
fn images(script: &Script) -> Vec<String> {
    let is_image = |name: &String| name.ends_with(".cubin") || name.ends_with(".ptx");
    script.outputs().into_iter().filter(is_image).collect()
}

fn kernels(script: &Script) -> Vec<Value> {
    let manifest: Value = serde_json::from_slice(&script.image("manifest.json")).unwrap();
    manifest["kernels"].as_array().unwrap().clone()
}

fn lock(script: &Script) {
    script.package.write("src/lib.rs", "").unwrap();
    let home = script.home();
    let mut command = std::process::Command::new(COMMAND);
    command.current_dir(script.package.path()).args(["triton", "lock"]).env("TRITON_RUNNER_HOME", home);
    Ran::from(command.output().unwrap()).done();
}

#[test]
fn for_a_system_without_a_driver_the_typed_functions_are_made_with_a_warning() {
    let mut script = bare();
    script.env.insert("CARGO_CFG_TARGET_OS", "macos".into());
    // The same from an unchanged stamp.
    for _ in 0..2 {
        let ran = script.run().done();
        let [warning] = warnings(&ran)[..] else { panic!("{}", ran.stdout) };
        for part in ["kernels `k0`, `k1`", "for macos", "`load` returns an error", "`cargo triton lock`"] {
            assert!(warning.contains(part), "{part} in {warning}");
        }
        assert_eq!(images(&script), [""; 0]);
        for kernel in kernels(&script) {
            assert_eq!(kernel["left_out"], serde_json::json!({"no_driver": "macos"}));
            assert_eq!(kernel["arguments"].as_array().unwrap().len(), 4);
        }
    }
    // Only for such a system.
    for system in ["linux", "windows"] {
        script.env.insert("CARGO_CFG_TARGET_OS", system.into());
        let errors = script.run().errors();
        assert!(errors.contains("the Triton compiler 3.3.1 is not installed"), "{errors}");
        assert!(!script.outputs().contains(&"manifest.json".to_owned()));
    }
}

#[test]
fn whoever_asks_for_no_machine_code_gets_none_and_is_told_each_time() {
    let mut script = bare();
    script.env.insert("TRITON_RUNNER_STUB", "1".into());
    let ran = script.run().done();
    assert!(warnings(&ran).concat().contains("TRITON_RUNNER_STUB=1"), "{}", ran.stdout);
    assert!(ran.stdout.contains("cargo::rerun-if-env-changed=TRITON_RUNNER_STUB\n"), "{}", ran.stdout);
    assert!(kernels(&script).iter().all(|kernel| kernel["left_out"] == "asked"));
    // Another reason is another build.
    script.env.insert("CARGO_CFG_TARGET_OS", "macos".into());
    script.env.remove("TRITON_RUNNER_STUB");
    assert!(warnings(&script.run().done()).concat().contains("for macos"));
    script.env.remove("CARGO_CFG_TARGET_OS");
    assert!(script.run().errors().contains("is not installed"));
}

#[test]
fn what_is_machine_code_already_is_embedded_all_the_same() {
    let mut script = bare();
    script.edit("Cargo.toml", SETTINGS, "archs = [\"sm_80\"]");
    for extension in ["cubin", "json"] {
        let from = format!("examples/levels/kernels/cubin/dot_cubin_sm80.sm_80.{extension}");
        script.package.copy(&from, &format!("dot.sm_80.{extension}")).unwrap();
    }
    script.env.insert("TRITON_RUNNER_STUB", "1".into());
    let ran = script.run().done();
    assert!(warnings(&ran).concat().contains("kernels `k0`, `k1`:"), "{}", ran.stdout);
    assert_eq!(images(&script), ["dot.sm_80.cubin"]);
    assert_eq!(kernels(&script)[0]["left_out"], Value::Null);
}

#[test]
fn a_lock_is_used_wherever_the_program_will_run_and_one_that_is_stale_is_an_error() {
    let mut script = bare();
    lock(&script);
    let locked = ["k0.sm_80.cubin", "k0.sm_90a.cubin", "k1.sm_80.cubin", "k1.sm_90a.cubin"];
    for (variable, value) in
        [("CARGO_CFG_TARGET_OS", "macos"), ("CARGO_CFG_TARGET_OS", "windows"), ("TRITON_RUNNER_STUB", "1")]
    {
        script.env.insert(variable, value.into());
        let ran = script.run().done();
        assert_eq!((warnings(&ran), images(&script)), (vec![], locked.map(str::to_owned).to_vec()));
        script.env.remove(variable);
    }
    script.edit("kernels/k0.ttir", "arith.addf", "arith.subf");
    script.env.insert("CARGO_CFG_TARGET_OS", "macos".into());
    assert!(script.run().errors().contains("is stale"));
    // But for those who said that they want none.
    script.env.insert("TRITON_RUNNER_STUB", "1".into());
    let ran = script.run().done();
    assert!(warnings(&ran).concat().contains("for kernel `k0`:"), "{}", ran.stdout);
    assert_eq!(images(&script), ["k1.sm_80.cubin", "k1.sm_90a.cubin"]);
}
