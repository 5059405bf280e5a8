//! Many launches of many kernels, each judged by the interpreter. As a rule it is started by `scripts/check-extents`.
//!
//! `judge [FOLDER_OR_FILE...] [--generated N] [--cases N] [--seed N] [--tight] [--verbose]`: so many cases in all. Each generated
//! kernel has a seed of its own, which draws its launches too: `--generated 1 --seed N` is one of them again.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output")]

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use extents::{Judge, Kernel, Tally, find, generate};

/// A kernel and the seed of its launches.
struct Drawn {
    kernel: Kernel,
    seed: u64,
    /// Of what is in no file.
    text: Option<String>,
}

/// Judges each kernel with a seed of its own, as many kernels at once as there are processors.
fn tallies(kernels: &[Drawn], each: u64, tight: bool) -> Vec<Tally> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(Drawn { kernel, seed, .. }) = kernels.get(place) else { return done };
            let (mut judge, mut tally) = (Judge::new(*seed), Tally::default());
            for _ in 0..each.saturating_mul(4) {
                if tally.cases >= each {
                    break;
                }
                judge.judge(kernel, &mut tally, tight);
            }
            eprintln!("{}: {} cases", kernel.name, tally.cases);
            done.push((place, tally));
        }
    };
    let mut all: Vec<(usize, Tally)> = std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, tally)| tally).collect()
}

fn main() -> ExitCode {
    let (mut paths, mut generated, mut cases, mut seed) = (Vec::new(), 0, 10_000_u64, 1);
    let (mut tight, mut verbose) = (false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse().ok());
        match argument.as_str() {
            "--generated" => generated = number().unwrap_or(generated),
            "--cases" => cases = number().unwrap_or(cases),
            "--seed" => seed = number().unwrap_or(seed),
            "--tight" => tight = true,
            "--verbose" => verbose = true,
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let files = find(&paths);
    let mut kernels = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let kernel = Kernel::new(&file.display().to_string(), &text);
        kernels.extend(kernel.map(|kernel| Drawn { kernel, seed: seed + place as u64, text: None }));
    }
    for seed in seed..seed + generated {
        let text = generate(seed);
        let kernel = Kernel::new(&format!("generated {seed}"), &text);
        kernels.extend(kernel.map(|kernel| Drawn { kernel, seed, text: Some(text) }));
    }
    println!("{} kernels, {} of them proven and run", files.len() as u64 + generated, kernels.len());
    let each = cases.div_ceil(kernels.len().max(1) as u64);
    let (mut all, mut per) = (Tally::default(), Vec::new());
    for (Drawn { kernel, text, .. }, tally) in kernels.iter().zip(tallies(&kernels, each, tight)) {
        for wrong in tally.wrong.iter().take(3) {
            println!("WRONG {wrong}");
        }
        if let Some(text) = text.as_ref().filter(|_| !tally.wrong.is_empty()) {
            println!("{text}");
        }
        let refused = tally.confirmed + tally.unconfirmed.len() as u64;
        per.push((tally.unconfirmed.len() as f64 / refused.max(1) as f64, kernel.name.clone(), tally.clone()));
        all.cases += tally.cases;
        all.passed += tally.passed;
        all.confirmed += tally.confirmed;
        all.unclear += tally.unclear;
        all.exact += tally.exact;
        all.wrong.extend(tally.wrong);
        all.unconfirmed.extend(tally.unconfirmed);
        all.inexact.extend(tally.inexact);
    }
    if verbose {
        per.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (part, name, tally) in per.iter().filter(|(part, _, tally)| *part > 0.0 || !tally.inexact.is_empty()) {
            println!(
                "{name}: {} cases, {} passed, {} confirmed, {:.0} % of refusals unconfirmed, {} exact, {} not",
                tally.cases,
                tally.passed,
                tally.confirmed,
                100.0 * part,
                tally.exact,
                tally.inexact.len()
            );
            tally.unconfirmed.iter().take(2).chain(tally.inexact.iter().take(2)).for_each(|one| println!("    {one}"));
        }
    }
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for refusal in &all.unconfirmed {
        let words = refusal.rsplit("]: ").next().unwrap_or_default();
        let kind: String =
            words.chars().filter(|c| !c.is_ascii_digit()).take_while(|c| *c != '(' && *c != ',').collect();
        *kinds.entry(kind).or_default() += 1;
    }
    println!("unconfirmed: {kinds:?}");
    let refused = all.confirmed + all.unconfirmed.len() as u64;
    let percent = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
    println!(
        "{} cases: {} passed, {} wrong, {refused} refused, {:.2} % of these confirmed; {} unclear",
        all.cases,
        all.passed,
        all.wrong.len(),
        percent(all.confirmed, refused),
        all.unclear
    );
    if tight {
        let pairs = all.exact + all.inexact.len() as u64;
        println!("{pairs} arguments of launches, {:.2} % exact", percent(all.exact, pairs));
    }
    if all.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
