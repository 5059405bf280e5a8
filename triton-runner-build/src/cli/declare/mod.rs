//! `cargo triton declare`: declarations of kernels, to paste.

mod capacity;
mod family;
mod grid;
mod subject;
mod text;
mod tuned;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::grids;
use super::packages::{NO_KERNELS, Packages};
use super::{Env, Result, terminal};
use crate::analysis::Analysis;
use crate::read::files::split_variant;
use crate::settings::Overrides;
use subject::Subject;

/// Print the declarations of kernels for `triton_kernel!`: types, grid, and when a variant is right.
///
/// Types and what is written are what the IR says. A grid is proposed where all grids of a recording are one expression of
/// the arguments and constants, and a condition where the IR masks a whole block by an argument.
#[derive(Debug, Args)]
pub(super) struct Declare {
    /// Names of kernels; all of them without any
    #[arg(value_name = "KERNEL")]
    kernels: Vec<String>,
    #[command(flatten)]
    packages: Packages,
}

impl Declare {
    pub(super) fn run(self, _: &Env) -> Result {
        let mut declarations = Vec::new();
        let mut names = BTreeSet::new();
        let mut problems = Vec::new();
        for found in self.packages.find()? {
            let analysis = Analysis::of(&found.folder, None, &Overrides::default(), |_, _, _| None)?;
            let mut recorded = BTreeMap::new();
            for folder in &analysis.settings.folders {
                recorded.extend(grids::read(&found.folder.join(folder))?);
            }
            let mut kernels = BTreeMap::<&str, Subject<'_>>::new();
            for kernel in &analysis.kernels {
                let name = split_variant(&kernel.name).0;
                let subject = kernels.entry(name).or_default();
                subject.variants.push((kernel, recorded.get(&kernel.name)));
            }
            let families = family::all(&kernels);
            names.extend(kernels.keys().chain(families.keys()).map(|name| (*name).to_owned()));
            let is_wanted = |name: &str| self.kernels.iter().any(|wanted| wanted == name);
            // Without names, a kernel of a family is declared by that.
            let (one, each): (Vec<_>, Vec<_>) = families.iter().partition(|(_, generic)| generic.unlike().is_none());
            let declared: BTreeSet<&str> = one.iter().flat_map(|(_, generic)| generic.names()).collect();
            for (name, generic) in one {
                if self.kernels.is_empty() || is_wanted(name) {
                    declarations.push(text::of_family(name, generic)?);
                }
            }
            for (name, generic) in each {
                let why = generic.unlike().unwrap_or_default();
                if is_wanted(name) {
                    let members: Vec<_> = generic.names().collect();
                    let members = members.join(" ");
                    return Err(format!("the family `{name}` has no declaration of its own: {why}; declare its kernels: `cargo triton declare {members}`").into());
                }
            }
            for (name, subject) in &kernels {
                if is_wanted(name) || (self.kernels.is_empty() && !declared.contains(name)) {
                    declarations.push(text::of(name, subject)?);
                }
            }
            problems.extend(analysis.problems);
        }
        let unknown: Vec<_> = self.kernels.iter().filter(|wanted| !names.contains(*wanted)).collect();
        if let Some(unknown) = unknown.first() {
            let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let there =
                if all.is_empty() { "there is none".to_owned() } else { format!("there are {}", all.join(", ")) };
            return Err(format!("there is no kernel `{unknown}`; {there}").into());
        }
        if !declarations.is_empty() {
            let body = declarations.join("\n\n");
            terminal::print_line(&format!("triton_runner_rt::triton_kernel! {{\n{body}\n}}"))?;
        } else if problems.is_empty() {
            return Err(NO_KERNELS.into());
        }
        super::subject::report(problems)
    }
}
