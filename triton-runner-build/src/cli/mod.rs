//! `cargo triton`. Each subcommand is a module; all of them use the library's own pipeline.
//!
//! Exit codes: 0 done, 1 it didn't work (the message is on standard error), 2 the command line is wrong.

mod export;
mod lock;
mod lower;
mod packages;
mod setup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use semver::Version;

use crate::cargo::Env;
use crate::toolchain::{Source, Toolchain, Toolchains, default_home};

/// What `main` of the command calls.
pub fn main() -> ExitCode {
    // `cargo triton …` starts `cargo-triton triton …`.
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "triton") {
        args.remove(1);
    }
    match Cli::parse_from(args).run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Kernels of the Triton language compiler in Rust crates.
#[derive(Debug, Parser)]
#[command(name = "cargo triton", bin_name = "cargo triton", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Setup(setup::Setup),
    Export(export::Export),
    Lock(lock::Lock),
    Lower(lower::Lower),
}

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

impl Cli {
    fn run(self) -> Result {
        let env = Env::default();
        match self.command {
            Command::Setup(command) => command.run(&env),
            Command::Export(command) => command.run(&env),
            Command::Lock(command) => command.run(&env),
            Command::Lower(command) => command.run(&env),
        }
    }
}

/// Where compilers lie, as the environment says.
fn toolchains(env: &Env) -> Result<Toolchains> {
    let home = default_home(|name| env.var_os(name))?;
    let search = env.var_os("PATH").unwrap_or_default();
    Ok(Toolchains::new(home, env.path("TRITON_RUNNER_PYTHON"), search))
}

/// A compiler: the one of `python` if it is named, else the managed one, installed now if that is allowed.
fn toolchain(env: &Env, triton: &Version, python: Option<PathBuf>) -> Result<Toolchain> {
    let home = default_home(|name| env.var_os(name))?;
    let search = env.var_os("PATH").unwrap_or_default();
    if python.is_some() {
        let own = Toolchains::new(home, python, search).find_own()?;
        return own.ok_or_else(|| "the Python that was named has no Triton".into());
    }
    let toolchains = toolchains(env)?;
    if env.var("TRITON_RUNNER_SETUP").as_deref() == Some("auto") {
        let offline = env.flag("CARGO_NET_OFFLINE");
        return Ok(toolchains.install(triton, &Source::Index, offline, &mut |line| eprintln!("{line}"))?);
    }
    Ok(toolchains.require(triton)?)
}
