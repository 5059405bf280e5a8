//! `cargo triton dump`: any level of any kernel, and the IR after each pass of the compiler.

mod passes;
mod show;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use triton_runner_manifest::Level;

use super::progress::Progress;
use super::staged::Staged;
use super::subject::{Selection, Subject};
use super::{Env, Result, sass, terminal};
use crate::cli::levels::{Made, Wanted, levels};
use crate::error::Error;
use crate::obtain::obtain;
use crate::plan::Step;

/// Print a kernel at any level, or the IR after each pass of the compiler.
#[derive(Debug, Args)]
pub(super) struct Dump {
    #[command(flatten)]
    selection: Selection,
    /// The level to print; with --passes: the level to stop at
    #[arg(long)]
    level: Option<Wish>,
    /// The IR after each MLIR pass, numbered; those that changed something are marked
    #[arg(long)]
    passes: bool,
    /// With --passes: what each pass changed, in place of the whole IR
    #[arg(long, requires = "passes", conflicts_with = "json")]
    diff: bool,
    /// With --passes: as JSON
    #[arg(long, requires = "passes", conflicts_with = "output")]
    json: bool,
    /// Write to this file; with --passes: to numbered files in this folder
    #[arg(short, long, value_name = "OUT", conflicts_with = "diff")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wish {
    Ttir,
    Ttgir,
    Llir,
    Ptx,
    /// Machine code as text
    Sass,
    /// Machine code
    Cubin,
}

impl Wish {
    fn level(self) -> Level {
        match self {
            Self::Ttir => Level::Ttir,
            Self::Ttgir => Level::Ttgir,
            Self::Llir => Level::Llir,
            Self::Ptx => Level::Ptx,
            Self::Sass | Self::Cubin => Level::Cubin,
        }
    }
}

impl Dump {
    pub(super) fn run(self, env: &Env) -> Result {
        if self.passes {
            return self.dump_passes(env);
        }
        let Some(wish) = self.level else {
            return Err("say which level: `--level ttir`, `ttgir`, `llir`, `ptx`, `sass` or `cubin`".into());
        };
        let bytes = match self.selection.lone_image() {
            Some((file, level)) if level == wish.level() => {
                let name = file.display().to_string();
                let bytes = std::fs::read(&file).map_err(|error| format!("`{name}`: can't read it: {error}"))?;
                match wish {
                    Wish::Sass => sass::disassemble(&bytes, None, &self.selection.tools(file, env))?.into_bytes(),
                    _ => bytes,
                }
            }
            _ => self.of_one(env, wish.level(), |subject, step| match wish {
                Wish::Sass | Wish::Cubin => machine_code(subject, step, wish),
                _ => {
                    let mut made = make(subject, step, &Wanted::only(wish.level()))?;
                    Ok(made.files.remove(&wish.level()).unwrap_or_default())
                }
            })?,
        };
        match &self.output {
            Some(path) => {
                let mut staged = Staged::default();
                staged.add(path, &bytes)?;
                staged.commit()?;
                Ok(())
            }
            None if wish == Wish::Cubin && std::io::stdout().is_terminal() => {
                Err("machine code is not text: write it to a file with `-o`, or take `--level sass`".into())
            }
            None => terminal::print_bytes(&bytes),
        }
    }

    fn dump_passes(&self, env: &Env) -> Result {
        // Machine code comes after the last pass that can be shown.
        let emit = self.level.map_or(Level::Llir, Wish::level).min(Level::Llir);
        let wanted = Wanted { emit, keep: Vec::new(), passes: true };
        let made = self.of_one(env, emit, |subject, step| match step.source.artifact.level {
            Level::Ttir | Level::Ttgir => make(subject, step, &wanted),
            level => {
                Err(format!("`{}` is {level}, and the passes are all before that", step.source.artifact.name).into())
            }
        })?;
        let last = made.files.get(&Level::Ttgir).filter(|_| emit == Level::Ttgir);
        let last = last.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let (input, passes) = passes::passes(&made.log, last.as_deref());
        match &self.output {
            Some(folder) => terminal::print_line(&show::files(&input, &passes, folder)?),
            None if self.json => terminal::print_json(&passes),
            None if self.diff => terminal::print(&show::differences(&input, &passes)),
            None => terminal::print(&show::text(&passes)),
        }
    }

    /// The one kernel on the one architecture that is meant.
    fn of_one<T>(&self, env: &Env, level: Level, f: impl FnOnce(&Subject, &Step<'_>) -> Result<T>) -> Result<T> {
        let mut subjects = self.selection.read(env)?;
        let mut problems: Vec<_> =
            subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
        let mut found = Vec::new();
        for subject in &subjects {
            let (steps, more) = subject.analysis.steps();
            problems.extend(more);
            found.extend(steps.into_iter().map(|step| (subject, step)));
        }
        if found.is_empty() && !problems.is_empty() {
            return Err(Box::new(Error::new(problems)));
        }
        let mut kernels: Vec<_> = found.iter().map(|(_, step)| step.kernel.name.as_str()).collect();
        kernels.dedup();
        if kernels.len() > 1 {
            return Err(format!("say which kernel: there are {}", kernels.join(", ")).into());
        }
        if found.len() > 1 && level > Level::Ttir {
            let archs: Vec<_> = found.iter().map(|(_, step)| format!("`--arch {}`", step.arch)).collect();
            return Err(format!("say for which GPU: {}", archs.join(", ")).into());
        }
        let Some((subject, step)) = found.into_iter().next() else {
            return Err("it is built for none of these GPUs".into());
        };
        let own = step.source.artifact.level;
        if own > level {
            let file = &step.source.artifact.name;
            return Err(format!("it starts from `{file}`: nothing leads from {own} back to {level}").into());
        }
        f(subject, &step)
    }
}

/// Lowers a step to a level before machine code.
fn make(subject: &Subject, step: &Step<'_>, wanted: &Wanted) -> Result<Made> {
    let mut progress = Progress::new();
    let made = levels(std::slice::from_ref(step), wanted, &subject.tools, &mut |line| progress.line(line));
    let made = made.and_then(|mut made| made.pop().unwrap_or_else(|| Ok(Made::default())));
    Ok(made.map_err(Error::from)?)
}

/// Machine code as a build makes or finds it.
fn machine_code(subject: &Subject, step: &Step<'_>, wish: Wish) -> Result<Vec<u8>> {
    let step = Step {
        cubin: true,
        ptx: false,
        triton: step.triton.clone(),
        options: step.options.clone(),
        asked: step.asked.clone(),
        made_by: step.made_by.clone(),
        ..*step
    };
    let mut progress = Progress::new();
    let mut obtaining = obtain(std::slice::from_ref(&step), &subject.tools, &mut |line| progress.line(line));
    drop(progress);
    let Some(Some(obtained)) = obtaining.results.pop() else { return Err(Box::new(Error::new(obtaining.problems))) };
    let cubin = obtained.stored.bytes;
    match wish {
        Wish::Sass => {
            let made_by = step.triton.as_ref().or(step.made_by.as_ref());
            Ok(sass::disassemble(&cubin, made_by, &subject.tools)?.into_bytes())
        }
        _ => Ok(cubin),
    }
}
