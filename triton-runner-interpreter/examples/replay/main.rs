//! Runs recorded launches on the interpreter and compares every buffer with what a GPU left there.
//!
//! `replay FOLDER BUFFERS [--json] [--only INDEX] [--check all|KIND,…]`: `BUFFERS` is the unpacked `buffers.xz` of the folder. As a rule it is
//! started by `scripts/replay-recordings`.

mod recording;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use recording::Recording;
use triton_runner_interpreter::numbers::compare::{Difference, Verdict};
use triton_runner_interpreter::{Buffer, Checks, Launch, Level, Options, Program, UnknownCheck};

/// What became of one launch.
struct Outcome {
    index: usize,
    kernel: String,
    result: Result<Vec<Difference>, String>,
    seconds: f64,
}

fn main() -> ExitCode {
    match replay() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

fn replay() -> Result<bool, String> {
    let mut paths = Vec::new();
    let (mut json, mut only, mut checks) = (false, None, Checks::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--check" => {
                let kinds = arguments.next().ok_or("--check needs kinds")?;
                checks = kinds.parse().map_err(|error: UnknownCheck| error.to_string())?;
            }
            "--only" => only = arguments.next().and_then(|index| index.parse::<usize>().ok()),
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let [folder, buffers] = &paths[..] else {
        return Err("usage: replay FOLDER BUFFERS [--json] [--only INDEX] [--check KINDS]".to_owned());
    };
    let bytes = std::fs::read(buffers).map_err(|error| format!("{}: {error}", buffers.display()))?;
    let recordings = Recording::read_all(folder)?;
    let mut outcomes = Vec::new();
    for (index, recording) in recordings.iter().enumerate() {
        if only.is_some_and(|only| only != index) {
            continue;
        }
        let start = Instant::now();
        let result = run(folder, recording, &bytes, checks);
        let seconds = start.elapsed().as_secs_f64();
        outcomes.push(Outcome { index, kernel: recording.kernel.clone(), result, seconds });
    }
    let count = |verdict| outcomes.iter().filter(|outcome| outcome.verdict() == Some(verdict)).count();
    let refused = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    for outcome in &outcomes {
        if json {
            println!("{}", outcome.json());
        } else if outcome.verdict() != Some(Verdict::Equal) {
            println!("{}", outcome.line());
        }
    }
    let [equal, close, wrong] = [Verdict::Equal, Verdict::Close, Verdict::Wrong].map(count);
    println!("{} launches: {equal} equal, {close} close, {wrong} wrong, {refused} refused", outcomes.len());
    Ok(wrong == 0 && refused == 0)
}

fn run(
    folder: &std::path::Path,
    recording: &Recording,
    bytes: &[u8],
    checks: Checks,
) -> Result<Vec<Difference>, String> {
    let path = folder.join("kernels").join(format!("{}.ttir", recording.kernel));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut options = Options::default();
    options.contract = recording.contract;
    options.warps = recording.warps;
    let program = Program::new(&text, &options).map_err(|error| error.to_string())?;
    let mut before = recording.before(bytes)?;
    let mut launch = Launch::new(&program, recording.grid);
    launch.check(checks);
    for buffer in &mut before {
        launch.buffer(Buffer::write(buffer));
    }
    for argument in &recording.arguments {
        launch.argument(argument.clone());
    }
    let report = launch.run().map_err(|error| error.to_string())?;
    if let Some(finding) = report.findings.iter().find(|finding| finding.level == Level::Error) {
        return Err(finding.to_string());
    }
    report.findings.iter().for_each(|finding| println!("warning: {finding}"));
    recording.compare(&before, bytes)
}

impl Outcome {
    fn verdict(&self) -> Option<Verdict> {
        let differences = self.result.as_ref().ok()?;
        Some(differences.iter().map(|difference| difference.verdict).max().unwrap_or(Verdict::Equal))
    }

    fn line(&self) -> String {
        let differences = match &self.result {
            Err(problem) => return format!("{:3} {}: refused: {problem}", self.index, self.kernel),
            Ok(differences) => differences,
        };
        let words = differences.iter().filter(|difference| difference.verdict != Verdict::Equal);
        let words: Vec<_> = words.map(Difference::to_string).collect();
        let verdict = self.verdict().map_or("refused", Verdict::word);
        format!("{:3} {}: {verdict}: {}", self.index, self.kernel, words.join("; "))
    }

    fn json(&self) -> serde_json::Value {
        let (verdict, details) = match &self.result {
            Err(problem) => ("refused", serde_json::json!(problem)),
            Ok(differences) => {
                let buffers: Vec<_> = differences.iter().map(json).collect();
                (self.verdict().map_or("refused", Verdict::word), serde_json::json!(buffers))
            }
        };
        let key = if self.result.is_err() { "finding" } else { "buffers" };
        serde_json::json!({
            "index": self.index, "kernel": self.kernel, "verdict": verdict, key: details, "seconds": self.seconds,
        })
    }
}

fn json(difference: &Difference) -> serde_json::Value {
    let Difference { name, verdict, largest, element, found, expected, .. } = difference;
    serde_json::json!({
        "name": name, "verdict": verdict.word(), "largest": largest, "element": element, "found": found,
        "expected": expected,
    })
}
