//! Environments of the programs that are started: nothing that the user's shell holds may change generated code.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::toolchain::Toolchain;
use crate::toolchain::environment::{clear_python, names, starts_with};

/// What a program needs to start at all.
const KEPT: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "TZ"];

/// What the user's own interpreter may need to find its packages.
const KEPT_FOR_OWN: [&str; 6] =
    ["PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "VIRTUAL_ENV", "CONDA_PREFIX", "NIX_PYTHONPATH"];

/// Variables beside Triton's own that its compiler reads, of all versions in pins.toml.
const COMPILER_PREFIXES: [&str; 5] = ["TRITON_", "MLIR_", "LLVM_", "NVPTX_", "PTXAS_"];
const COMPILER_NAMES: [&str; 9] = [
    "DISABLE_PTXAS_OPT",
    "DISABLE_LLVM_OPT",
    "DISABLE_FAST_REDUCTION",
    "DISABLE_MMA_V3",
    "DISABLE_MMA_V5",
    "ALLOW_LHS_TMEM_LAYOUT_CONVERSION",
    "ENABLE_LHS_TO_TMEM",
    "STORE_TMEM_TO_GLOBAL_BYPASS_SMEM",
    "USE_IR_LOC",
];

/// An environment with nothing in it but what is needed. `private` is a folder that only this run uses.
pub(super) fn for_lowering(command: &mut Command, toolchain: &Toolchain, private: &Path) {
    command.env_clear();
    let own: &[&str] = if toolchain.site.is_none() { &KEPT_FOR_OWN } else { &[] };
    for name in KEPT.iter().chain(own) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if toolchain.site.is_none() && std::env::var_os("PYTHONUSERBASE").is_none() {
        // Packages of the user's site lie below the real home, and HOME is about to change.
        if let Some(home) = std::env::var_os("HOME") {
            command.env("PYTHONUSERBASE", Path::new(&home).join(".local"));
        }
    }
    set_private(command, toolchain, private);
    // A job's thread takes memory from its own part alone, and not what other parts had and gave up: see `worker.py`.
    command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=4194304");
}

/// For a Python module of the user's, which may need its surroundings: only what changes generated code is taken away.
pub(super) fn for_export(command: &mut Command, toolchain: &Toolchain, private: &Path) {
    if toolchain.site.is_some() {
        clear_python(command);
    }
    let changes_code =
        |name: &OsStr| starts_with(name, &COMPILER_PREFIXES) || COMPILER_NAMES.iter().any(|known| name == *known);
    for name in names().filter(|name| changes_code(name)) {
        command.env_remove(name);
    }
    let home = std::env::var_os("HOME");
    set_private(command, toolchain, private);
    if let Some(home) = home {
        command.env("HOME", home);
    }
}

fn set_private(command: &mut Command, toolchain: &Toolchain, private: &Path) {
    if let Some(site) = &toolchain.site {
        command.env("PYTHONPATH", site);
    }
    // The programs import a file that lies beside them.
    command.env_remove("PYTHONSAFEPATH");
    command.env("HOME", private).env("TMPDIR", private);
    command.env("TRITON_HOME", private).env("TRITON_CACHE_DIR", private.join("cache"));
    command.envs([
        ("LC_ALL", "C.UTF-8"),
        ("PYTHONUTF8", "1"),
        ("PYTHONHASHSEED", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        // Only the backends that Triton brings; read by 3.6 and later.
        ("TRITON_BACKENDS_IN_TREE", "1"),
        // What all versions do when nobody says; 3.9 warns that it will not stay so.
        ("TRITON_DEFAULT_FP_FUSION", "1"),
    ]);
}
