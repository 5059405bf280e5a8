//! Every level of a kernel on an architecture, for those who want to look at them: `cargo triton dump` and `inspect`.

use std::collections::BTreeMap;

use semver::Version;
use triton_runner_manifest::Level;

use crate::error::Problem;
use crate::lowering::{self, Event, Job, Limits, Print};
use crate::obtain::tools::Tools;
use crate::obtain::{job, other_triton};
use crate::plan::Step;
use crate::progress::{JobDone, JobRuns};
use crate::verify::verify_source;

/// What is wanted of each step.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The level to stop at.
    pub(crate) emit: Level,
    /// Those on the way that are wanted too.
    pub(crate) keep: Vec<Level>,
    /// What of its passes the compiler prints into the log.
    pub(crate) print: Print,
}

impl Wanted {
    /// One level.
    pub(crate) fn only(emit: Level) -> Self {
        Self { emit, keep: Vec::new(), print: Print::Nothing }
    }
}

/// What came of a step.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// The step's own file and what was wanted.
    pub(crate) files: BTreeMap<Level, Vec<u8>>,
    /// Triton's metadata.
    pub(crate) metadata: serde_json::Value,
    /// What the compiler printed.
    pub(crate) log: String,
}

/// Lowers steps side by side. Not from the cache, which holds machine code. A step that is at the level already or
/// past it gives its own file.
///
/// # Errors
/// If a compiler is missing; a step's own problem is in its place.
pub(crate) fn levels(
    steps: &[&Step<'_>],
    wanted: &Wanted,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Result<Made, Problem>>, Problem> {
    let mut results: Vec<_> = steps.iter().map(|step| start(step)).collect();
    let mut groups = BTreeMap::<Option<&Version>, Vec<usize>>::new();
    for (i, step) in steps.iter().enumerate() {
        let level = step.source.artifact.level;
        if results[i].is_ok() && (level < wanted.emit || level == wanted.emit && step.pipeline.after.is_some()) {
            groups.entry(step.triton.as_ref()).or_default().push(i);
        }
    }
    for (triton, indices) in groups {
        // After PTX comes only machine code, and that is the build's to make.
        if let Some(triton) = triton {
            lower(steps, triton, &indices, wanted, tools, &mut results, progress)?;
        }
    }
    Ok(results)
}

/// The step's own file, if it may be used at all.
fn start(step: &Step<'_>) -> Result<Made, Problem> {
    let artifact = &step.source.artifact;
    verify_source(step).map_err(|kind| Problem::new(&step.kernel.name, &artifact.name, kind).for_arch(step.arch))?;
    Ok(Made { files: BTreeMap::from([(artifact.level, artifact.bytes.clone())]), ..Made::default() })
}

/// The steps of one version of Triton.
fn lower(
    steps: &[&Step<'_>],
    triton: &Version,
    indices: &[usize],
    wanted: &Wanted,
    tools: &Tools,
    results: &mut [Result<Made, Problem>],
    progress: &mut dyn FnMut(&str),
) -> Result<(), Problem> {
    let toolchain = tools.toolchain(triton, progress).map_err(Problem::package)?;
    let adapt =
        |step: &Step<'_>| Job { emit: wanted.emit, keep: wanted.keep.clone(), print: wanted.print, ..job(step) };
    let jobs: Vec<_> = indices.iter().map(|&i| adapt(steps[i])).collect();
    let limits = Limits { jobserver: None, time_limit: tools.time_limit, temporary: None };
    let what = |job: usize| format!("{} for sm_{}", jobs[job].name, jobs[job].target);
    let lowered = lowering::lower(&toolchain, &jobs, &limits, &mut |event| match event {
        Event::CompilerStarts => {}
        Event::Running { job, seconds } => progress(&JobRuns { what: &what(job), seconds }.to_string()),
        Event::Finished { job, done, .. } => {
            progress(&JobDone { done, all: jobs.len(), what: &what(job) }.to_string());
        }
    });
    for (&i, lowered) in indices.iter().zip(lowered) {
        let step = steps[i];
        match (lowered, &mut results[i]) {
            (Ok(lowered), Ok(made)) => {
                made.files.extend(lowered.kept);
                made.files.insert(wanted.emit, lowered.bytes);
                made.metadata = lowered.metadata;
                made.log = lowered.log;
            }
            (Err(error), result) => {
                let file = &step.source.artifact.name;
                let error = other_triton::name_both(step, error);
                *result = Err(Problem::new(&step.kernel.name, file, error).for_arch(step.arch));
            }
            (Ok(_), Err(_)) => {}
        }
    }
    Ok(())
}
