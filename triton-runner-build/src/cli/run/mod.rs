//! `cargo triton run`: a kernel on the CPU, with everything checked.

mod given;
mod kernel;
mod launch;
mod memory;
mod page;
mod proof;
mod tensor;
mod tensor_file;
mod values;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use triton_runner_interpreter::{Checks, Level};

use super::subject::Selection;
use super::{Env, Result, terminal};
use crate::fs::write;
use given::Given;
use launch::Wishes;

/// Programs that a page shows: the first ones.
const SHOWN: u64 = 32;

/// Run a kernel's TTIR on the CPU, every access and every value checked
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing was found (warnings are no findings), 1 findings, or it did not work, \
                        2 the command line is wrong.")]
pub(super) struct Run {
    #[command(flatten)]
    selection: Selection,
    /// Programs along x, y and z
    #[arg(long, value_name = "X[,Y[,Z]]", value_parser = given::grid)]
    grid: [u32; 3],
    /// An argument: a number (n=1000), memory (x=random:f32[4096]; also zeros, ones, range, uninit), or a file
    /// (x=x.npy, w=model.safetensors:TENSOR); may be given several times
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = given::parse)]
    arguments: Vec<Given>,
    /// What to look for: all, or kinds of findings with commas between them
    #[arg(long, value_name = "all|KIND,…", default_value = "all", hide_default_value = true)]
    check: Checks,
    /// Print what a value of the IR or a variable of Python is in a program; may be given several times
    #[arg(long, value_name = "NAME@X,Y,Z", value_parser = given::print)]
    print: Vec<(String, [u32; 3])>,
    /// Write an argument's memory afterwards; may be given several times
    #[arg(long, value_name = "NAME=FILE.npy", value_parser = given::save)]
    save: Vec<(String, PathBuf)>,
    /// Write a page that shows what the first 32 programs read, write and compute, step by step
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Run {
    pub(super) fn run(self, env: &Env) -> Result<ExitCode> {
        const WRONG: u8 = 2;
        if self.selection.what.is_none() {
            terminal::report(&"say what to run: a kernel's name or a .ttir file");
            return Ok(ExitCode::from(WRONG));
        }
        let kernel = kernel::read(&self.selection, env)?;
        let program = &kernel.program;
        let arguments = launch::arguments(program, &self.arguments);
        let mut arguments = match arguments.and_then(|arguments| self.fits(&arguments).map(|()| arguments)) {
            Ok(arguments) => arguments,
            Err(reason) => {
                terminal::report(&reason);
                return Ok(ExitCode::from(WRONG));
            }
        };
        let recorded = if self.html.is_some() { first(self.grid, SHOWN) } else { Vec::new() };
        let wishes = Wishes { grid: self.grid, checks: self.check, prints: &self.print, recorded: &recorded };
        let report = match arguments.run(program, &wishes) {
            Ok(report) => report,
            Err(reason) => {
                terminal::report(&reason);
                return Ok(ExitCode::from(WRONG));
            }
        };
        let mut text = String::new();
        report.prints.iter().for_each(|line| text += &format!("{line}\n"));
        for (name, id) in &self.print {
            text += &values::texts(&report.traced, name, *id);
        }
        for finding in &report.findings {
            let warning = if finding.level == Level::Warning { "warning: " } else { "" };
            text += &format!("{warning}{finding}\n");
        }
        terminal::print(&text)?;
        for (name, path) in &self.save {
            if let Some((_, memory)) = arguments.memory.iter().find(|(known, _)| known == name) {
                tensor_file::write(path, memory).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        if let Some(path) = &self.html {
            let page = page::page(program, &arguments.memory, self.grid, &recorded, &report)?;
            write::write(path, page.as_bytes())?;
        }
        let errors = report.findings.iter().filter(|finding| finding.level == Level::Error).count();
        let (programs, warnings) = (report.programs, report.findings.len() - errors);
        eprintln!("programs run: {programs}; findings: {errors}, warnings: {warnings}");
        if let Some(line) = proof::line(&kernel, &arguments.passed(self.grid)) {
            eprintln!("{line}");
        }
        Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// What `--save` and `--print` name is there.
    fn fits(&self, arguments: &launch::Arguments) -> std::result::Result<(), String> {
        for (name, _) in &self.save {
            if !arguments.memory.iter().any(|(known, _)| known == name) {
                let names: Vec<_> = arguments.memory.iter().map(|(name, _)| &**name).collect();
                return Err(format!(
                    "`--save {name}`: no argument of that name has memory; there are {}",
                    names.join(", ")
                ));
            }
        }
        let is_outside = |id: &[u32; 3]| id.iter().zip(&self.grid).any(|(place, size)| place >= size);
        match self.print.iter().find(|(_, id)| is_outside(id)) {
            Some((name, [x, y, z])) => {
                Err(format!("`--print {name}@{x},{y},{z}`: no program is there; the grid is {:?}", self.grid))
            }
            None => Ok(()),
        }
    }
}

/// The first programs of a grid.
fn first(grid: [u32; 3], count: u64) -> Vec<[u32; 3]> {
    let [x, y, z] = grid.map(u64::from);
    let id = |index: u64| [(index % x) as u32, (index / x % y) as u32, (index / x / y) as u32];
    (0..count.min(x * y * z)).map(id).collect()
}
