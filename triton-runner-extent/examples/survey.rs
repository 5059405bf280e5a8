//! Which kernels are proven, and why the others aren't: a line for each, then a table of reasons. As a rule it is started by
//! `scripts/check-extents`.
//!
//! `survey FOLDER_OR_FILE... [--verbose]`

#![allow(clippy::print_stdout, reason = "its output")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use triton_runner_extent::Extent;

fn main() -> ExitCode {
    let (mut paths, mut verbose) = (Vec::new(), false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--verbose" => verbose = true,
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let mut files = Vec::new();
    paths.iter().for_each(|path| find(path, &mut files));
    files.sort();
    let (mut proven, mut reasons, mut steps) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    let (mut total, mut slowest) = (Duration::ZERO, (Duration::ZERO, PathBuf::new()));
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let start = Instant::now();
        let extent = Extent::of(&text);
        let elapsed = start.elapsed();
        total += elapsed;
        slowest = slowest.max((elapsed, file.clone()));
        match extent {
            Ok(Extent::Proven(check)) => {
                proven += 1;
                steps.push(check.program.steps.len());
                if verbose {
                    println!("{}: {check}", file.display());
                }
            }
            Ok(Extent::Unknown(all)) => {
                let first = all.first().map_or_else(String::new, |one| one.reason.cause.to_string());
                *reasons.entry(first).or_default() += 1;
                println!("{}:", file.display());
                for one in &all {
                    let argument = one.argument.map_or("any memory".to_owned(), |place| format!("argument {place}"));
                    println!("    {argument}: {}", one.reason);
                }
            }
            Err(error) => println!("{}: {error}", file.display()),
        }
    }
    steps.sort_unstable();
    let percentile =
        |of: usize| steps.get((steps.len() * of / 100).min(steps.len().saturating_sub(1))).copied().unwrap_or(0);
    println!(
        "{} kernels, {proven} proven ({:.1} %)",
        files.len(),
        100.0 * f64::from(proven) / files.len().max(1) as f64
    );
    for (reason, count) in reasons {
        println!("{count:5}  {reason}");
    }
    println!("steps of a check: median {}, 90 % {}, most {}", percentile(50), percentile(90), percentile(100));
    println!("{total:?} in all, at most {:?} ({})", slowest.0, slowest.1.display());
    ExitCode::SUCCESS
}

fn find(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| find(&entry.path(), files));
    } else if path.extension().is_some_and(|extension| extension == "ttir") {
        files.push(path.to_owned());
    }
}
