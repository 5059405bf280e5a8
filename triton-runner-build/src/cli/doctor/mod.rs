//! `cargo triton doctor`: what is found, what is missing, what to do.

mod finding;
mod gpu;
mod machine;
mod packages;

use std::collections::BTreeSet;

use clap::Args;

use super::packages::Packages;
use super::{Env, Result, terminal};
use crate::obtain::compilers::Compilers;
use crate::toolchain::DEFAULT;
use finding::{Finding, Status};

/// Check Rust, Python, compilers, driver, GPUs, settings, kernels, lock and cache.
///
/// Exit code 1 if something is missing that a build needs.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    packages: Packages,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self, env: &Env) -> Result {
        let (gpus, found_gpus) = machine::gpus();
        let (packages, mut wanted) = packages::packages(&self.packages, &found_gpus);
        if wanted.is_empty() && !packages.iter().any(|finding| finding.topic == "lock") {
            wanted = BTreeSet::from([DEFAULT]);
        }
        let compilers = Compilers::from_env(env);
        let mut findings = vec![machine::rust(env)];
        findings.extend(machine::variables(env));
        findings.extend(machine::python(env, &wanted));
        findings.extend(machine::toolchains(&compilers, &wanted));
        findings.push(machine::ptxas(env, &compilers));
        findings.push(machine::cache(env, &compilers));
        findings.extend(gpus);
        findings.extend(packages);
        let missing = findings.iter().filter(|finding| finding.status == Status::Missing).count();
        if self.json {
            terminal::print_json(&findings)?;
        } else {
            terminal::print(&text(&findings))?;
        }
        match missing {
            0 => Ok(()),
            1 => Err("one thing is missing".into()),
            count => Err(format!("{count} things are missing").into()),
        }
    }
}

fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.topic.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut last = "";
    for finding in findings {
        let topic = if finding.topic == last { "" } else { finding.topic };
        last = finding.topic;
        let mark = match finding.status {
            Status::Ok => terminal::good("ok     "),
            Status::Note => terminal::dim("note   "),
            Status::Missing => terminal::bad("missing"),
        };
        // A message of several lines stays below its first.
        let indent = format!("\n{:width$}           ", "");
        text += &format!("{topic:width$}  {mark}  {}\n", finding.found.trim_end().replace('\n', &indent));
        if let Some(advice) = &finding.advice {
            text += &format!("{:width$}           {} {advice}\n", "", terminal::bold("→"));
        }
    }
    text
}
