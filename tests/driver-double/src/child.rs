//! A process for each test, in which the double is libcuda.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Double;

/// Which driver the double is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// One for CUDA 13.0.
    Current,
    /// One for CUDA 11.4: without `cuLaunchKernelEx`, `cuCtxGetId` and `cuTensorMapEncodeTiled`.
    Old,
    /// One that lacks a function that every driver has.
    Damaged,
    /// None at all.
    Missing,
}

impl Variant {
    /// The folder with it, for `LD_LIBRARY_PATH`.
    pub fn folder(self) -> PathBuf {
        Path::new(env!("DRIVER_DOUBLE")).join(match self {
            Variant::Current => "current",
            Variant::Old => "old",
            Variant::Damaged => "damaged",
            Variant::Missing => "missing",
        })
    }
}

/// Set in the child, to the test's name.
const CHILD: &str = "DRIVER_DOUBLE_CHILD";

/// Runs `body` in a child process with this variant in place of libcuda, as the test with this path.
///
/// # Panics
///
/// If the child fails; its output is shown.
#[allow(clippy::panic, clippy::expect_used)]
pub fn run(path: &str, variant: Variant, body: impl FnOnce(&Double)) {
    // The harness names tests without the crate.
    let name = path.split_once("::").map_or(path, |(_, name)| name);
    let folder = variant.folder();
    if env::var(CHILD).as_deref() == Ok(name) {
        return body(&Double::open(&folder.join("libcuda.so.1")));
    }
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: the driver double is built on Linux only");
        return;
    }
    // SAFETY: opened to see whether it is there; NVIDIA's library may be opened and closed.
    if variant == Variant::Missing && unsafe { libloading::Library::new("libcuda.so.1") }.is_ok() {
        eprintln!("skipped: this machine has a driver, and it cannot be hidden from a process");
        return;
    }
    let output = Command::new(env::current_exe().expect("a test knows its executable"))
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, name)
        .env("LD_LIBRARY_PATH", &folder)
        .env_remove("CUDA_VISIBLE_DEVICES")
        .output()
        .expect("a test can start itself");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} failed in its process ({}):\n{text}", output.status);
    assert!(text.contains("1 passed"), "{name} did not run in its process:\n{text}");
}
