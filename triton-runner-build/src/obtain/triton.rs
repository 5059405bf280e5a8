//! Steps for Triton's compiler: TTIR, TTGIR and LLVM IR.

use std::collections::BTreeSet;

use semver::Version;
use triton_runner_manifest::Level;

use crate::error::Problem;
use crate::lowering::{self, Event, Job, Limits, Print};
use crate::obtain::cache::{Key, Stored};
use crate::obtain::key::cache_key;
use crate::obtain::made_with::{Asked, MadeWith};
use crate::obtain::other_triton;
use crate::obtain::results::{Results, keep_if_sound};
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::progress::{JobDone, JobRuns};

/// With Triton, of one version: what the cache has, then all the rest side by side.
pub(super) fn lower(steps: &[&Step<'_>], triton: &Version, tools: &Tools, progress: &mut dyn FnMut(&str)) -> Results {
    let pinned = tools.pinned_identity(triton).map(|identity| Cached::of(steps, identity, tools));
    // What the cache has needs no compiler, and none is installed for it.
    if let Some(cached) = pinned.as_ref().filter(|cached| cached.results.iter().all(Option::is_some)) {
        return Ok(cached.results.iter().flatten().cloned().map(Ok).collect());
    }
    let toolchain = tools.toolchain(triton, progress).map_err(Problem::package)?;
    let Cached { keys, results, .. } = match pinned {
        Some(cached) if cached.identity == toolchain.identity() => cached,
        _ => Cached::of(steps, toolchain.identity().to_owned(), tools),
    };
    let mut asked = Asked::new(&toolchain);
    let cached = steps.iter().zip(results).map(|(step, found)| Some(Ok(asked.noted(found?, step.arch.number()))));
    let mut results: Vec<_> = cached.collect();
    let missing: Vec<_> = (0..steps.len()).filter(|&i| results[i].is_none()).collect();
    let jobs: Vec<_> = missing.iter().map(|&i| job(steps[i])).collect();
    let made_with: Vec<_> = jobs.iter().map(|job| asked.made_with(job.target)).collect();
    if !jobs.is_empty() {
        tools.cache.clean();
        let limits = Limits {
            jobserver: tools.jobserver.clone(),
            time_limit: tools.time_limit,
            temporary: Some(tools.temporary.clone()),
        };
        let all = jobs.len();
        let mut on_event = |event| match event {
            Event::CompilerStarts => progress(&beginning(triton, &jobs, steps.len())),
            Event::Running { job, seconds } => {
                let what = format!("{} for sm_{}", jobs[job].name, jobs[job].target);
                progress(&JobRuns { what: &what, seconds }.to_string());
            }
            Event::Finished { job, ok, done } => {
                let errors = if ok { "" } else { ", with errors" };
                let what = format!("{} for sm_{}{errors}", jobs[job].name, jobs[job].target);
                progress(&JobDone { done, all, what: &what }.to_string());
            }
        };
        // Kept at once, so that a build that is stopped goes on from there the next time.
        let mut keep = |job: usize, result: &Result<lowering::Lowered, _>| {
            if let Ok(lowered) = result {
                let stored = from_lowering(lowered, &made_with[job]);
                keep_if_sound(steps[missing[job]], &keys[missing[job]], &stored, tools);
            }
        };
        let lowered = lowering::lower_each(&toolchain, &jobs, &limits, &mut on_event, &mut keep);
        for ((&i, result), made_with) in missing.iter().zip(lowered).zip(&made_with) {
            let named = |error| other_triton::name_both(steps[i], error);
            results[i] = Some(result.map(|lowered| from_lowering(&lowered, made_with)).map_err(named));
        }
    }
    Ok(results.into_iter().flatten().collect())
}

/// `starting the Triton compiler 3.3.1, 6 to lower: 3 kernels for sm_80 and sm_90; the cache has 2 more`
fn beginning(triton: &Version, jobs: &[Job], steps: usize) -> String {
    let kernels = jobs.iter().map(|job| &job.name).collect::<BTreeSet<_>>().len();
    let targets: Vec<_> = jobs.iter().map(|job| job.target).collect::<BTreeSet<_>>().into_iter().collect();
    let targets = match targets.as_slice() {
        [few @ .., last] if few.len() < 6 => {
            let few: Vec<_> = few.iter().map(|target| format!("sm_{target}")).collect();
            let and = if few.is_empty() { "" } else { " and " };
            format!("{}{and}sm_{last}", few.join(", "))
        }
        many => format!("{} architectures", many.len()),
    };
    let cached = match steps - jobs.len() {
        0 => String::new(),
        some => format!("; the cache has {some} more"),
    };
    let s = if kernels == 1 { "" } else { "s" };
    format!("starting the Triton compiler {triton}, {} to lower: {kernels} kernel{s} for {targets}{cached}", jobs.len())
}

/// What the cache has of a compiler.
struct Cached {
    identity: String,
    keys: Vec<Key>,
    results: Vec<Option<Stored>>,
}

impl Cached {
    fn of(steps: &[&Step<'_>], identity: String, tools: &Tools) -> Self {
        let keys: Vec<_> = steps.iter().map(|step| cache_key(step, &identity)).collect();
        let results = keys.iter().map(|key| tools.cache.get(key)).collect();
        Self { identity, keys, results }
    }
}

fn from_lowering(lowered: &lowering::Lowered, made_with: &MadeWith) -> Stored {
    let ptx = lowered.kept.get(&Level::Ptx).cloned();
    let mut metadata = lowered.metadata.clone();
    made_with.note(&mut metadata);
    Stored { bytes: lowered.bytes.clone(), ptx, metadata }
}

/// A step as the compiler gets it.
pub(crate) fn job(step: &Step<'_>) -> Job {
    let artifact = &step.source.artifact;
    Job {
        name: step.kernel.name.clone(),
        file: artifact.name.clone(),
        source: artifact.bytes.clone(),
        level: artifact.level,
        target: step.arch.number(),
        options: step.options.clone(),
        asked: step.asked.clone(),
        made_by: step.made_by.as_ref().map(Version::to_string),
        made_for: step.metadata.and_then(|named| named.metadata.target),
        line_info: step.line_info,
        emit: Level::Cubin,
        keep: if step.ptx { vec![Level::Ptx] } else { Vec::new() },
        print: Print::Nothing,
        pipeline: step.pipeline.clone(),
        tensordesc_meta: step
            .metadata
            .filter(|_| step.pipeline.after.is_some())
            .and_then(|named| named.metadata.tensordesc_meta.clone()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::lowering::tests::setup;

    fn job(name: &str, target: u16) -> Job {
        Job { name: name.to_owned(), ..setup::job("", Level::Ttir, target) }
    }

    #[test]
    fn it_is_said_how_much_there_is_to_lower() {
        let said = |jobs: &[Job], steps| beginning(&Version::new(3, 3, 1), jobs, steps);
        let one = said(&[job("add", 90)], 1);
        assert_eq!(one, "starting the Triton compiler 3.3.1, 1 to lower: 1 kernel for sm_90");
        let three = said(&[job("b", 90), job("a", 80), job("a", 90)], 5);
        let expected =
            "starting the Triton compiler 3.3.1, 3 to lower: 2 kernels for sm_80 and sm_90; the cache has 2 more";
        assert_eq!(three, expected);
        let many: Vec<_> = [75, 80, 86, 89, 90, 100, 120].map(|target| job("a", target)).into();
        assert!(said(&many, 7).ends_with("7 to lower: 1 kernel for 7 architectures"));
    }
}
