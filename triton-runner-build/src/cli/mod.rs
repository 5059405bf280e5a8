//! `cargo triton`. Each subcommand is a module; all of them use the library's own pipeline.

mod artifact;
mod cache;
mod compilers;
mod completions;
mod declaration;
mod declare;
mod doctor;
mod dump;
mod export;
mod grids;
mod html;
mod inspect;
mod interpreter;
mod levels;
mod licenses;
mod lock;
mod lower;
mod manifest;
mod new;
mod occupancy;
mod option_flags;
mod outcome;
mod packages;
mod pass_flags;
mod progress;
mod record;
mod rights;
mod run;
mod sass;
mod setup;
mod sign;
mod single;
mod staged;
mod subject;
mod terminal;
mod tune;

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};

use crate::cargo::Env;
use outcome::{Result, tracebacks};

/// What `main` of the command calls.
pub fn main() -> ExitCode {
    // `cargo triton …` starts `cargo-triton triton …`.
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "triton") {
        args.remove(1);
    }
    let cli = Cli::parse_from(args);
    let verbose = cli.verbose > 0;
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            terminal::report(&error);
            if verbose {
                tracebacks(&*error);
            }
            ExitCode::FAILURE
        }
    }
}

/// Kernels of the Triton language compiler in Rust crates.
#[derive(Debug, Parser)]
#[command(name = "cargo triton", bin_name = "cargo triton", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 it is done, 1 it did not work (why is on standard error), \
                        2 the command line is wrong.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Show Python's tracebacks behind errors
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::New),
    Setup(setup::Setup),
    Doctor(doctor::Doctor),
    Cache(cache::Cache),
    Declare(declare::Declare),
    Dump(dump::Dump),
    Export(Box<export::Export>),
    Inspect(inspect::Inspect),
    Licenses(licenses::Licenses),
    Lock(lock::Lock),
    Lower(lower::Lower),
    Record(record::Record),
    Run(Box<run::Run>),
    Tune(tune::Tune),
    Sign(sign::Sign),
    Completions(completions::Completions),
}

impl Cli {
    fn run(self) -> Result<ExitCode> {
        let env = Env::default();
        match self.command {
            Command::Setup(command) => command.run(&env)?,
            Command::New(command) => command.run(&env)?,
            Command::Doctor(command) => command.run(&env)?,
            Command::Cache(command) => command.run(&env)?,
            Command::Declare(command) => command.run(&env)?,
            Command::Dump(command) => command.run(&env)?,
            Command::Export(command) => command.run(&env)?,
            Command::Inspect(command) => command.run(&env)?,
            Command::Licenses(command) => command.run(&env)?,
            Command::Lock(command) => command.run(&env)?,
            Command::Lower(command) => command.run(&env)?,
            Command::Record(command) => return command.run(&env),
            Command::Run(command) => return command.run(&env),
            Command::Tune(command) => return command.run(&env),
            Command::Sign(command) => command.run(&env)?,
            Command::Completions(command) => command.run(Self::command())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
