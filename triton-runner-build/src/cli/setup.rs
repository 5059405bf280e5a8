//! `cargo triton setup`: installs, lists and removes compilers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use semver::Version;

use super::compilers::{install, lowering};
use super::packages::Packages;
use super::progress::Progress;
use super::{Env, Result, terminal};
use crate::analysis::Analysis;
use crate::obtain::compilers::Compilers;
use crate::settings::Overrides;
use crate::toolchain::{DEFAULT, Damage, Toolchains, WheelSource};

/// Install the Triton compiler that lowers kernels; list or remove what is installed.
#[derive(Debug, Args)]
pub(super) struct Setup {
    /// Version of Triton; may be given several times. By default what the packages here are lowered with, else 3.3.1
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton)]
    triton: Vec<Version>,
    /// Install from this wheel instead of the package index (its SHA-256 is checked all the same)
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// List what is installed
    #[arg(long, conflicts_with_all = ["wheel", "remove", "triton"])]
    list: bool,
    /// Remove the given versions
    #[arg(long, conflicts_with = "wheel", requires = "triton")]
    remove: bool,
    /// With --list: as JSON
    #[arg(long, requires = "list")]
    json: bool,
}

impl Setup {
    pub(super) fn run(self, env: &Env) -> Result {
        let compilers = Compilers::from_env(env)?;
        // A Python of the user's does without a folder; installing does not.
        compilers.home()?;
        let toolchains = compilers.toolchains()?;
        if self.list {
            return list(toolchains, self.json);
        }
        let wanted = if self.triton.is_empty() { of_packages() } else { self.triton.clone() };
        for triton in &wanted {
            if self.remove {
                let mut progress = Progress::new();
                let removed = toolchains.remove(triton, &mut |line| progress.line(line))?;
                drop(progress);
                terminal::print_line(&match removed.len() {
                    0 => format!("triton {triton} was not installed"),
                    _ => format!("removed triton {triton}"),
                })?;
                continue;
            }
            for installed in toolchains.list().iter().filter(|installed| installed.triton() == triton) {
                if let Ok(Some(Damage { file, found })) = installed.damage_by_content() {
                    terminal::print_line(&format!("`{}` is installed again: {found}", file.display()))?;
                    installed.give_up()?;
                }
            }
            let source = self.wheel.clone().map_or(WheelSource::Index, WheelSource::Wheel);
            let toolchain = install(toolchains, triton, &source, env)?;
            terminal::print_line(&format!("triton {triton} is ready, for {}", toolchain.python.display()))?;
        }
        Ok(())
    }
}

/// What kernels here are lowered with. Without any it is the default.
fn of_packages() -> Vec<Version> {
    let found = Packages::default().find().unwrap_or_default();
    let analyses =
        found.iter().filter_map(|one| Analysis::of(&one.folder, None, &Overrides::default(), |_, _, _| None).ok());
    let wanted: BTreeSet<_> = analyses.flat_map(|analysis| lowering(&analysis.steps().0)).collect();
    if wanted.is_empty() { vec![DEFAULT] } else { wanted.into_iter().collect() }
}

fn list(toolchains: &Toolchains, json: bool) -> Result {
    let installed = toolchains.list();
    if json {
        let entries = installed.iter().map(|installed| {
            serde_json::json!({
                "triton": installed.triton().to_string(),
                "python": installed.python_tag(),
                "folder": installed.folder,
                "bytes": installed.size(),
            })
        });
        return terminal::print_json(&entries.collect::<Vec<_>>());
    }
    if installed.is_empty() {
        let folder = toolchains.folder();
        return terminal::print_line(&format!(
            "nothing is installed in {}; run `cargo triton setup`",
            folder.display()
        ));
    }
    let rows = installed.iter().map(|installed| {
        vec![
            installed.triton().to_string(),
            installed.python_tag().to_owned(),
            terminal::bytes(installed.size()),
            installed.folder.display().to_string(),
        ]
    });
    terminal::print_line(&terminal::table(&["Triton", "Python", "size", "folder"], &["size"], rows))
}
