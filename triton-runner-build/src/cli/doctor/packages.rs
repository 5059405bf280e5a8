//! The workspace's packages: settings, kernels, lock.

use std::collections::BTreeSet;

use semver::Version;
use triton_runner_manifest::{Arch, Level};

use super::finding::Finding;
use super::gpu::Gpu;
use super::unnoticed;
use crate::analysis::Analysis;
use crate::cli::compilers::lowering;
use crate::cli::packages::{Found, Packages};
use crate::lowering::ptxas::triton_arch;
use crate::obtain::key;
use crate::obtain::prebuilt::{self, Prebuilt};
use crate::plan::{self, Step};
use crate::read::python_source;
use crate::settings::Overrides;
use crate::toolchain::known_wrong;

/// What was found, and the versions of Triton that builds need.
pub(super) fn packages(packages: &Packages, gpus: &[Gpu]) -> (Vec<Finding>, BTreeSet<Version>) {
    let mut findings = Vec::new();
    let mut wanted = BTreeSet::new();
    match packages.find() {
        Ok(found) => found.iter().for_each(|found| package(found, gpus, &mut findings, &mut wanted)),
        Err(error) => {
            let text = error.to_string();
            let found = text.lines().next().unwrap_or_default().to_owned();
            findings.push(
                Finding::note("packages", found).with_advice("`cargo triton new KERNEL` starts a kernel in a package"),
            );
        }
    }
    (findings, wanted)
}

fn package(found: &Found, gpus: &[Gpu], findings: &mut Vec<Finding>, wanted: &mut BTreeSet<Version>) {
    let name = &found.name;
    let mut analysis = match Analysis::of(&found.folder, None, &Overrides::default(), |_, _, _| None) {
        Ok(analysis) => analysis,
        Err(error) => {
            let advice = "mend them in Cargo.toml; those that build.rs gives to `Builder` are not seen here";
            findings.push(Finding::missing("settings", format!("{name}: {error}"), advice));
            findings.extend(build_script(found));
            return;
        }
    };
    let archs: Vec<_> = analysis.settings.archs.iter().map(Arch::to_string).collect();
    let kernels = match analysis.kernels.len() {
        1 => "1 kernel".to_owned(),
        count => format!("{count} kernels"),
    };
    findings.push(Finding::ok("settings", format!("{name}: {kernels} for {}", archs.join(", "))));
    let mut problems = std::mem::take(&mut analysis.problems);
    let (steps, more) = analysis.steps();
    problems.extend(more);
    for problem in problems {
        findings.push(Finding::missing("kernels", format!("{name}: {problem}"), "mend it as the message says"));
    }
    let locked = lock(found, &analysis, &steps, findings);
    if !locked {
        wanted.extend(lowering(&steps));
    }
    let changed = python_source::changes(&analysis.kernels).into_iter();
    findings.extend(changed.map(|text| Finding::note("kernels", format!("{name}: {text}"))));
    let said = plan::guesses(steps.iter()).into_iter().chain(plan::known_wrong(steps.iter()));
    findings.extend(said.map(|text| Finding::note("kernels", format!("{name}: {text}"))));
    findings.extend(known_of_compilers(name, &steps));
    findings.extend(unnoticed::changes(found));
    for gpu in gpus {
        findings.extend(runs_on(name, gpu, &analysis));
    }
    findings.extend(build_script(found));
}

/// What is known of the compilers that lower for some GPU, whatever the kernel.
fn known_of_compilers(package: &str, steps: &[Step<'_>]) -> Vec<Finding> {
    let compilers: BTreeSet<_> = steps.iter().filter_map(|step| Some((step.triton.clone()?, step.arch))).collect();
    let known = compilers.iter().flat_map(|(triton, arch)| {
        let known = known_wrong::of_compiler(triton, *arch);
        known.map(move |wrong| Finding::note("compiler", format!("{package}: Triton {triton} for {arch}: {wrong}")))
    });
    known.collect()
}

/// What keeps cargo from building the kernels, whatever they are.
fn build_script(found: &Found) -> Option<Finding> {
    let name = &found.name;
    let missing = |what: &str, advice: &str| Some(Finding::missing("build script", format!("{name}: {what}"), advice));
    let Some(path) = &found.build_script else {
        return missing("there is no build.rs", "add a build.rs with `fn main() { triton_runner_build::build(); }`");
    };
    let mentions = std::fs::read_to_string(path).is_ok_and(|text| text.contains("triton_runner_build"));
    match (mentions, found.depends_on_build) {
        (true, true) => None,
        (true, false) => missing(
            "triton-runner-build is no build-dependency, and the build script uses it",
            "run `cargo add --build triton-runner-build`",
        ),
        (false, true) => missing(
            "the build script builds no kernels: it doesn't mention `triton_runner_build`",
            "call `triton_runner_build::build();` in its `main`",
        ),
        // A crate of the project's own may do it for several.
        (false, false) => {
            let what = format!("{name}: the build script doesn't mention `triton_runner_build`");
            let advice = "`cargo add --build triton-runner-build`, and call `triton_runner_build::build();` in its `main`, unless something that it calls does";
            Some(Finding::note("build script", what).with_advice(advice))
        }
    }
}

/// Whether everything that a build needs is locked.
fn lock(found: &Found, analysis: &Analysis, steps: &[Step<'_>], findings: &mut Vec<Finding>) -> bool {
    let folder = prebuilt::folder(&found.folder, &analysis.settings.folders);
    let prebuilt = match Prebuilt::open(&folder) {
        Ok(None) => return false,
        Ok(Some(prebuilt)) => prebuilt,
        Err(error) => {
            findings.push(Finding::missing("lock", format!("{}: {error}", found.name), "run `cargo triton lock`"));
            return false;
        }
    };
    let steps = steps.iter().filter(|step| step.source.artifact.level < Level::Cubin);
    let mut stale = BTreeSet::new();
    for step in steps {
        if prebuilt.get(&step.kernel.name, step.arch, &key(step), step.ptx).is_err() {
            stale.insert(step.kernel.name.as_str());
        }
    }
    if stale.is_empty() {
        findings
            .push(Finding::ok("lock", format!("{}: all kernels are locked, and no compiler is needed", found.name)));
        return true;
    }
    let names = stale.into_iter().collect::<Vec<_>>().join(", ");
    let text = format!("{}: what is locked for {names} is stale or missing", found.name);
    findings.push(if analysis.settings.stale_lock_lowers {
        Finding::note("lock", text).with_advice("`cargo triton lock` makes it current")
    } else {
        Finding::missing("lock", text, "run `cargo triton lock`")
    });
    false
}

/// A note if nothing that is embedded runs on a GPU of this machine.
fn runs_on(package: &str, gpu: &Gpu, analysis: &Analysis) -> Option<Finding> {
    let settings = &analysis.settings;
    let cubin = |arch: &Arch| triton_arch(arch.number()).fit(gpu.arch).is_some();
    let ptx = |arch: &Arch| triton_arch(arch.number()).ptx_fits(gpu.arch);
    if settings.archs.iter().any(cubin) || settings.ptx.iter().any(ptx) {
        return None;
    }
    let found = format!("{package}: nothing that it embeds runs on this machine's {} ({})", gpu.name, gpu.arch);
    Some(Finding::note("gpu", found).with_advice(format!("add \"{}\" to `archs`", gpu.arch)))
}
