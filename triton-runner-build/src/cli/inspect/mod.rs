//! `cargo triton inspect`: what is embedded of each kernel for each architecture, and how it uses the hardware.

mod built;
mod code;
mod line_info;
mod page;
mod publish;
mod report;
mod sbom;
mod survey;
mod table;
mod texts;

use std::path::PathBuf;

use clap::Args;

use super::packages::NO_KERNELS;
use super::staged::Staged;
use super::subject::{self, Selection};
use super::{Env, Result, terminal};

/// Show kernels × architectures: arguments, promises, registers, spills, shared memory, bytes, occupancy.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    selection: Selection,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As one HTML page, with charts and the code of every level
    #[arg(long, value_name = "OUT", conflicts_with = "json")]
    html: Option<PathBuf>,
    /// The kernels, their files and images, and what made each, as a software bill of materials (CycloneDX)
    #[arg(long, conflicts_with_all = ["json", "html"])]
    sbom: bool,
    /// Which kernel files cargo would publish and which it leaves out, and how large the crate is; nothing is lowered
    #[arg(long, conflicts_with_all = ["json", "html", "sbom", "what"])]
    publish: bool,
    /// Whether source lines change instructions: all kernels are lowered with them and without, and compared
    #[arg(long, conflicts_with_all = ["json", "html", "sbom", "publish"])]
    line_info: bool,
}

impl Inspect {
    pub(super) fn run(self, env: &Env) -> Result {
        if self.publish {
            let mut problems = Vec::new();
            for package in self.selection.packages()? {
                problems.extend(publish::show(&package)?);
            }
            return if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n").into()) };
        }
        if self.sbom {
            let mut subjects = self.selection.look_at(env)?;
            let mut problems = subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
            terminal::print(&sbom::sbom(&subjects, &mut problems)?)?;
            return subject::report(problems);
        }
        if self.line_info {
            let mut subjects = self.selection.look_at(env)?;
            let mut problems: Vec<_> =
                subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
            let lines = line_info::compared(&subjects, &mut problems);
            lines.iter().try_for_each(|line| terminal::print_line(line))?;
            return subject::report(problems);
        }
        let mut problems = Vec::new();
        let (mut report, code) = match survey::lone_image(&self.selection, env)? {
            Some(lone) => lone,
            None => {
                let mut subjects = self.selection.look_at(env)?;
                problems.extend(subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)));
                survey::report(&subjects, self.html.is_some(), &mut problems)
            }
        };
        report.errors = problems.iter().map(ToString::to_string).collect();
        if self.json {
            terminal::print_json(&report)?;
        } else if let Some(path) = &self.html {
            let mut staged = Staged::default();
            staged.add(path, page::page(&report, &code)?.as_bytes())?;
            staged.commit()?;
            terminal::print_line(&path.display().to_string())?;
        } else if !report.kernels.is_empty() {
            terminal::print(&table::text(&report))?;
        } else if problems.is_empty() {
            terminal::print_line(NO_KERNELS)?;
        }
        subject::report(problems)
    }
}
