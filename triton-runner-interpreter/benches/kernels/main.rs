//! Kernels of the examples on the interpreter, one thread, every access checked, against what one would write by hand:
//! `cargo bench -p triton-runner-interpreter --bench kernels [NAME]`. The best of several runs, in milliseconds of CPU
//! time.

#![allow(clippy::expect_used, clippy::panic, reason = "measurements end by panicking")]

mod peers;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use triton_runner_interpreter::numbers::format::{Format, store_f32};
use triton_runner_interpreter::{Argument, Buffer, Launch, Options, Program};

/// Times that each side has its turn, of which the best counts.
const TURNS: usize = 15;

/// A kernel with its arguments.
struct Case {
    file: &'static str,
    grid: [u32; 3],
    buffers: Vec<Vec<u8>>,
    /// Behind the buffers' pointers.
    numbers: Vec<Argument>,
}

/// Makes a kernel's launch, and what does the same by hand.
type MakeCase = fn() -> (Case, Box<dyn FnMut()>);

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!("{:28} {:>12} {:>12} {:>7}", "", "interpreter", "by hand", "");
    let cases: [(&str, MakeCase); 6] = [
        ("vector add 2^24 f32", vector_add),
        ("softmax 4096 x 4096 f16", softmax),
        ("rms_norm 4096 x 4096 f16", rms_norm),
        ("matmul 512 f16", || matmul(512)),
        ("matmul 1024 f16", || matmul(1024)),
        ("attention 1024 x 64 f16", attention),
    ];
    for (name, case) in cases {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let (case, mut peer) = case();
        let (mut here, mut there) = (Duration::MAX, Duration::MAX);
        let program = case.program();
        let mut buffers = case.buffers.clone();
        // In turns, so that a busy machine is as unfair to one as to the other.
        for _ in 0..TURNS {
            here = here.min(cpu_time(|| case.run(&program, &mut buffers, 1)));
            there = there.min(cpu_time(&mut peer));
        }
        let one = (0..5).map(|_| time(|| case.run(&program, &mut buffers, 1))).min().unwrap_or_default();
        let two = (0..5).map(|_| time(|| case.run(&program, &mut buffers, 2))).min().unwrap_or_default();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (ratio, speedup) = (ms(here) / ms(there), ms(one) / ms(two));
        println!("{name:28} {:12.2} {:12.2} {ratio:6.2}x   two threads {speedup:.2}x", ms(here), ms(there));
    }
}

fn time(mut f: impl FnMut()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// A run's share of this thread's own time, which a busy machine doesn't stretch; of the clock's where the system doesn't
/// say. Of many runs, as it is counted in steps of some milliseconds.
fn cpu_time(mut f: impl FnMut()) -> Duration {
    let spent = || -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    };
    let (start, before) = (Instant::now(), spent());
    let mut runs = 0;
    let elapsed = loop {
        f();
        runs += 1;
        let elapsed = match (before, spent()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        if elapsed > Duration::from_millis(25) {
            break elapsed;
        }
    };
    elapsed / runs
}

impl Case {
    fn program(&self) -> Program {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(self.file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Program::new(&text, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn run(&self, program: &Program, buffers: &mut [Vec<u8>], threads: usize) {
        let mut launch = Launch::new(program, self.grid);
        launch.threads(threads);
        let (last, inputs) = buffers.split_last_mut().expect("a kernel has an output");
        for (buffer, bytes) in inputs.iter().enumerate() {
            launch.buffer(Buffer::read(bytes));
            launch.argument(Argument::Pointer { buffer, offset: 0 });
        }
        launch.buffer(Buffer::write(last));
        launch.argument(Argument::Pointer { buffer: inputs.len(), offset: 0 });
        self.numbers.iter().for_each(|number| launch.argument(number.clone()));
        let report = launch.run().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.findings, []);
        black_box(report);
    }
}

/// Numbers between −1 and 1.
fn row(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn packed(format: Format, row: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; row.len() * format.bytes()];
    store_f32(format, row, &mut bytes);
    bytes
}

fn integers(values: &[i128]) -> Vec<Argument> {
    values.iter().map(|value| Argument::Integer(*value)).collect()
}

fn vector_add() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 1 << 24;
    let (x, y) = (row(N), row(N));
    let buffers = vec![packed(Format::F32, &x), packed(Format::F32, &y), vec![0; 4 * N]];
    let file = "vector-add/kernels/add_kernel.ttir";
    let grid = [N.div_ceil(1024) as u32, 1, 1];
    let mut out = vec![0.0; N];
    let peer = move || {
        peers::add(&x, &y, &mut out);
        black_box(&out);
    };
    (Case { file, grid, buffers, numbers: integers(&[N as i128]) }, Box::new(peer))
}

fn softmax() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 4096;
    let x = packed(Format::F16, &row(N * N));
    let buffers = vec![x.clone(), vec![0; x.len()]];
    let mut out = vec![0; x.len()];
    let peer = move || {
        peers::softmax(&x, &mut out, N);
        black_box(&out);
    };
    let numbers = integers(&[N as i128, N as i128]);
    (
        Case { file: "llm-ops/kernels/softmax_fp16@aligned.ttir", grid: [N as u32, 1, 1], buffers, numbers },
        Box::new(peer),
    )
}

fn rms_norm() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 4096;
    let x = packed(Format::F16, &row(N * N));
    let weight = packed(Format::F16, &row(N));
    let buffers = vec![x.clone(), weight.clone(), vec![0; x.len()]];
    let mut out = vec![0; x.len()];
    let peer = move || {
        peers::rms_norm(&x, &weight, &mut out, N);
        black_box(&out);
    };
    let mut numbers = integers(&[N as i128, N as i128]);
    numbers.push(Argument::Float(1e-6));
    (Case { file: "llm-ops/kernels/rms_norm_fp16.ttir", grid: [N as u32, 1, 1], buffers, numbers }, Box::new(peer))
}

fn matmul(n: usize) -> (Case, Box<dyn FnMut()>) {
    let (a, b) = (row(n * n), row(n * n));
    let buffers = vec![packed(Format::F16, &a), packed(Format::F16, &b), vec![0; 2 * n * n]];
    let grid = [(n.div_ceil(128) * n.div_ceil(128)) as u32, 1, 1];
    let n_ = n as i128;
    let numbers = integers(&[n_, n_, n_, n_, n_, n_]);
    let mut c = vec![0.0; n * n];
    let peer = move || {
        peers::sgemm(n, n, n, &a, &b, &mut c);
        black_box(&c);
    };
    (Case { file: "matmul/kernels/matmul@square.ttir", grid, buffers, numbers }, Box::new(peer))
}

fn attention() -> (Case, Box<dyn FnMut()>) {
    const LENGTH: usize = 1024;
    const WIDTH: usize = 64;
    let [q, k, v] = [row(LENGTH * WIDTH), row(LENGTH * WIDTH), row(LENGTH * WIDTH)];
    let mut buffers: Vec<_> = [&q, &k, &v].map(|row| packed(Format::F16, row)).into();
    buffers.push(vec![0; 2 * LENGTH * WIDTH]);
    let (token, all) = (WIDTH as i128, (LENGTH * WIDTH) as i128);
    let mut numbers = integers(&[1, 1, LENGTH as i128]);
    (0..4).for_each(|_| numbers.extend(integers(&[all, all, token])));
    numbers.push(Argument::Float(0.125));
    let (mut scores, mut out) = (vec![0.0; LENGTH * LENGTH], vec![0.0; LENGTH * WIDTH]);
    let peer = move || {
        // Its products alone.
        peers::sgemm(LENGTH, WIDTH, LENGTH, &q, &k, &mut scores);
        peers::sgemm(LENGTH, LENGTH, WIDTH, &scores, &v, &mut out);
        black_box(&out);
    };
    let file = "llm-ops/kernels/flash_attention_fp16@d64.ttir";
    (Case { file, grid: [LENGTH.div_ceil(128) as u32, 1, 1], buffers, numbers }, Box::new(peer))
}
