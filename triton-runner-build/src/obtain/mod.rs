//! Obtain: the verified images of each step, from the cheapest place that has them: prebuilt, the artifact itself, the
//! cache, a compiler.

#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
pub(crate) mod cache;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
pub(crate) mod compilers;
mod key;
pub(crate) mod made_with;
#[cfg(feature = "cli")]
pub(crate) mod needs;
pub(crate) mod other_triton;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes"))]
pub(crate) mod prebuilt;
mod ptx;
mod results;
pub(crate) mod switches;
pub(crate) mod tools;
mod triton;

use std::collections::BTreeMap;

use semver::Version;
use triton_runner_manifest::{LeftOut, Level};

use crate::error::{Cause, Problem};
use crate::fs::input::Input;
use crate::obtain::cache::Stored;
use crate::obtain::prebuilt::{Prebuilt, PrebuiltError};
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::verify::{VerifiedImage, verify_source};

#[cfg(any(test, feature = "cli"))]
pub(crate) use key::key;
#[cfg(feature = "cli")]
pub(crate) use triton::job;

/// What a step came to.
#[derive(Debug)]
pub(crate) struct Obtained {
    pub(crate) images: Vec<VerifiedImage>,
    /// The files of the lock that they are from.
    pub(crate) locked: Vec<Input>,
    /// The same as cache and lock have it.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes it"))]
    pub(crate) stored: Stored,
}

/// What came of it: one place for each step, empty where a problem was reported or machine code is left out.
#[derive(Debug, Default)]
pub(crate) struct Obtaining {
    pub(crate) results: Vec<Option<Obtained>>,
    /// Indices of the steps that only a compiler could have made, where those are left out. Their places are empty too.
    pub(crate) left_out: Vec<usize>,
    pub(crate) problems: Vec<Problem>,
}

/// Obtains the images of all steps. A step's problem is its own; a missing compiler is reported once.
pub(crate) fn obtain(steps: &[Step<'_>], tools: &Tools, progress: &mut dyn FnMut(&str)) -> Obtaining {
    let mut obtaining = Obtaining::default();
    let mut stored: Vec<Option<Result<Found, Cause>>> = steps.iter().map(|step| cheap(step, tools)).collect();
    let mut missing = BTreeMap::<Option<Version>, Vec<usize>>::new();
    for (i, step) in steps.iter().enumerate().filter(|(i, _)| stored[*i].is_none()) {
        if tools.left_out.is_some() {
            obtaining.left_out.push(i);
            continue;
        }
        missing.entry(step.triton.clone()).or_default().push(i);
    }
    // Triton first: where it is installed now, its ptxas is there for the PTX.
    for (triton, indices) in missing.into_iter().rev() {
        let group: Vec<_> = indices.iter().map(|&i| &steps[i]).collect();
        let results = match triton {
            Some(version) => triton::lower(&group, &version, tools, progress),
            None => ptx::with_ptxas(&group, tools, progress),
        };
        match results {
            Ok(results) => {
                for (i, result) in indices.into_iter().zip(results) {
                    stored[i] = Some(result.map(|stored| (stored, Vec::new())));
                }
            }
            Err(problem) => obtaining.problems.push(problem),
        }
    }
    for (step, found) in steps.iter().zip(stored) {
        let verified = |(stored, locked)| Ok(Obtained { images: results::verified(step, &stored)?, locked, stored });
        obtaining.results.push(match found.map(|found| found.and_then(verified)) {
            Some(Ok(obtained)) => Some(obtained),
            Some(Err(cause)) => {
                let file = &step.source.artifact.name;
                obtaining.problems.push(Problem::new(&step.kernel.name, file, cause).for_arch(step.arch));
                None
            }
            None => None,
        });
    }
    obtaining
}

/// A result, and the files of the lock that it is from.
type Found = (Stored, Vec<Input>);

/// What needs no compiler, and what no compiler should be asked for.
fn cheap(step: &Step<'_>, tools: &Tools) -> Option<Result<Found, Cause>> {
    if let Err(error) = verify_source(step) {
        return Some(Err(error));
    }
    if step.source.artifact.level == Level::Cubin {
        let bytes = step.source.artifact.bytes.clone();
        return Some(Ok((Stored { bytes, ptx: None, metadata: serde_json::Value::Null }, Vec::new())));
    }
    // Who asks for no machine code gets none; a lock that doesn't fit is an error for everybody else.
    let may_differ = tools.stale_lock_lowers || tools.left_out == Some(LeftOut::Asked);
    match from_lock(step, tools.prebuilt.as_ref()?) {
        Err(PrebuiltError::Stale { .. } | PrebuiltError::Missing { .. }) if may_differ => None,
        // The lock has what the package lists, and this was asked for beside it.
        Err(PrebuiltError::Missing { .. }) if !step.listed => None,
        found => Some(found.map_err(Cause::from)),
    }
}

fn from_lock(step: &Step<'_>, prebuilt: &Prebuilt) -> Result<Found, PrebuiltError> {
    prebuilt.get(&step.kernel.name, step.arch, &key::key(step), step.ptx)
}
