//! Obtain: the images of each step, from the cheapest place that has them: prebuilt, the artifact itself, the cache,
//! a compiler.

#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
pub(crate) mod cache;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes"))]
pub(crate) mod prebuilt;
mod ptx;
pub(crate) mod switches;
pub(crate) mod tools;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use semver::Version;
use triton_runner_manifest::Level;

use crate::error::{Cause, Problem};
use crate::fs::hash::sha256;
use crate::fs::input::Input;
use crate::lowering::{self, Event, Job, Limits};
use crate::obtain::cache::{Key, Stored};
use crate::obtain::prebuilt::{Prebuilt, PrebuiltError};
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::progress::JobDone;
use crate::read::metadata::Metadata;
use crate::verify::{Obtained, assemble, verify_source};

/// What came of it: one place for each step, empty where a problem was reported.
#[derive(Debug, Default)]
pub(crate) struct Obtaining {
    pub(crate) results: Vec<Option<Obtained>>,
    /// For each step the files of the lock that it was taken from.
    pub(crate) locked: Vec<Vec<Input>>,
    pub(crate) problems: Vec<Problem>,
}

/// Obtains the images of all steps. A step's problem is its own; a missing compiler is reported once.
pub(crate) fn obtain(steps: &[Step<'_>], tools: &Tools, progress: &mut dyn FnMut(&str)) -> Obtaining {
    let mut obtaining = Obtaining { locked: vec![Vec::new(); steps.len()], ..Obtaining::default() };
    let cheaply = steps.iter().zip(&mut obtaining.locked).map(|(step, locked)| cheap(step, tools, locked));
    let mut stored: Vec<Option<Result<Stored, Cause>>> = cheaply.collect();
    let mut missing = BTreeMap::<Option<Version>, Vec<usize>>::new();
    for (i, step) in steps.iter().enumerate().filter(|(i, _)| stored[*i].is_none()) {
        missing.entry(step.triton.clone()).or_default().push(i);
    }
    // Triton first: where it is installed now, its ptxas is there for the PTX.
    for (triton, indices) in missing.into_iter().rev() {
        let group: Vec<_> = indices.iter().map(|&i| &steps[i]).collect();
        let lowered = match triton {
            Some(version) => lower(&group, &version, tools, progress),
            None => ptx::assemble(&group, tools, progress),
        };
        match lowered {
            Ok(lowered) => {
                for (i, result) in indices.into_iter().zip(lowered) {
                    stored[i] = Some(result);
                }
            }
            Err(problem) => obtaining.problems.push(problem),
        }
    }
    for (step, stored) in steps.iter().zip(stored) {
        let result = stored.map(|stored| stored.and_then(|stored| obtained(step, stored)));
        obtaining.results.push(match result {
            Some(Ok(obtained)) => Some(obtained),
            Some(Err(kind)) => {
                let file = &step.source.artifact.name;
                obtaining.problems.push(Problem::new(&step.kernel.name, file, kind).for_arch(step.arch));
                None
            }
            None => None,
        });
    }
    obtaining
}

/// With the metadata that a launch goes by: Triton's for what it lowered now, else the file's.
fn obtained(step: &Step<'_>, stored: Stored) -> Result<Obtained, Cause> {
    let metadata = match (&step.metadata, step.source.artifact.level) {
        (Some(named), Level::Llir | Level::Ptx | Level::Cubin) => named.metadata.clone(),
        _ => Metadata::from_json(&stored.metadata.to_string())?,
    };
    Ok(Obtained { cubin: stored.bytes, ptx: stored.ptx, metadata, json: stored.metadata })
}

/// What needs no compiler, and what no compiler should be asked for.
fn cheap(step: &Step<'_>, tools: &Tools, locked: &mut Vec<Input>) -> Option<Result<Stored, Cause>> {
    if let Err(error) = verify_source(step) {
        return Some(Err(error));
    }
    if step.source.artifact.level == Level::Cubin {
        let bytes = step.source.artifact.bytes.clone();
        return Some(Ok(Stored { bytes, ptx: None, metadata: serde_json::Value::Null }));
    }
    match from_lock(step, tools.prebuilt.as_ref()?, tools) {
        Err(PrebuiltError::Stale { .. } | PrebuiltError::Missing { .. }) if tools.stale_lock_lowers => None,
        // The lock has what the package lists, and this was asked for beside it.
        Err(PrebuiltError::Missing { .. }) if !step.listed => None,
        Ok((stored, files)) => {
            *locked = files;
            Some(Ok(stored))
        }
        Err(error) => Some(Err(error.into())),
    }
}

fn from_lock(step: &Step<'_>, prebuilt: &Prebuilt, tools: &Tools) -> Result<(Stored, Vec<Input>), PrebuiltError> {
    prebuilt.get(&step.kernel.name, step.arch, &key(step, tools.line_info), step.ptx)
}

/// One lowered step after another, or why there is no compiler.
type Lowered = Result<Vec<Result<Stored, Cause>>, Problem>;

/// With Triton, of one version: what the cache has, then all the rest side by side.
fn lower(steps: &[&Step<'_>], triton: &Version, tools: &Tools, progress: &mut dyn FnMut(&str)) -> Lowered {
    let toolchain = tools.toolchain(triton, progress).map_err(Problem::package)?;
    let keys: Vec<_> = steps.iter().map(|step| cache_key(step, tools.line_info, toolchain.identity())).collect();
    let mut results: Vec<_> = keys.iter().map(|key| tools.cache.get(key).map(Ok)).collect();
    let missing: Vec<_> = (0..steps.len()).filter(|&i| results[i].is_none()).collect();
    let jobs: Vec<_> = missing.iter().map(|&i| job(steps[i], tools)).collect();
    if !jobs.is_empty() {
        tools.cache.clean();
        let limits = Limits {
            jobserver: tools.jobserver.clone(),
            time_limit: tools.time_limit,
            temporary: Some(tools.temporary.clone()),
        };
        let all = jobs.len();
        let mut on_event = |event| match event {
            Event::CompilerStarts => progress(&format!("starting the Triton compiler {triton}, {all} to lower")),
            Event::Finished { job, ok, done } => {
                let errors = if ok { "" } else { ", with errors" };
                let what = format!("{} for sm_{}{errors}", jobs[job].name, jobs[job].target);
                progress(&JobDone { done, all, what: &what }.to_string());
            }
            _ => {}
        };
        // Kept at once, so that a build that is stopped goes on from there the next time.
        let mut keep = |job: usize, result: &Result<lowering::Lowered, _>| {
            if let Ok(lowered) = result {
                keep_if_sound(steps[missing[job]], &keys[missing[job]], &from_lowering(lowered), tools);
            }
        };
        let lowered = lowering::lower_each(&toolchain, &jobs, &limits, &mut on_event, &mut keep);
        for (&i, result) in missing.iter().zip(lowered) {
            results[i] = Some(result.map(|lowered| from_lowering(&lowered)).map_err(Cause::from));
        }
    }
    Ok(results.into_iter().flatten().collect())
}

fn from_lowering(lowered: &lowering::Lowered) -> Stored {
    let ptx = lowered.kept.get(&Level::Ptx).cloned();
    Stored { bytes: lowered.bytes.clone(), ptx, metadata: lowered.metadata.clone() }
}

/// Keeps a result in the cache, but not one that the build will refuse: where a disk is full, ptxas writes half a file and
/// reports no error.
fn keep_if_sound(step: &Step<'_>, key: &Key, stored: &Stored, tools: &Tools) {
    if obtained(step, stored.clone()).is_ok_and(|obtained| assemble(step, &obtained).is_ok()) {
        tools.cache.put(key, stored);
    }
}

/// A step as the compiler gets it.
pub(crate) fn job(step: &Step<'_>, tools: &Tools) -> Job {
    let artifact = &step.source.artifact;
    Job {
        name: step.kernel.name.clone(),
        file: artifact.name.clone(),
        source: artifact.bytes.clone(),
        level: artifact.level,
        target: step.arch.number(),
        options: step.options.clone(),
        line_info: tools.line_info,
        emit: Level::Cubin,
        keep: if step.ptx { vec![Level::Ptx] } else { Vec::new() },
        print_passes: false,
    }
}

/// Everything that decides the bytes of a step, but for the build of the compiler: what a lock file records.
pub(crate) fn key(step: &Step<'_>, line_info: bool) -> Key {
    key_with(step, line_info, "")
}

/// The same with all that runs to make them, this crate included: what the cache goes by.
fn cache_key(step: &Step<'_>, line_info: bool, compiler: &str) -> Key {
    static OWN: LazyLock<String> = LazyLock::new(|| {
        let program = lowering::PROGRAM.map(|(_, text)| text).concat();
        format!("{} {}", env!("CARGO_PKG_VERSION"), sha256(program.as_bytes()))
    });
    key_with(step, line_info, &format!("{compiler}, triton-runner-build {}", *OWN))
}

fn key_with(step: &Step<'_>, line_info: bool, compiler: &str) -> Key {
    let artifact = &step.source.artifact;
    // PTX is assembled with the flags of the Triton that made it.
    let made_by = step.made_by.as_ref().filter(|_| artifact.level == Level::Ptx);
    let triton = step.triton.as_ref().or(made_by).map(Version::to_string).unwrap_or_default();
    // Serializing plain data can't fail; an empty text would only make two keys equal that are told apart below.
    let options = serde_json::to_string(&step.options).unwrap_or_default();
    Key::new(&[
        ("level", artifact.level.extension().as_bytes()),
        ("input", &artifact.bytes),
        ("arch", step.arch.to_string().as_bytes()),
        ("options", options.as_bytes()),
        ("line-info", &[u8::from(line_info)]),
        ("ptx", &[u8::from(step.ptx)]),
        ("triton", triton.as_bytes()),
        ("compiler", compiler.as_bytes()),
    ])
}
