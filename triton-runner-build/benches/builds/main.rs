//! How long builds take, against Triton used without this crate: `cargo bench -p triton-runner-build`.
//!
//! Three things are measured, each with the build script that cargo makes, which is compiled without optimization:
//!
//! - Cold: 14 kernels for 3 architectures with nothing in the cache, against (a) one fresh Python process for each job, in
//!   turn, as Triton's ahead-of-time tool works, and (b) the floor: a bare script that imports Triton once and forks
//!   `triton.compile` for each job, as many at once as there are processors.
//! - Nothing changed, at 100 kernels for 5 architectures.
//! - One kernel changed, at the same size, against the lowering of that kernel alone; and one changed to what the cache
//!   has, which is the same work but for the lowering.
//!
//! All of them leave out line info and start with empty caches. What is printed is a table in Markdown. Arguments after
//! `--`: how many rounds, 3 by default.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark stops where something is wrong"
)]

mod package;
mod peers;

use std::time::Duration;

use package::{Build, Kernel, Package, build_script};

const COLD: [u16; 3] = [80, 90, 120];
const MANY: [u16; 5] = [80, 86, 89, 90, 120];

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let toolchain = peers::toolchain();
    let script = build_script();
    let kernels = Kernel::all();
    println!("{}\n", machine());
    println!("| | what | median | runs | ratio |\n|---|---|---|---|---|");
    cold(&script, &toolchain, &kernels, rounds);
    many(&script, &kernels, rounds.max(5));
}

/// One row. The ratio is that of the median to the given time.
fn row(group: &str, what: &str, times: &[Duration], ratio: &str) {
    let seconds = |time: &Duration| match time.as_secs_f64() {
        short if short < 1.0 => format!("{:.1} ms", short * 1e3),
        long => format!("{long:.2} s"),
    };
    let all: Vec<_> = times.iter().map(seconds).collect();
    println!("| {group} | {what} | {} | {} | {ratio} |", seconds(&median(times)), all.join(", "));
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

fn ratio(time: Duration, to: Duration) -> f64 {
    time.as_secs_f64() / to.as_secs_f64()
}

fn cold(script: &std::path::Path, toolchain: &peers::Triton, kernels: &[Kernel], rounds: usize) {
    let jobs = kernels.len() * COLD.len();
    let group = format!("cold, {} kernels × {} architectures", kernels.len(), COLD.len());
    let (mut ours, mut floors, mut warm, mut fresh) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // Side by side in each round, so that a busy machine is busy for all of them.
    for _ in 0..rounds {
        let package = Package::new(kernels, &COLD);
        let build = package.build(script);
        assert_eq!(build.lowered, jobs);
        ours.push(build.took);
        for (warmed, times) in [(false, &mut floors), (true, &mut warm)] {
            let (took, cubins) = peers::floor(toolchain, kernels, &COLD, warmed);
            package.holds(&cubins);
            times.push(took);
        }
        fresh.push(peers::in_turn(toolchain, kernels, &COLD));
    }
    let against = |times: &[Duration], name: &str| format!("{:.2} × {name}", ratio(median(&ours), median(times)));
    row(&group, "this crate", &ours, "");
    row(&group, "(b) floor: one import, forks", &floors, &against(&floors, "(b)"));
    row(&group, "the floor, with what all compiles ask Triton asked once", &warm, &against(&warm, "this"));
    row(
        &group,
        "(a) a process for each, in turn",
        &fresh,
        &format!("(a) is {:.2} × this crate", ratio(median(&fresh), median(&ours))),
    );
}

fn many(script: &std::path::Path, kernels: &[Kernel], rounds: usize) {
    let kernels: Vec<_> =
        (0..100).map(|index| kernels[index % kernels.len()].renamed(&format!("k{index:02}"))).collect();
    let group = format!("{} kernels × {} architectures", kernels.len(), MANY.len());
    let package = Package::new(&kernels, &MANY);
    let first = package.build(script);
    assert_eq!(first.lowered, kernels.len() * MANY.len());
    row(&group, "cold", &[first.took], "");
    // Once more, so that no file is as new as the look at it.
    std::thread::sleep(Duration::from_secs(3));
    package.build(script);
    let unchanged: Vec<_> = (0..4 * rounds).map(|_| without_lowering(&package, script)).collect();
    row(&group, "nothing changed", &unchanged[..rounds], "at most 50 ms");

    let (mut changed, mut alone, mut over) = (Vec::new(), Vec::new(), Vec::new());
    // A kernel of another kind each time.
    for (round, original) in kernels.iter().enumerate().take(rounds) {
        let kernel = original.edited(round);
        let single = Package::new(std::slice::from_ref(&kernel), &MANY).build(script);
        package.write(&kernel);
        let build = package.build(script);
        assert_eq!((build.lowered, single.lowered), (MANY.len(), MANY.len()));
        changed.push(build.took);
        alone.push(single.took);
        // Back to what it was, which the cache has: all the same work but the lowering.
        std::thread::sleep(Duration::from_secs(3));
        package.write(original);
        over.push(without_lowering(&package, script));
        std::thread::sleep(Duration::from_secs(3));
    }
    row(&group, "one changed", &changed, "");
    row(&group, "that kernel in a package of its own", &alone, "");
    row(&group, "one changed, but for the lowering", &over, "at most 50 ms");
}

/// A build that lowers nothing.
fn without_lowering(package: &Package, script: &std::path::Path) -> Duration {
    let Build { took, lowered } = package.build(script);
    assert_eq!(lowered, 0);
    took
}

/// What was measured on.
fn machine() -> String {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split(':').nth(1).unwrap_or("unknown").trim().to_owned()
    };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = field("/proc/meminfo", "MemTotal").replace(" kB", "").parse::<u64>().unwrap_or(0) >> 20;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{processors} processors ({}), {memory} GiB, {}, load {}",
        field("/proc/cpuinfo", "model name"),
        std::env::consts::OS,
        load.split(' ').next().unwrap_or("unknown"),
    )
}
