//! What the processes of a program wrote down: a log for each, and the kernels as Triton's cache has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Number, Value};
use triton_runner_manifest::{ArgType, Argument, Constant, Level};
use triton_runner_read::metadata::Package;

use super::front;
use crate::cli::Result;
use crate::cli::export::cache_entry::{Cache, CacheEntry};
use crate::lowering::export::ExportArgument;

/// A program's launches.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) kernels: Vec<Specialization>,
    /// What went wrong with the recording of single kernels or launches.
    pub(super) problems: Vec<String>,
    /// Launches that went by.
    pub(super) passed: Vec<Passed>,
    /// What to say where there are none.
    pub(super) nothing: String,
}

/// One compiled kernel, as the program launched it.
#[derive(Debug)]
pub(super) struct Specialization {
    pub(super) facts: Facts,
    pub(super) entry: CacheEntry,
    /// Launches of the program's own, in all processes.
    pub(super) launches: u64,
    pub(super) grids: Vec<Grid>,
    pub(super) recorded: Vec<Launch>,
}

/// What Python knows of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Facts {
    kernel: String,
    pub(super) name: String,
    function: Option<String>,
    pub(super) file: Option<PathBuf>,
    pub(super) line: Option<u32>,
    pub(super) module: Option<String>,
    pub(super) triton: String,
    pub(super) arguments: Option<Vec<ExportArgument>>,
    pub(super) constants: BTreeMap<String, Constant>,
    /// What Triton was told that is not its default.
    options: Map<String, Value>,
    /// What an autotuner's configurations differ in.
    pub(super) tuned: BTreeSet<String>,
    pub(super) host: Value,
    /// What it was installed with; `None` for the user's own.
    pub(super) package: Option<Package>,
    /// Its licence as an SPDX expression.
    pub(super) license: Option<String>,
    /// Where there is none, a line of the file that names a holder of rights.
    pub(super) copyright: Option<String>,
}

/// A grid, and the integers that were passed with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grid {
    pub(super) grid: [u64; 3],
    pub(super) integers: BTreeMap<String, i64>,
}

/// A launch with its buffers; what the replay reads.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Launch {
    kernel: String,
    pub(super) grid: [u64; 3],
    pub(super) args: Vec<Map<String, Value>>,
    pub(super) bufs: Vec<Map<String, Value>>,
}

/// Launches that weren't made by Triton, of which no more is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) name: String,
    pub(super) launcher: Launcher,
    pub(super) launches: u64,
}

/// What else launches kernels that Triton compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Launcher {
    /// torch.compile's own, which takes a cubin.
    StaticLauncher,
    /// C++ that torch.compile writes: how often it launches, nobody sees.
    CppWrapper,
}

/// A line of a log.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Kernel(Box<Facts>),
    Tried { kernel: String },
    Grid { kernel: String, grid: [u64; 3], integers: BTreeMap<String, Option<Number>> },
    Launches { kernel: String, count: u64 },
    Skipped { kernel: String, reason: String },
    Recorded(Launch),
    Passed { launcher: Launcher, name: String, count: u64 },
    Problem { text: String },
}

/// What the logs say.
#[derive(Default)]
struct Logs {
    kernels: BTreeMap<String, Told>,
    passed: BTreeMap<(String, Launcher), u64>,
    problems: Vec<String>,
}

/// What all logs say of one kernel.
#[derive(Default)]
struct Told {
    facts: Option<Facts>,
    launches: u64,
    grids: BTreeSet<Grid>,
    recorded: Vec<Launch>,
    skipped: BTreeMap<String, u64>,
}

impl Recording {
    /// Reads what lies in the folder.
    pub(super) fn read(spool: &Path) -> Result<Self> {
        let mut said = Logs::default();
        let logs = logs(&spool.join(front::LOG))?;
        for path in &logs {
            read_log(path, &mut said)?;
        }
        let Logs { kernels: told, passed, mut problems } = said;
        let cache = match spool.join(front::CACHE) {
            folder if folder.is_dir() => Cache::read(&folder)?,
            _ => Cache::default(),
        };
        problems.extend(cache.refused);
        let mut entries: BTreeMap<_, _> = cache.entries.into_iter().map(|entry| (entry.hash.clone(), entry)).collect();
        let mut kernels = Vec::new();
        for (hash, told) in told {
            let Some(facts) = told.facts else { continue };
            for (reason, times) in told.skipped {
                let name = &facts.name;
                problems.push(format!("{times} of the launches of `{name}` to be recorded were not: {reason}"));
            }
            let about = |why: String| format!("kernel `{}` can't be taken: {why}", facts.name);
            let Some(entry) = entries.remove(&hash) else {
                problems.push(about(
                    "there is no IR of it, as where TRITON_STORE_BINARY_ONLY filled Triton's cache: empty that"
                        .to_owned(),
                ));
                continue;
            };
            match held_together(&facts, &entry) {
                Ok(()) => {}
                Err(error) => {
                    problems.push(about(error.to_string()));
                    continue;
                }
            }
            let (launches, recorded) = (told.launches, told.recorded);
            kernels.push(Specialization { facts, entry, launches, grids: told.grids.into_iter().collect(), recorded });
        }
        let passed = passed.into_iter();
        let passed = passed.map(|((name, launcher), launches)| Passed { name, launcher, launches }).collect();
        let nothing = nothing(spool, logs.len());
        Ok(Self { kernels, problems, passed, nothing })
    }
}

impl Specialization {
    /// The arguments, under Python's names.
    pub(super) fn arguments(&self) -> &[ExportArgument] {
        self.facts.arguments.as_deref().unwrap_or_default()
    }

    /// What a build starts from: TTIR, and TTGIR of what was written in Gluon.
    pub(super) fn level(&self) -> Level {
        if self.entry.levels.contains_key(&Level::Ttir) { Level::Ttir } else { Level::Ttgir }
    }

    /// What it is to be lowered with.
    pub(super) fn lowered_with(&self) -> Map<String, Value> {
        let of_cache = self.entry.lowered_with();
        let mut json = self.facts.options.clone();
        for key in ["name", "num_warps", "num_stages", "num_ctas", "targets"] {
            json.extend(of_cache.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        // 3.2 doesn't write it.
        json.insert("triton_version".into(), self.facts.triton.clone().into());
        json
    }

    /// Where the function is, as in `norm.py:14`.
    pub(super) fn place(&self) -> String {
        match (&self.facts.file, self.facts.line) {
            (Some(file), Some(line)) => format!("{}:{line}", file.display()),
            _ => "compiled from a file of IR".to_owned(),
        }
    }

    /// Which function it was compiled from.
    pub(super) fn function(&self) -> (Option<&Path>, Option<&str>, &str) {
        (self.facts.file.as_deref(), self.facts.function.as_deref(), &self.facts.name)
    }
}

/// The logs of a folder, in an order of their own.
fn logs(folder: &Path) -> Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(folder).map_err(|error| {
        format!(
            "can't read `{}`: {error}; a recording is a folder that `cargo triton record --keep` wrote",
            folder.display()
        )
    })?;
    let paths = found.flatten().map(|entry| entry.path());
    let mut logs: Vec<_> = paths.filter(|path| path.extension().is_some_and(|one| one == "jsonl")).collect();
    logs.sort();
    Ok(logs)
}

fn read_log(path: &Path, said: &mut Logs) -> Result {
    let Logs { kernels: told, passed, problems } = said;
    let text = std::fs::read(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    // A process that was killed may have left half a line.
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    let mut counts = BTreeMap::<String, u64>::new();
    let mut passing = BTreeMap::<(String, Launcher), u64>::new();
    for (index, line) in whole.lines().enumerate() {
        let event: Event = serde_json::from_str(line).map_err(|error| {
            format!("`{}`, line {}: this is no line of a recording: {error}", path.display(), index + 1)
        })?;
        match event {
            Event::Kernel(facts) => {
                told.entry(facts.kernel.clone()).or_default().facts.get_or_insert(*facts);
            }
            Event::Tried { kernel } => _ = told.entry(kernel).or_default(),
            Event::Grid { kernel, grid, integers } => {
                let integers = integers.into_iter().filter_map(|(name, number)| Some((name, number?.as_i64()?)));
                told.entry(kernel).or_default().grids.insert(Grid { grid, integers: integers.collect() });
            }
            Event::Launches { kernel, count } => {
                let known = counts.entry(kernel).or_default();
                *known = count.max(*known);
            }
            Event::Skipped { kernel, reason } => {
                *told.entry(kernel).or_default().skipped.entry(reason).or_default() += 1;
            }
            Event::Recorded(launch) => told.entry(launch.kernel.clone()).or_default().recorded.push(launch),
            Event::Passed { launcher, name, count } => {
                let known = passing.entry((name, launcher)).or_default();
                *known = count.max(*known);
            }
            Event::Problem { text } => problems.push(text),
        }
    }
    for (kernel, count) in counts {
        told.entry(kernel).or_default().launches += count;
    }
    for (kernel, count) in passing {
        *passed.entry(kernel).or_default() += count;
    }
    Ok(())
}

/// Python and the IR say the same of the arguments, and a build can do what the program did.
fn held_together(facts: &Facts, entry: &CacheEntry) -> Result {
    if entry.metadata.options.more.contains_key("extern_libs") {
        return Err("it is linked with libraries of its own (`extern_libs`), which a build can't link: take it out of Triton's cache with `cargo triton export --from-cache --level llir`".into());
    }
    let from_ir = entry.arguments().ok_or("its IR has arguments that are not known")?;
    let Some(from_python) = &facts.arguments else {
        return Err("it was compiled from a file of IR: check that in".into());
    };
    let same = |(python, ir): (&ExportArgument, &Argument)| {
        python.ty.parse::<ArgType>().is_ok_and(|ty| ty == ir.ty)
            && (!ir.named || ir.name == python.name)
            && python.divisible_by == ir.divisible_by.max(1)
    };
    if from_ir.len() == from_python.len() && from_python.iter().zip(&from_ir).all(same) {
        return Ok(());
    }
    let promised = |name: &str, ty: &str, by: u32| {
        format!("{name}: {ty}{}", if by > 1 { format!(":{by}") } else { String::new() })
    };
    let python: Vec<_> = from_python.iter().map(|one| promised(&one.name, &one.ty, one.divisible_by)).collect();
    let ir: Vec<_> = from_ir.iter().map(|one| promised(&one.name, &one.ty.to_string(), one.divisible_by)).collect();
    Err(format!("Python passes ({}), and its IR takes ({})", python.join(", "), ir.join(", ")).into())
}

/// Why nothing is there.
fn nothing(spool: &Path, logs: usize) -> String {
    let started = std::fs::read_dir(spool.join(front::LOG).join("started")).map_or(0, Iterator::count);
    match (started, logs) {
        (0, _) => "no Python that the program started was recorded: it may have been started with -I, -E or -S, or with another PYTHONPATH, which keep modules from being put in front".to_owned(),
        (_, 0) => "the program launched no Triton kernel".to_owned(),
        _ => "the program launched no Triton kernel that can be taken".to_owned(),
    }
}
