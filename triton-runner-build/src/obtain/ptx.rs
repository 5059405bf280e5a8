//! PTX files: `ptxas` alone, no Python.

use std::collections::VecDeque;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::error::{Cause, Problem};
use crate::lowering::ptxas::{self, Assembled};
use crate::lowering::{LoweringError, Spills};
use crate::obtain::cache::{Key, Stored};
use crate::obtain::key::cache_key;
use crate::obtain::made_with::MadeWith;
use crate::obtain::results::{Results, keep_if_sound};
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::progress::JobDone;
use crate::read::Content;
use crate::toolchain::{DEFAULT, Ptxas, known_versions};

/// There is none that reads the PTX.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is PTX of version {major}.{minor}, and ptxas {version} (`{}`) reads no newer than {}.{}: install a Triton with a newer one (`cargo triton setup --triton {}`), or name one of a newer CUDA toolkit in TRITON_RUNNER_PTXAS",
    path.display(), newest / 10, newest % 10, known_versions().last().unwrap_or(&DEFAULT)
)]
pub(crate) struct OldPtxas {
    major: u8,
    minor: u8,
    version: String,
    path: PathBuf,
    newest: u32,
}

/// One run of ptxas.
struct PtxasRun<'a> {
    index: usize,
    step: &'a Step<'a>,
    ptxas: Ptxas,
    key: Key,
}

/// Assembles what the cache doesn't have, as many files at once as the jobserver grants.
pub(super) fn with_ptxas(steps: &[&Step<'_>], tools: &Tools, progress: &mut dyn FnMut(&str)) -> Results {
    let mut results: Vec<Option<Result<Stored, Cause>>> = Vec::new();
    let mut jobs = VecDeque::new();
    for (index, step) in steps.iter().enumerate() {
        if !step.cubin {
            let nothing = Assembled { bytes: Vec::new(), spills: Spills::default() };
            results.push(Some(Ok(stored(step, nothing, &MadeWith::default()))));
            continue;
        }
        let ptxas = match find(step, tools, progress).map_err(Problem::package)? {
            Ok(ptxas) => ptxas,
            Err(old) => {
                results.push(Some(Err(old.into())));
                continue;
            }
        };
        let key = cache_key(step, &ptxas.identity());
        let mut cached = tools.cache.get(&key);
        if let Some(stored) = &mut cached {
            made_with(&ptxas).note(&mut stored.metadata);
        } else {
            jobs.push_back(PtxasRun { index, step, ptxas, key });
        }
        results.push(cached.map(Ok));
    }
    if !jobs.is_empty() {
        tools.cache.clean();
    }
    if let Some(job) = jobs.front() {
        progress(&format!("assembling {} with ptxas {}", jobs.len(), job.ptxas.version));
    }
    for (job, result) in run_all(jobs, tools, progress) {
        let result = result.map(|made| stored(job.step, made, &made_with(&job.ptxas))).map_err(Cause::from);
        if let Ok(stored) = &result {
            keep_if_sound(job.step, &job.key, stored, tools);
        }
        results[job.index] = Some(result);
    }
    Ok(results.into_iter().flatten().collect())
}

fn made_with(ptxas: &Ptxas) -> MadeWith {
    MadeWith { wheel: None, ptxas: Some(ptxas.version.clone()) }
}

/// Machine code, empty where only the PTX itself is embedded, and the PTX where it is.
fn stored(step: &Step<'_>, made: Assembled, made_with: &MadeWith) -> Stored {
    let ptx = step.ptx.then(|| step.source.artifact.bytes.clone());
    let mut metadata = serde_json::Value::Null;
    made.spills.note(&mut metadata);
    made_with.note(&mut metadata);
    Stored { bytes: made.bytes, ptx, metadata }
}

/// The key of what the ptxas of this machine makes of a step, with nothing installed for it.
#[cfg(feature = "cli")]
pub(super) fn key_here(step: &Step<'_>, tools: &Tools) -> Option<Key> {
    let ptxas = tools.installed_ptxas(step.arch.number(), isa(version(step)), step.made_by.as_ref()).ok()?;
    Some(cache_key(step, &ptxas.identity()))
}

/// The PTX ISA version of a step's file.
fn version(step: &Step<'_>) -> Option<(u8, u8)> {
    match &step.source.content {
        Content::Module(module) => module.ptx_version,
        Content::Ir(_) | Content::Lowered(_) | Content::Llir(_) => None,
    }
}

/// 84 for 8.4.
fn isa(version: Option<(u8, u8)>) -> Option<u32> {
    version.map(|(major, minor)| u32::from(major) * 10 + u32::from(minor))
}

fn find(
    step: &Step<'_>,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Result<Result<Ptxas, OldPtxas>, crate::toolchain::ToolchainError> {
    let version = version(step);
    let isa = isa(version);
    let ptxas = tools.ptxas(step.arch.number(), isa, step.made_by.as_ref(), progress)?;
    Ok(match (version, ptxas.newest_ptx()) {
        (Some((major, minor)), Some(newest)) if isa > Some(newest) => {
            Err(OldPtxas { major, minor, version: ptxas.version, path: ptxas.path, newest })
        }
        _ => Ok(ptxas),
    })
}

type Attempt = Result<Assembled, LoweringError>;

fn run_all<'a>(
    jobs: VecDeque<PtxasRun<'a>>,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Vec<(PtxasRun<'a>, Attempt)> {
    let flags = Settings { time_limit: tools.time_limit, temporary: &tools.temporary };
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let all = jobs.len();
    let most = processors.min(all);
    let jobs = Mutex::new(jobs);
    let done = Mutex::new(Vec::new());
    let work = |told: &mut dyn FnMut(usize, &PtxasRun<'_>)| {
        while let Some(job) = { jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front() } {
            let result = run(&job, &flags);
            told(done.lock().unwrap_or_else(PoisonError::into_inner).len() + 1, &job);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((job, result));
        }
    };
    std::thread::scope(|scope| {
        // One at a time is granted by being run at all.
        for _ in 1..most {
            let token = match tools.jobserver.as_ref().map(jobserver::Client::try_acquire) {
                None => None,
                Some(Ok(Some(token))) => Some(token),
                Some(_) => break,
            };
            scope.spawn(|| {
                let _token = token;
                work(&mut |_, _| {});
            });
        }
        // This thread tells of the others' work too, with each of its own.
        work(&mut |done, PtxasRun { step, .. }| {
            let what = format!("{} for {}", step.kernel.name, step.arch);
            progress(&JobDone { done, all, what: &what }.to_string());
        });
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The part of the tools that all threads may see.
struct Settings<'a> {
    time_limit: std::time::Duration,
    temporary: &'a std::path::Path,
}

fn run(job: &PtxasRun<'_>, settings: &Settings<'_>) -> Attempt {
    let PtxasRun { step, ptxas, .. } = job;
    let arch = match &step.source.content {
        Content::Module(module) => module.arch,
        Content::Ir(_) | Content::Lowered(_) | Content::Llir(_) => ptxas::triton_arch(step.arch.number()),
    };
    let flags = ptxas::Flags {
        arch,
        line_info: step.line_info,
        options: &step.options,
        triton: step.made_by.as_ref(),
        time_limit: settings.time_limit,
    };
    let artifact = &step.source.artifact;
    ptxas::assemble(&ptxas.path, &artifact.bytes, &artifact.name, &flags, settings.temporary)
}
