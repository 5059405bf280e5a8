//! `cargo triton record`: runs a Python program and takes the kernels that it launches.

mod arguments;
mod exclude;
mod family;
mod front;
mod launches;
mod passed;
mod python;
mod same;
mod spool;
mod table;
mod test;
mod write;

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use dialoguer::MultiSelect;
use semver::Version;

use super::{Env, Result, terminal};
use crate::obtain::compilers::Compilers;
use family::Function;
use spool::Recording;

pub(super) use arguments::Record;

impl Record {
    pub(super) fn run(self, env: &Env) -> Result<ExitCode> {
        if let Some(kept) = &self.from {
            self.take(kept, env)?;
            return Ok(ExitCode::SUCCESS);
        }
        let (spool, temporary) = match &self.keep {
            Some(keep) => {
                front::empty(keep)?;
                (keep.clone(), None)
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("triton-runner-record-").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let ended = self.start(&spool)?;
        let taken = self.take(&spool, env);
        if let (Err(_), Some(temporary)) = (&taken, temporary) {
            // The program may have run for hours.
            let kept = temporary.keep();
            let kept = kept.display();
            eprintln!(
                "note: what was recorded is in `{kept}`; once that is settled, `cargo triton record --from {kept}` takes it"
            );
        }
        taken?;
        Ok(if ended { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Shows what was recorded, and writes what is wanted of it.
    fn take(&self, spool: &Path, env: &Env) -> Result {
        let recording = Recording::read(spool)?;
        recording.problems.iter().for_each(|problem| eprintln!("warning: {problem}"));
        passed::warn(&recording.passed);
        let functions = family::functions(recording.kernels, self.all_configs);
        if !(functions.is_empty() && recording.passed.is_empty()) {
            terminal::print_line(&table::of(&functions, &recording.passed))?;
        }
        if functions.is_empty() {
            return Err(recording.nothing.into());
        }
        let chosen = self.choose(functions)?;
        write::write(self, spool, &chosen)?;
        compiler(&chosen, env)
    }

    /// Runs the program to its end; whether that was a good one.
    fn start(&self, spool: &Path) -> Result<bool> {
        let Some((program, arguments)) = self.program.split_first() else { return Ok(true) };
        let front = front::lay(spool, self.launches, self.max_bytes)?;
        let mut command = Command::new(program);
        command.args(arguments);
        let others = std::env::var_os("PYTHONPATH").filter(|others| !others.is_empty());
        let places = std::iter::once(front).chain(others.iter().flat_map(std::env::split_paths));
        command.env("PYTHONPATH", std::env::join_paths(places)?);
        // Its cache would have no TTIR.
        command.env_remove("TRITON_STORE_BINARY_ONLY");
        passed::avoid(&mut command);
        let status = command.status();
        let status = status.map_err(|error| format!("can't start `{}`: {error}", Path::new(program).display()))?;
        if !status.success() {
            eprintln!("warning: the program ended with {status}; what it launched until then is taken");
        }
        Ok(status.success())
    }

    /// Those that are meant: by name, or by asking where somebody sits; else all.
    fn choose(&self, mut functions: Vec<Function>) -> Result<Vec<Function>> {
        if !self.kernel.is_empty() {
            for wanted in &self.kernel {
                if !functions.iter().any(|function| function.is_called(wanted)) {
                    let names: Vec<_> = functions.iter().map(|function| format!("`{}`", function.name)).collect();
                    return Err(format!("the program launched no kernel `{wanted}`, but {}", names.join(", ")).into());
                }
            }
            functions.retain(|function| self.kernel.iter().any(|wanted| function.is_called(wanted)));
            return Ok(functions);
        }
        if self.yes || functions.len() == 1 || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Ok(functions);
        }
        let items: Vec<_> = functions.iter().map(|function| (function.name.as_str(), true)).collect();
        let prompt = "Which ones (space toggles, enter takes)";
        let chosen = MultiSelect::new().with_prompt(prompt).items_checked(items).interact_opt()?;
        let chosen = chosen.filter(|chosen| !chosen.is_empty()).ok_or("nothing was chosen")?;
        let kept = functions.into_iter().enumerate().filter(|(index, _)| chosen.contains(index));
        Ok(kept.map(|(_, function)| function).collect())
    }
}

/// Says how a build gets a compiler that isn't there.
fn compiler(functions: &[Function], env: &Env) -> Result {
    let compilers = Compilers::from_env(env)?;
    let Ok(toolchains) = compilers.toolchains() else { return Ok(()) };
    let kernels = functions.iter().flat_map(Function::members);
    let used: BTreeSet<_> = kernels.map(|member| member.kernel.facts.triton.as_str()).collect();
    for triton in used {
        let Ok(version) = Version::parse(triton) else { continue };
        if !compilers.installs() && toolchains.require(&version).is_err() {
            eprintln!("{} installs Triton {triton}, which a build lowers with", terminal::bold("`cargo triton setup`"));
        }
    }
    Ok(())
}
