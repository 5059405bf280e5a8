//! Kernels of the examples on the interpreter, one thread, every access checked, against what one would write by hand:
//! `cargo bench -p triton-runner-interpreter --bench kernels [NAME]`. The best of several runs, in milliseconds of the
//! processor's time. What is printed is Markdown.

#![allow(clippy::expect_used, clippy::panic, reason = "measurements end by panicking")]

mod cases;
mod peers;

use std::time::{Duration, Instant};

use cases::{Case, MakeCase};
use triton_runner_interpreter::{Checks, Options, Program};

/// Times that each side has its turn, of which the best counts.
const TURNS: usize = 20;

fn main() {
    first_run();
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!(
        "| | interpreter | by hand | | two threads | no checks | all checks | |\n|---|---|---|---|---|---|---|---|"
    );
    let cases: [(&str, MakeCase); 7] = [
        ("vector add 2^24 f32", cases::vector_add),
        ("softmax 4096 x 4096 f16", cases::softmax),
        ("rms_norm 4096 x 4096 f16", cases::rms_norm),
        ("layer_norm 4096 x 4096 f16", cases::layer_norm),
        ("matmul 512 f16", || cases::matmul(512)),
        ("matmul 1024 f16", || cases::matmul(1024)),
        ("attention 1024 x 64 f16", || cases::attention(1024)),
    ];
    for (name, case) in cases {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let (case, mut peer) = case();
        let [mut here, mut bare, mut checked, mut there] = [Duration::MAX; 4];
        let program = case.program();
        let mut buffers = case.buffers.clone();
        // In turns, so that a busy machine is as unfair to one as to the other.
        for _ in 0..TURNS {
            here = here.min(cpu_time(|| case.run(&program, &mut buffers, 1, Checks::default())));
            bare = bare.min(cpu_time(|| case.run(&program, &mut buffers, 1, Checks::none())));
            checked = checked.min(cpu_time(|| case.run(&program, &mut buffers, 1, Checks::all())));
            there = there.min(cpu_time(&mut peer));
        }
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} × | {} | {:.2} | {:.2} | {:.2} × |",
            ms(here),
            ms(there),
            ms(here) / ms(there),
            two_threads(&case, &program, &mut buffers),
            ms(bare),
            ms(checked),
            ms(checked) / ms(bare)
        );
    }
}

/// From the text of a kernel to the result of its first program: at the start of a process, and when all is warm.
fn first_run() {
    let (case, _) = cases::attention(128);
    let text = case.text();
    let mut buffers = case.buffers.clone();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let before = spent(Clock::Thread);
            let program = Program::new(&text, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
            case.run(&program, &mut buffers, 1, Checks::default());
            spent(Clock::Thread).saturating_sub(before)
        })
        .collect();
    let first = times.remove(0);
    let best = times.into_iter().min().unwrap_or_default();
    let [first, best] = [first, best].map(|time| time.as_secs_f64() * 1e3);
    println!("First run of {} bytes of TTIR: {first:.2} ms in a new process, {best:.2} ms later\n", text.len());
}

/// How much faster two threads are than one: by the clock, which other work on the machine spoils, and by what both do
/// together, which it doesn't.
fn two_threads(case: &Case, program: &Program, buffers: &mut [Vec<u8>]) -> String {
    let mut best = [[Duration::MAX; 2]; 2];
    for _ in 0..TURNS {
        for (best, threads) in best.iter_mut().zip([1, 2]) {
            let start = (Instant::now(), spent(Clock::Process));
            case.run(program, buffers, threads, Checks::default());
            let took = [start.0.elapsed(), spent(Clock::Process).saturating_sub(start.1)];
            *best = [0, 1].map(|way| best[way].min(took[way]));
        }
    }
    let [one, two] = best.map(|best| best.map(|time| time.as_secs_f64()));
    format!("{:.2} × ({:.2} ×)", one[0] / two[0], 2.0 * one[1] / two[1])
}

/// What the processor spends on this thread, for one of at least so many runs.
fn cpu_time(mut f: impl FnMut()) -> Duration {
    let before = spent(Clock::Thread);
    let mut runs = 0;
    loop {
        f();
        runs += 1;
        let elapsed = spent(Clock::Thread).saturating_sub(before);
        if elapsed > Duration::from_millis(20) {
            return elapsed / runs;
        }
    }
}

/// Whose time.
#[derive(Clone, Copy)]
enum Clock {
    Thread,
    Process,
}

/// What the processor has spent, which a busy machine doesn't stretch.
#[cfg(unix)]
fn spent(clock: Clock) -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(match clock {
        Clock::Thread => ClockId::ThreadCPUTime,
        Clock::Process => ClockId::ProcessCPUTime,
    });
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// The clock's, where the system isn't asked.
#[cfg(not(unix))]
fn spent(_: Clock) -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}
