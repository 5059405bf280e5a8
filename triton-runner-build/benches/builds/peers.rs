//! Triton used without this crate.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use triton_runner_build::__internal;
pub(crate) use triton_runner_build::__internal::Triton;

use crate::package::Kernel;

/// The Triton that everything is lowered with.
pub(crate) const TRITON: &str = "3.3.1";

/// The installed compiler; the first run installs it.
pub(crate) fn toolchain() -> Triton {
    __internal::triton(TRITON).unwrap()
}

/// Makes the installed compiler known to another home folder.
pub(crate) fn link_toolchains(home: &Path) {
    let site = toolchain().site;
    std::os::unix::fs::symlink(site.ancestors().nth(2).unwrap(), home.join("toolchains")).unwrap();
}

/// Python with Triton, an empty cache and no line info.
fn python(toolchain: &Triton, script: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(&toolchain.python);
    command.args(["-s", "-S", "-B"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/builds").join(script));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder.path());
    command.env("PYTHONPATH", &toolchain.site);
    command.env("TRITON_CACHE_DIR", folder.path().join("cache")).env("TRITON_DISABLE_LINE_INFO", "1");
    command
}

/// Writes the kernels and lists the jobs: file, architecture, options, output.
fn jobs(kernels: &[Kernel], archs: &[u16], folder: &TempDir) -> Vec<(String, u16, serde_json::Value, String)> {
    let path = |name: String| folder.path().join(name).display().to_string();
    let mut jobs = Vec::new();
    for kernel in kernels {
        let file = path(format!("{}.ttir", kernel.name));
        std::fs::write(&file, &kernel.ttir).unwrap();
        for arch in archs {
            jobs.push((file.clone(), *arch, kernel.options(), path(format!("{}.{arch}.cubin", kernel.name))));
        }
    }
    jobs
}

/// One import, forks; `warm` with all that the compiles have in common done before. Returns also what it made.
pub(crate) fn floor(
    toolchain: &Triton,
    kernels: &[Kernel],
    archs: &[u16],
    warm: bool,
) -> (Duration, Vec<(String, u16, Vec<u8>)>) {
    let folder = tempfile::tempdir().unwrap();
    let jobs = jobs(kernels, archs, &folder);
    let mut command = python(toolchain, "floor.py", &folder);
    command.stdin(Stdio::piped()).args(warm.then_some("warm"));
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(&jobs).unwrap()).unwrap();
    assert!(child.wait().unwrap().success());
    let took = begun.elapsed();
    let names = kernels.iter().flat_map(|kernel| archs.iter().map(|_| kernel.name.clone()));
    let cubins = names.zip(&jobs).map(|(name, (_, arch, _, output))| (name, *arch, std::fs::read(output).unwrap()));
    (took, cubins.collect())
}

/// A fresh process for each job, one after another.
pub(crate) fn in_turn(toolchain: &Triton, kernels: &[Kernel], archs: &[u16]) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let jobs = jobs(kernels, archs, &folder);
    let begun = Instant::now();
    for (file, arch, options, output) in jobs {
        let mut command = python(toolchain, "once.py", &folder);
        command.args([file, arch.to_string(), options.to_string(), output]);
        assert!(command.status().unwrap().success());
    }
    begun.elapsed()
}
