//! Machine code as text, by NVIDIA's `nvdisasm`.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use semver::Version;

use crate::fs::input::Stat;
use crate::obtain::cache::{Key, Stored};
use crate::obtain::tools::Tools;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum SassError {
    #[error(
        "there is no nvdisasm, which shows machine code as text: it was looked for in the installed Triton compilers, in CUDA_HOME, CUDA_PATH, /usr/local/cuda and on PATH. Run `cargo triton setup`"
    )]
    NotFound,
    #[error("`{}` can't disassemble this machine code: {said}", program.display())]
    Failed { program: PathBuf, said: String },
    #[error("can't write a temporary file: {0}")]
    Temporary(std::io::Error),
}

/// The instructions of a cubin that Triton `made_by` made.
pub(super) fn disassemble(cubin: &[u8], made_by: Option<&Version>, tools: &Tools) -> Result<String, SassError> {
    with(&tools.nvdisasm(made_by), cubin)
}

/// The instructions of many cubins, each with the Triton that made it: what the cache has isn't disassembled again, the rest
/// as many at once as there are processors.
pub(super) fn disassemble_all(cubins: &[(&[u8], Option<&Version>)], tools: &Tools) -> Vec<Result<String, SassError>> {
    let mut programs = BTreeMap::new();
    for (_, made_by) in cubins {
        programs.entry(*made_by).or_insert_with(|| tools.nvdisasm(*made_by));
    }
    let jobs: Vec<Job<'_>> = cubins
        .iter()
        .map(|(cubin, made_by)| {
            let programs = programs.get(made_by).map(Vec::as_slice).unwrap_or_default();
            let key = key(cubin, programs);
            let cached = tools.cache.get(&key).and_then(|stored| String::from_utf8(stored.bytes).ok());
            Job { cubin, programs, key, cached }
        })
        .collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((at, job)) = jobs.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)) {
            let text = job.cached.clone().map_or_else(|| with(job.programs, job.cubin), Ok);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, text);
        }
    };
    let missing = jobs.iter().filter(|job| job.cached.is_none()).count();
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 1..processors.min(missing) {
            scope.spawn(work);
        }
        work();
    });
    let texts = done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values();
    let keep = |(text, job): (Result<String, SassError>, &Job<'_>)| {
        if let (Ok(text), None) = (&text, &job.cached) {
            let stored = Stored { bytes: text.clone().into_bytes(), ptx: None, metadata: serde_json::Value::Null };
            tools.cache.put(&job.key, &stored);
        }
        text
    };
    texts.zip(&jobs).map(keep).collect()
}

/// A cubin to disassemble.
struct Job<'a> {
    cubin: &'a [u8],
    programs: &'a [PathBuf],
    key: Key,
    /// Its text, where it is known.
    cached: Option<String>,
}

/// What a text is kept under: the machine code, and who may have written the text.
fn key(cubin: &[u8], programs: &[PathBuf]) -> Key {
    let look = |path: &PathBuf| (path.display().to_string(), Stat::of(path).ok().map(|stat| (stat.len, stat.modified)));
    let programs = format!("{:?}", programs.iter().map(look).collect::<Vec<_>>());
    Key::new(&[("sass of", cubin), ("nvdisasm", programs.as_bytes())])
}

fn with(programs: &[PathBuf], cubin: &[u8]) -> Result<String, SassError> {
    let folder = tempfile::Builder::new().prefix("triton-runner-sass-").tempdir().map_err(SassError::Temporary)?;
    let file = folder.path().join("kernel.cubin");
    std::fs::write(&file, cubin).map_err(SassError::Temporary)?;
    let mut error = SassError::NotFound;
    // An older one doesn't know newer architectures, a newer one has forgotten old ones.
    for program in programs {
        let output = Command::new(program).arg("-c").arg(&file).stdin(Stdio::null()).output();
        match output {
            Ok(output) if output.status.success() => return Ok(tidy(&String::from_utf8_lossy(&output.stdout))),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).trim().replace(&file.display().to_string(), "it");
                error = SassError::Failed { program: program.clone(), said };
            }
            Err(failed) => {
                error = SassError::Failed { program: program.clone(), said: format!("it does not start: {failed}") }
            }
        }
    }
    Err(error)
}

/// No spaces at the ends of lines, no tabs, no empty lines at either end.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.trim_matches('\n').lines().map(|line| line.trim_end().replace('\t', "    ")).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn spaces_that_say_nothing_are_left_out() {
        assert_eq!(tidy("\n\n\t.text  \n        NOP;   \n\n"), "    .text\n        NOP;\n");
    }
}
