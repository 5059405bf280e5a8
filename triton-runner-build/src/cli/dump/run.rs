//! One run of the compiler with its passes printed, be it to the end or to the pass that fails.

use serde_json::Value;
use triton_runner_manifest::Level;

use super::passes::{Pass, passes};
use crate::cli::Result;
use crate::cli::levels::{Made, Wanted, levels};
use crate::cli::outcome::of_lowering;
use crate::cli::progress::Progress;
use crate::cli::subject::Subject;
use crate::error::{Error, Problem};
use crate::lowering::{LoweringError, Print};
use crate::plan::Step;

/// One run.
pub(super) struct Run {
    /// How it is called beside another one.
    pub(super) name: String,
    /// The kernel's file, and the Triton that lowered it.
    file: String,
    triton: String,
    /// Name of the kernel function.
    pub(super) entry: Option<String>,
    pub(super) input: String,
    pub(super) passes: Vec<Pass>,
    /// Triton's metadata, where the run came to its end.
    pub(super) metadata: Value,
    /// Why it didn't.
    pub(super) problem: Option<Problem>,
}

#[cfg(test)]
impl Run {
    pub(super) fn of(name: &str, input: &str, passes: Vec<Pass>) -> Self {
        let (file, triton) = (name.to_owned(), String::new());
        let (name, entry, input) = (name.to_owned(), Some(name.to_owned()), input.to_owned());
        Self { name, file, triton, entry, input, passes, metadata: Value::Null, problem: None }
    }
}

/// Runs a step up to a level.
pub(super) fn of_step(subject: &Subject, step: &Step<'_>, emit: Level, print: Print) -> Result<Run> {
    let file = step.source.artifact.name.clone();
    if step.source.artifact.level > Level::Ttgir {
        return Err(format!("`{file}` is {}, and the passes are all before that", step.source.artifact.level).into());
    }
    let wanted = Wanted { emit, keep: Vec::new(), print };
    let mut progress = Progress::new();
    let made = levels(&[step], &wanted, &subject.tools, &mut |line| progress.line(line));
    drop(progress);
    let made = made.map_err(Error::from)?.pop().unwrap_or_else(|| Ok(Made::default()));
    let (log, metadata, problem) = match made {
        Ok(made) => (made.log, made.metadata, None),
        Err(problem) => match of_lowering(&problem.cause).and_then(LoweringError::log_of_pass) {
            Some(log) => (log.to_owned(), Value::Null, Some(problem)),
            // It came to no pass.
            None => return Err(Box::new(Error::from(problem))),
        },
    };
    let (input, passes) = passes(&log);
    let triton = step.triton.as_ref().map(|triton| format!("triton@{triton}")).unwrap_or_default();
    let entry = step.source.entry().map(str::to_owned);
    Ok(Run { name: String::new(), file, triton, entry, input, passes, metadata, problem })
}

/// Names two runs by what they differ in.
pub(super) fn tell_apart(one: &mut Run, other: &mut Run) {
    let (same_file, same_triton) = (one.file == other.file, one.triton == other.triton);
    for run in [one, other] {
        run.name = match (same_file, same_triton) {
            (false, true) => run.file.clone(),
            (true, _) => run.triton.clone(),
            (false, false) => format!("{} with {}", run.file, run.triton),
        };
    }
}
