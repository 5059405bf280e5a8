//! Kernel folders, caches and locks that somebody else had their hands in: what SECURITY.md says of each, shown.
//!
//! Every build here runs as a process of its own, with a limit on its time and memory: one that waits for a pipe, reads a
//! device, overflows its stack or fills the memory is a failure.

#![cfg(target_os = "linux")]

mod cache;
mod code;
mod folder;
mod lock;
mod names;

use std::path::Path;
use std::process::Command;

use e2e::script::{Ran, Script};

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const SETTINGS: &str = "archs = [\"sm_80\"]";

/// Runs the build script, for two minutes and in 6 GB at most.
fn run(script: &Script) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 6000000; exec timeout 120 \"$0\"", PROGRAM]);
    command.current_dir(script.package.path()).env_clear().envs(&script.env);
    command.output().unwrap().into()
}

/// Its errors, after a look at everything else that it said.
#[track_caller]
fn errors(script: &Script) -> String {
    let ran = run(script);
    only_harmless_lines(&ran);
    assert!(!script.outputs().contains(&"manifest.json".to_owned()), "nothing is left to embed");
    ran.errors()
}

/// Cargo is told of errors, warnings and what to watch, and of nothing else; the terminal is told nothing.
#[track_caller]
fn only_harmless_lines(ran: &Ran) {
    for line in ran.stdout.lines() {
        let directive = line.strip_prefix("cargo:").map(|rest| rest.trim_start_matches(':'));
        let ours = "rustc-env=TRITON_RUNNER_MANIFEST_SHA256=";
        let harmless = ["error=", "warning=", "rerun-if-changed=", "rerun-if-env-changed=", ours];
        assert!(directive.is_none_or(|text| harmless.iter().any(|start| text.starts_with(start))), "{line:?}");
        assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{line:?}");
    }
}

/// A package whose one kernel is a PTX file: it takes ptxas, and neither Python nor Triton.
fn with_ptx() -> Script {
    let script = Script::new(PROGRAM, SETTINGS);
    for extension in ["ptx", "json"] {
        let from = format!("examples/levels/kernels/ptx/dot_ptx_sm80.sm_80.{extension}");
        script.package.copy(&from, &format!("k.sm_80.{extension}")).unwrap();
    }
    script
}

/// Forgets what was built, but not what is in the cache.
fn forget(script: &Script) {
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    std::fs::create_dir(script.out_dir()).unwrap();
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// As many as break a stack, in a file that is still small.
const DEEP: usize = 200_000;
