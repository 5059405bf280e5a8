//! This machine: Rust, Python, compilers, assembler, driver, GPUs, cache.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;

use semver::Version;

use super::finding::Finding;
use super::gpu::{self, NoDriver};
use crate::cargo::Env;
use crate::cli::terminal;
use crate::obtain::cache::Cache;
use crate::obtain::compilers::Compilers;
use crate::toolchain::{Python, ToolchainError, has_wheel, known_versions, of_python, pythons, uv};

/// The oldest Rust that this crate and what users depend on are built with.
const RUST: Version = Version::new(1, 88, 0);

pub(super) fn rust(env: &Env) -> Finding {
    let rustc = env.var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let said = Command::new(&rustc).arg("--version").output();
    let text = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let version = text.split_whitespace().nth(1).and_then(|version| Version::parse(version).ok());
    match version {
        // A nightly of the minimum counts as it.
        Some(found) if (found.major, found.minor) >= (RUST.major, RUST.minor) => Finding::ok("rust", text),
        Some(_) => Finding::missing("rust", text, format!("update Rust to {RUST} or later: `rustup update`")),
        None => Finding::missing("rust", "there is no rustc that runs", "install Rust with rustup"),
    }
}

/// Variables that change what happens.
pub(super) fn variables(env: &Env) -> Option<Finding> {
    let names =
        ["HOME", "ARCHS", "PYTHON", "PTXAS", "SETUP", "PREBUILT", "CACHE"].map(|name| format!("TRITON_RUNNER_{name}"));
    let set: Vec<_> = names.iter().filter_map(|name| Some(format!("{name}={}", env.var(name)?))).collect();
    (!set.is_empty()).then(|| Finding::note("variables", set.join(" ")))
}

/// The Python that compilers run in.
pub(super) fn python(env: &Env, wanted: &BTreeSet<Version>) -> Vec<Finding> {
    let search = env.var_os("PATH").unwrap_or_default();
    if let Some(own) = env.path("TRITON_RUNNER_PYTHON") {
        return vec![match of_python(&own, &search) {
            Ok(own) => Finding::ok("python", format!("{} has Triton {}", own.python.display(), own.triton)),
            Err(error) => Finding::missing(
                "python",
                error.to_string(),
                "set TRITON_RUNNER_PYTHON to a Python that has Triton, or unset it",
            ),
        }];
    }
    let found = pythons(&search);
    let good: Vec<_> = found.iter().flatten().collect();
    let uv = uv(&search);
    // No Python runs a version that doesn't exist; the toolchains say that.
    let known = known_versions();
    let wanted = wanted.iter().filter(|triton| known.contains(triton));
    wanted.map(|triton| for_triton(triton, &good, uv.is_some())).collect()
}

fn for_triton(triton: &Version, pythons: &[&Python], uv: bool) -> Finding {
    let fits: Vec<_> = pythons.iter().filter(|python| has_wheel(triton, &python.tag)).collect();
    let advice = "install Python 3.9 to 3.13 with pip (`apt install python3-pip`), or set TRITON_RUNNER_PYTHON to a Python that has Triton; PTX and cubin inputs and locked kernels need none";
    match (fits.iter().find(|python| python.pip), fits.first()) {
        (Some(python), _) => {
            Finding::ok("python", format!("{} with pip at {}, for Triton {triton}", python.name, python.path.display()))
        }
        (None, Some(python)) if uv => {
            Finding::ok("python", format!("{} at {} and uv, for Triton {triton}", python.name, python.path.display()))
        }
        (None, Some(python)) => {
            let found = format!("{} at {} has no pip", python.name, python.path.display());
            Finding::missing("python", found, "install pip (`apt install python3-pip`) or uv")
        }
        (None, None) => {
            // One interpreter is often found under several names.
            let names: BTreeSet<_> = pythons.iter().map(|python| python.name.as_str()).collect();
            let names: Vec<_> = names.into_iter().collect();
            let found = if names.is_empty() { "none on PATH".to_owned() } else { names.join(", ") };
            Finding::missing("python", format!("Triton {triton} has no package for what is here: {found}"), advice)
        }
    }
}

/// The compilers that are installed, and those that kernels need.
pub(super) fn toolchains(compilers: &Compilers, wanted: &BTreeSet<Version>) -> Vec<Finding> {
    let toolchains = match compilers.toolchains() {
        Ok(toolchains) => toolchains,
        Err(error) => return vec![Finding::missing("toolchains", error.to_string(), "set TRITON_RUNNER_HOME")],
    };
    let folder = toolchains.folder();
    let installed = toolchains.list();
    let names: Vec<_> = installed.iter().map(|one| format!("{} ({})", one.triton(), one.python_tag())).collect();
    let mut findings = vec![match names.is_empty() {
        true => Finding::note("toolchains", format!("none installed in {}", folder.display())),
        false => Finding::ok("toolchains", format!("Triton {} in {}", names.join(", "), folder.display())),
    }];
    for triton in wanted {
        if let Err(error) = toolchains.require(triton) {
            let found = error.to_string();
            findings.push(match error {
                ToolchainError::UnknownVersion { .. } => Finding::missing(
                    "toolchains",
                    found,
                    "set `triton` to one of those in [package.metadata.triton-runner]",
                ),
                _ if compilers.installs() => {
                    Finding::note("toolchains", format!("Triton {triton} is wanted; the next build installs it"))
                }
                _ => {
                    let found = found.split(": run `cargo").next().unwrap_or(&found).to_owned();
                    Finding::missing("toolchains", found, format!("run `cargo triton setup --triton {triton}`"))
                }
            });
        }
    }
    findings
}

pub(super) fn ptxas(env: &Env, compilers: &Compilers) -> Finding {
    match compilers.programs.ptxas(90, None, None) {
        Ok(found) => Finding::ok("ptxas", format!("{} at {}", found.version, found.path.display())),
        Err(error) if env.path("TRITON_RUNNER_PTXAS").is_some() => {
            Finding::missing("ptxas", error.to_string(), "set TRITON_RUNNER_PTXAS to a ptxas, or unset it")
        }
        Err(_) => Finding::note("ptxas", "none found; only PTX inputs need one of their own")
            .with_advice("`cargo triton setup` brings one"),
    }
}

/// The driver and each GPU. None is needed for building.
pub(super) fn gpus() -> (Vec<Finding>, Vec<gpu::Gpu>) {
    match gpu::driver() {
        Ok(driver) => {
            let mut findings = vec![Finding::ok("driver", format!("NVIDIA's, for CUDA up to {}", driver.cuda()))];
            findings.extend(driver.gpus.iter().map(|gpu| Finding::ok("gpu", format!("{}, {}", gpu.name, gpu.arch))));
            if driver.gpus.is_empty() {
                findings.push(Finding::note("gpu", "none; kernels are built without one"));
            }
            (findings, driver.gpus)
        }
        Err(NoDriver::NotFound) => (
            vec![Finding::note("driver", "none: kernels are built without one, and run where there is one")],
            Vec::new(),
        ),
        Err(NoDriver::Broken(why)) => {
            let advice = "check that the driver's kernel module and its library are of one version (`nvidia-smi`)";
            (vec![Finding::note("driver", format!("it doesn't work: {why}")).with_advice(advice)], Vec::new())
        }
    }
}

pub(super) fn cache(env: &Env, compilers: &Compilers) -> Finding {
    if crate::obtain::tools::cache_is_off(env) {
        return Finding::note("cache", "off (TRITON_RUNNER_CACHE)");
    }
    let Ok(home) = compilers.home() else {
        return Finding::note("cache", "there is no folder for it");
    };
    let (count, bytes) = Cache::at(home).usage();
    let folder = home.join("cache");
    Finding::ok("cache", format!("{count} results, {}, in {}", terminal::bytes(bytes), folder.display()))
}
