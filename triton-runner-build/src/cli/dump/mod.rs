//! `cargo triton dump`: any level of any kernel, and the IR after each pass of the compiler.

mod against;
mod llvm;
pub(super) mod normal;
mod passes;
mod run;
mod show;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use semver::Version;
use triton_runner_manifest::Level;

use super::progress::Progress;
use super::staged::Staged;
use super::subject::{Selection, Subject};
use super::{Env, Result, sass, terminal};
use crate::cli::levels::{Made, Wanted, levels};
use crate::error::Error;
use crate::lowering::Print;
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
    /// With --passes: LLVM's own passes too, as far as Triton has it print them
    #[arg(long, requires = "passes", conflicts_with = "against")]
    llvm: bool,
    /// With --passes: the first pass after which another run's IR differs: that of a file, of a kernel, or of this one with
    /// another Triton, triton@3.6.0
    #[arg(long, requires = "passes", value_name = "FILE|KERNEL|triton@VERSION", conflicts_with_all = ["diff", "json", "output"])]
    against: Option<String>,
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
                    Wish::Sass => sass::disassemble(&bytes, None, &self.selection.tools(file, env)?)?.into_bytes(),
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
        if let Some(other) = &self.against {
            return self.compare(env, other);
        }
        // Machine code comes after the last pass that can be shown.
        let last = if self.llvm { Level::Ptx } else { Level::Llir };
        let emit = self.level.map_or(last, Wish::level).min(last);
        let print = if self.llvm { Print::AllPasses } else { Print::MlirPasses };
        self.of_one(env, emit, |subject, step| {
            let run = run::of_step(subject, step, emit, print)?;
            match &self.output {
                Some(folder) => terminal::print_line(&show::files(&run, step, folder)?)?,
                None if self.json => terminal::print_json(&run.passes)?,
                None if self.diff => terminal::print(&show::differences(&run.input, &run.passes))?,
                None => terminal::print(&show::text(&run.passes))?,
            }
            run.problem.map_or(Ok(()), |problem| Err(Box::new(Error::from(problem)).into()))
        })
    }

    /// This run and another one, pass by pass.
    fn compare(&self, env: &Env, other: &str) -> Result {
        let emit = self.level.map_or(Level::Llir, Wish::level).min(Level::Llir);
        let run = |selection: &Selection, triton: Option<&Version>| {
            self.of(selection, triton, env, emit, |subject, step| run::of_step(subject, step, emit, Print::MlirPasses))
        };
        let (mut one, mut two) = match other.strip_prefix("triton@") {
            Some(version) => {
                let triton = crate::settings::parse_triton(version)?;
                (run(&self.selection, None)?, run(&self.selection, Some(&triton))?)
            }
            None => (run(&self.selection, None)?, run(&self.selection.other(other), None)?),
        };
        run::tell_apart(&mut one, &mut two);
        terminal::print(&against::compare(&one, &two))?;
        let problems: Vec<_> = [one.problem, two.problem].into_iter().flatten().collect();
        super::subject::report(problems)
    }

    /// The one kernel on the one architecture that is meant.
    fn of_one<T>(&self, env: &Env, level: Level, f: impl FnOnce(&Subject, &Step<'_>) -> Result<T>) -> Result<T> {
        self.of(&self.selection, None, env, level, f)
    }

    /// The same of another selection, or with another Triton than the one that the settings name.
    fn of<T>(
        &self,
        selection: &Selection,
        triton: Option<&Version>,
        env: &Env,
        level: Level,
        f: impl FnOnce(&Subject, &Step<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut subjects = selection.read(env)?;
        for subject in subjects.iter_mut().filter(|_| triton.is_some()) {
            subject.analysis.settings.triton = triton.cloned();
        }
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
    let made = levels(&[step], wanted, &subject.tools, &mut |line| progress.line(line));
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
        pipeline: step.pipeline.clone(),
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
