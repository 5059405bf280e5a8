//! `cargo triton lock`: machine code into the source tree, so that a build needs no compiler.

mod write;

use clap::Args;

use super::packages::Packages;
use super::progress::Progress;
use super::{Env, Result, terminal};
use write::{check, lock};

/// Write the kernels' machine code into the source tree, for builds with no compiler.
#[derive(Debug, Args)]
pub(super) struct Lock {
    #[command(flatten)]
    packages: Packages,
    /// Lower everything anew and compare with what is there, byte for byte; write nothing
    #[arg(long)]
    check: bool,
}

impl Lock {
    pub(super) fn run(self, env: &Env) -> Result {
        let mut failed = Vec::new();
        for package in self.packages.find()? {
            let mut progress = Progress::new();
            let result = match self.check {
                true => check(&package.folder, env, &mut |line| progress.line(line)),
                false => lock(&package.folder, env, &mut |line| progress.line(line)),
            };
            drop(progress);
            match result {
                Ok(report) => {
                    report.warnings.iter().for_each(|warning| eprintln!("warning: {}: {warning}", package.name));
                    let images = report.locked.len();
                    let kib = report.locked.iter().map(|(_, _, bytes)| bytes).sum::<usize>() / 1024;
                    let packed = report.compressed.map(|bytes| format!(" in {} KiB", bytes / 1024)).unwrap_or_default();
                    let done = if self.check { "are as they were locked" } else { "locked" };
                    let folder = report.folder.display();
                    terminal::print_line(&format!(
                        "{}: {images} images, {kib} KiB{packed} {done} in {folder}",
                        package.name
                    ))?;
                }
                Err(error) => failed.push(format!("{}: {error}", package.name)),
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(failed.join("\n\n").into()) }
    }
}
