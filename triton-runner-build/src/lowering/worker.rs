//! The Python process that jobs are forked from, seen from here.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use triton_runner_manifest::{DescriptorRecipe, Level};
use triton_runner_read::metadata::Options;

use super::{Job, Lowered, LoweringError, OPTIONS, Pipeline, Print, Spills, VERSIONS, environment, message};
use crate::toolchain::{Toolchain, process};

/// A job as the worker reads it.
#[derive(Serialize)]
struct JobLine<'a> {
    id: usize,
    folder: &'a Path,
    source: &'a str,
    level: Level,
    target: u16,
    options: &'a Options,
    asked: &'a [String],
    made_by: Option<&'a str>,
    made_for: Option<u16>,
    line_info: bool,
    emit: Level,
    keep: Vec<Level>,
    print_passes: bool,
    print_llvm_passes: bool,
    pipeline: &'a Pipeline,
    tensordesc_meta: Option<&'a [DescriptorRecipe]>,
    /// Seconds.
    time_limit: f64,
}

/// What the worker writes, one line each.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    /// Triton is imported.
    Ready { ready: String },
    /// Triton cannot be imported.
    Failed { failed: String },
    /// A child could not be started.
    NoFork { id: usize, fork: String },
    /// A child was ended by a signal; `late`: by the worker, for its time was up.
    Signal { id: usize, signal: i32, late: bool },
    /// A child ended.
    Exit { id: usize, exit: i32 },
}

/// What a child writes when the compiler raised an exception.
#[derive(Debug, Deserialize)]
struct Raised {
    kind: String,
    message: String,
    traceback: String,
}

/// The worker's files.
pub(crate) const PROGRAM: [(&str, &str); 5] = [
    VERSIONS,
    OPTIONS,
    ("module_input.py", include_str!("module_input.py")),
    ("pipeline.py", include_str!("pipeline.py")),
    ("worker.py", include_str!("worker.py")),
];

/// The running process.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    child: Child,
    input: Option<ChildStdin>,
    folder: &'a Path,
}

/// Name of a source in its job's folder: always the same, so that no path and no name gets into the result.
fn source_name(level: Level) -> String {
    format!("kernel.{level}")
}

impl<'a> Worker<'a> {
    /// Starts it. Every line that it writes goes to `answers`; `None` when there will be no more.
    pub(super) fn start(
        toolchain: &Toolchain,
        folder: &'a Path,
        answers: impl Fn(Option<Answer>) + Send + 'static,
    ) -> Result<Self, LoweringError> {
        for (name, text) in PROGRAM {
            let file = folder.join(name);
            fs::write(&file, text).map_err(LoweringError::io("write", &file))?;
        }
        let log = folder.join("worker.log");
        let errors = fs::File::create(&log).map_err(LoweringError::io("create", &log))?;
        let mut command = Command::new(&toolchain.python);
        if toolchain.site.is_some() {
            // Nothing but the standard library and the managed folder: no site packages, no user site.
            command.args(["-s", "-S"]);
        }
        command.arg("-B").arg(folder.join("worker.py")).arg(folder).current_dir(folder);
        environment::for_lowering(&mut command, toolchain, folder);
        process::fix_addresses(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().map_err(LoweringError::io("start", &toolchain.python))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        std::thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
                match line.ok().and_then(|line| serde_json::from_str(&line).ok()) {
                    Some(answer) => answers(Some(answer)),
                    None => break,
                }
            }
            answers(None);
        });
        Ok(Self { child, input, folder })
    }

    /// Hands out a job. It is running from now on, as far as the caller is concerned.
    pub(super) fn send(&mut self, id: usize, job: &Job, time_limit: Duration) -> Result<(), LoweringError> {
        let folder = self.folder.join(format!("job-{id}"));
        fs::create_dir(&folder).map_err(LoweringError::io("create", &folder))?;
        let name = source_name(job.level);
        let source = folder.join(&name);
        fs::write(&source, &job.source).map_err(LoweringError::io("write", &source))?;
        let mut keep = vec![job.emit];
        keep.extend(on_the_way(job));
        let request = JobLine {
            id,
            folder: &folder,
            source: &name,
            level: job.level,
            target: job.target,
            options: &job.options,
            asked: &job.asked,
            made_by: job.made_by.as_deref(),
            made_for: job.made_for,
            line_info: job.line_info,
            emit: job.emit,
            keep,
            print_passes: job.print != Print::Nothing,
            print_llvm_passes: job.print == Print::AllPasses,
            pipeline: &job.pipeline,
            tensordesc_meta: job.tensordesc_meta.as_deref(),
            time_limit: time_limit.as_secs_f64(),
        };
        let mut line =
            serde_json::to_vec(&request).map_err(|error| LoweringError::Worker { message: error.to_string() })?;
        line.push(b'\n');
        // A worker that has died is noticed by its output ending, with a better reason than a broken pipe.
        match self.input.as_mut().map_or(Ok(()), |input| input.write_all(&line)) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(LoweringError::Worker { message: error.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Collects what a job's child left and removes its folder.
    pub(super) fn collect(&self, job: &Job, answer: &Answer, limit: Duration) -> Result<Lowered, LoweringError> {
        let (Answer::NoFork { id, .. } | Answer::Signal { id, .. } | Answer::Exit { id, .. }) = answer else {
            return Err(LoweringError::Worker { message: "it answered out of turn".to_owned() });
        };
        let folder = self.folder.join(format!("job-{id}"));
        let result = read_result(&folder, job, answer, limit);
        let _ = fs::remove_dir_all(&folder);
        result
    }

    /// Why it ended, though it should not have.
    pub(super) fn obituary(&mut self) -> String {
        // Its output has ended, so it has, or will at once.
        let _ = self.child.kill();
        let status = self.child.wait().map(|status| status.to_string()).unwrap_or_default();
        let log = String::from_utf8_lossy(&fs::read(self.folder.join("worker.log")).unwrap_or_default()).into_owned();
        let words = message::last_words(&log, "", "");
        let words = if words.is_empty() { words } else { format!(". The last it said:\n{words}") };
        format!("its Python process ended in the middle ({status}){words}")
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        // The end of its input makes it kill its children and end.
        drop(self.input.take());
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The levels to keep that the job passes through.
fn on_the_way(job: &Job) -> impl Iterator<Item = Level> + '_ {
    job.keep.iter().copied().filter(|&level| job.level < level && level < job.emit)
}

fn read_result(folder: &Path, job: &Job, answer: &Answer, limit: Duration) -> Result<Lowered, LoweringError> {
    let log = String::from_utf8_lossy(&fs::read(folder.join("log")).unwrap_or_default()).into_owned();
    match (result_or_error(folder, job, answer, limit, &log), fs::read_to_string(folder.join("pass"))) {
        // It is there while a pass runs that was started alone.
        (Err(error), Ok(pass)) => Err(LoweringError::InPass { pass, error: Box::new(error), log }),
        (result, _) => result,
    }
}

fn result_or_error(
    folder: &Path,
    job: &Job,
    answer: &Answer,
    limit: Duration,
    log: &str,
) -> Result<Lowered, LoweringError> {
    let source = source_name(job.level);
    let words = || message::last_words(log, &source, &job.file);
    match answer {
        Answer::Exit { exit: 0, .. } => {
            let read = |name: String| {
                let path = folder.join(name);
                fs::read(&path).map_err(LoweringError::io("read", &path))
            };
            let mut metadata = serde_json::from_slice(&read("metadata.json".to_owned())?)
                .map_err(|error| LoweringError::Worker { message: format!("its metadata does not read: {error}") })?;
            let said = fs::read(folder.join("ptxas.log")).unwrap_or_default();
            Spills::in_log(&String::from_utf8_lossy(&said)).note(&mut metadata);
            let kept =
                on_the_way(job).map(|level| Ok((level, read(format!("out.{level}"))?))).collect::<Result<_, _>>()?;
            Ok(Lowered { bytes: read(format!("out.{}", job.emit))?, kept, metadata, log: log.to_owned() })
        }
        Answer::Exit { exit, .. } => {
            let raised = fs::read(folder.join("error.json")).ok();
            let raised: Option<Raised> = raised.and_then(|text| serde_json::from_slice(&text).ok());
            Err(raised.map_or_else(
                || LoweringError::Exited { status: *exit, words: words() },
                |raised| raised.into_error(log, &source, &job.file),
            ))
        }
        Answer::Signal { late: true, .. } => Err(LoweringError::TimeLimit { limit, words: words() }),
        Answer::Signal { signal: 9, .. } => Err(LoweringError::Killed { words: words() }),
        Answer::Signal { .. } if message::is_parse_error(log) => Err(LoweringError::Compiler {
            diagnostics: message::diagnostics(log, &source, &job.file),
            traceback: String::new(),
        }),
        Answer::Signal { signal, .. } => Err(LoweringError::Aborted { signal: *signal, words: words() }),
        Answer::NoFork { fork, .. } => {
            Err(LoweringError::Worker { message: format!("no process could be started for this job: {fork}") })
        }
        Answer::Ready { .. } | Answer::Failed { .. } => {
            Err(LoweringError::Worker { message: "it answered out of turn".to_owned() })
        }
    }
}

impl Raised {
    fn into_error(self, log: &str, source: &str, file: &str) -> LoweringError {
        match self.kind.as_str() {
            "refused" => LoweringError::Refused { message: self.message },
            "memory" => LoweringError::Memory,
            "ptxas" => LoweringError::Ptxas { diagnostics: message::ptxas(&self.message, file) },
            _ => {
                let mut diagnostics = message::diagnostics(log, source, file);
                // These say that there are diagnostics; anything else is the diagnostic.
                let empty_words = ["PassManager::run failed", "Parse MLIR file failed."];
                if !empty_words.iter().any(|empty| self.message.starts_with(empty)) || diagnostics.is_empty() {
                    let said = self.message.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
                    diagnostics = if diagnostics.is_empty() { said } else { format!("{said}\n{diagnostics}") };
                }
                LoweringError::Compiler { diagnostics, traceback: self.traceback }
            }
        }
    }
}
