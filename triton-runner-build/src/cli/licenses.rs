//! `cargo triton licenses`: under which licence each kernel is.

use clap::Args;

use super::packages::NO_KERNELS;
use super::rights::{Rights, rights};
use super::subject::{self, Selection};
use super::{Env, Result, terminal};

/// Show under which licence each kernel is, and which Python package it is from.
#[derive(Debug, Args)]
pub(super) struct Licenses {
    #[command(flatten)]
    selection: Selection,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Licenses {
    pub(super) fn run(self, env: &Env) -> Result {
        let mut subjects = self.selection.look_at(env)?;
        let problems: Vec<_> = subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
        let rights = rights(&subjects);
        match self.json {
            true => terminal::print_json(&rights)?,
            false if rights.is_empty() && problems.is_empty() => terminal::print_line(NO_KERNELS)?,
            false => terminal::print(&text(&rights))?,
        }
        subject::report(problems)
    }
}

fn text(rights: &[Rights]) -> String {
    let mut text = String::new();
    for kernels in rights.chunk_by(|a, b| a.package == b.package) {
        if let Some(package) = kernels.first().and_then(|one| one.package.as_ref()) {
            text += &format!("{}\n\n", terminal::bold(package));
        }
        let license = |one: &Rights| one.license.clone().unwrap_or_else(|| "unknown".to_owned());
        let rows = kernels.iter().map(|one| vec![one.kernel.clone(), license(one), one.origin()]);
        text += &terminal::table(&["kernel", "licence", "from"], &[], rows);
        text += "\n\n";
    }
    text
}
