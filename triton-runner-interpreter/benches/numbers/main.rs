//! How fast the numbers are: `cargo bench -p triton-runner-interpreter --bench numbers`.
//!
//! Products of matrices of the sizes that kernels use, against `matrixmultiply`'s sgemm on one thread; rows of 4,096
//! elements, which stay in the processor's caches, against loops written by hand for the same processor. Each figure is
//! the best of several runs: other work on the machine only adds. What is printed is Markdown.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark stops where something is wrong")]

mod loops;

use std::hint::black_box;
use std::time::Instant;

use triton_runner_interpreter::numbers::Operand;
use triton_runner_interpreter::numbers::dot::{Matrix, Precision, dot_f32};
use triton_runner_interpreter::numbers::elementwise::{
    Division, FloatBinary, FloatPredicate, IntegerBinary, binary_f32, binary_i32, compare_f32, divide_i32, fma_f32,
    select_f32,
};
use triton_runner_interpreter::numbers::format::{Format, Rounding, load_f32, round_f32, store_f32};
use triton_runner_interpreter::numbers::math::{Math, math_f32};

fn main() {
    products();
    rows();
}

/// Seconds of one call.
fn time(mut call: impl FnMut()) -> f64 {
    call();
    let mut best = f64::MAX;
    // Short enough to end before the processor is given to another program.
    for _ in 0..100 {
        let (start, mut calls) = (Instant::now(), 0.0);
        while start.elapsed().as_secs_f64() < 0.0005 {
            call();
            calls += 1.0;
        }
        best = best.min(start.elapsed().as_secs_f64() / calls);
    }
    best
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index % 251) as f32 / 16.0 - 7.0).collect()
}

fn products() {
    println!(
        "| product | GFLOP/s | b transposed | a transposed | tf32 | sgemm | b transposed |\n|---|---|---|---|---|---|---|"
    );
    let sizes = [
        [16, 16, 16],
        [32, 32, 32],
        [64, 64, 16],
        [64, 64, 32],
        [64, 64, 64],
        [128, 64, 64],
        [128, 128, 32],
        [128, 128, 64],
        [128, 128, 128],
        [128, 256, 64],
    ];
    for [m, n, k] in sizes {
        let (a, b, mut sums) = (numbers(m * k), numbers(k * n), vec![0.0; m * n]);
        let work = 2.0 * (m * n * k) as f64 / 1e9;
        let matrix = |elements, rows, columns| Matrix::new(elements, rows, columns).unwrap();
        let (a_rows, b_rows) = (matrix(&a, m, k), matrix(&b, k, n));
        let (a_columns, b_columns) = (matrix(&a, k, m).transposed(), matrix(&b, n, k).transposed());
        let mut ours = |precision, a, b| work / time(|| dot_f32(precision, black_box(a), black_box(b), &mut sums));
        let figures = [
            ours(Precision::Ieee, a_rows, b_rows),
            ours(Precision::Ieee, a_rows, b_columns),
            ours(Precision::Ieee, a_columns, b_rows),
            ours(Precision::Tf32, a_rows, b_rows),
        ];
        let mut theirs =
            |row, column| work / time(|| sgemm([m, n, k], black_box(&a), black_box(&b), [row, column], &mut sums));
        let peers = [theirs(n, 1), theirs(1, k)];
        let figures: Vec<_> = figures.iter().chain(&peers).map(|figure| format!("{figure:.1}")).collect();
        println!("| {m}×{n}×{k} | {} |", figures.join(" | "));
    }
}

fn sgemm([m, n, k]: [usize; 3], a: &[f32], b: &[f32], [row, column]: [usize; 2], sums: &mut [f32]) {
    assert!(a.len() >= m * k && b.len() >= n * k && sums.len() >= m * n);
    let (a, b, sums) = (a.as_ptr(), b.as_ptr(), sums.as_mut_ptr());
    // SAFETY: the strides stay within m × k, k × n and m × n elements, which are there.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a,
            k as isize,
            1,
            b,
            row as isize,
            column as isize,
            1.0,
            sums,
            n as isize,
            1,
        );
    }
}

fn rows() {
    const COUNT: usize = 4096;
    println!("\n| row of {COUNT} | ns | by hand | ratio |\n|---|---|---|---|");
    let (a, b, c) = (numbers(COUNT), numbers(COUNT), numbers(COUNT));
    let row = |name: &str, ours: f64, by_hand: f64| {
        println!("| {name} | {:.0} | {:.0} | {:.2} |", ours * 1e9, by_hand * 1e9, ours / by_hand);
    };
    // Numbers that stay what they are, however often they are multiplied.
    let signs: Vec<f32> = a.iter().map(|x| x.signum()).collect();
    let mut x = a.clone();
    for (name, operation, by_hand) in [
        ("addf", FloatBinary::Add, loops::add as fn(&mut [f32], &[f32])),
        ("mulf", FloatBinary::Multiply, loops::multiply),
        ("divf", FloatBinary::Divide, loops::divide),
        ("maxnumf", FloatBinary::MaxNumber, loops::maximum),
    ] {
        x.copy_from_slice(&a);
        let ours = time(|| binary_f32(operation, false, &mut x, Operand::Each(black_box(&signs))));
        x.copy_from_slice(&a);
        row(name, ours, time(|| by_hand(&mut x, black_box(&signs))));
    }
    let ours = time(|| binary_f32(FloatBinary::Multiply, false, &mut x, Operand::All(black_box(1.0))));
    row("mulf by one number", ours, time(|| loops::scale(&mut x, black_box(1.0))));
    x.fill(0.5);
    let ours = time(|| fma_f32(&mut x, black_box(&b), black_box(&c)));
    x.fill(0.5);
    row("fma", ours, time(|| loops::fma(&mut x, black_box(&b), black_box(&c))));
    for (name, function, by_hand) in [
        ("exp", Math::Exp, f32::exp as fn(f32) -> f32),
        ("exp2", Math::Exp2, f32::exp2),
        ("log", Math::Log, f32::ln),
        ("sin", Math::Sin, f32::sin),
        ("tanh", Math::Tanh, f32::tanh),
        ("rsqrt", Math::Rsqrt, |x| 1.0 / x.sqrt()),
    ] {
        let ours = time(|| {
            x.copy_from_slice(black_box(&a));
            math_f32(function, &mut x);
        });
        let theirs = time(|| {
            x.copy_from_slice(black_box(&a));
            x.iter_mut().for_each(|x| *x = by_hand(*x));
        });
        row(&format!("{name}, by the standard library"), ours, theirs);
    }
    conversions(&a, &b, &row);
}

fn conversions(a: &[f32], b: &[f32], row: &dyn Fn(&str, f64, f64)) {
    let (mut x, mut mask) = (a.to_vec(), vec![0; a.len()]);
    let mut bytes = vec![0; a.len() * 2];
    store_f32(Format::F16, a, &mut bytes);
    let ours = time(|| load_f32(Format::F16, black_box(&bytes), &mut x));
    row("load f16", ours, time(|| loops::load_f16(black_box(&bytes), &mut x)));
    let ours = time(|| store_f32(Format::F16, black_box(a), &mut bytes));
    row("store f16", ours, time(|| loops::store_f16(black_box(a), &mut bytes)));
    let ours = time(|| load_f32(Format::Bf16, black_box(&bytes), &mut x));
    row("load bf16", ours, time(|| loops::load_bf16(black_box(&bytes), &mut x)));
    let ours = time(|| store_f32(Format::Bf16, black_box(a), &mut bytes));
    row("store bf16", ours, time(|| loops::store_bf16(black_box(a), &mut bytes)));
    let ours = time(|| round_f32(Format::F16, Rounding::NearestEven, &mut x));
    row("round to f16", ours, time(|| loops::round_f16(&mut x)));
    let mut eight = vec![0; a.len()];
    let ours = time(|| store_f32(Format::F8E4M3Fn, black_box(a), &mut eight));
    row("store fp8, against store f16", ours, time(|| loops::store_f16(black_box(a), &mut bytes)));
    let ours = time(|| load_f32(Format::F8E4M3Fn, black_box(&eight), &mut x));
    row("load fp8, against load f16", ours, time(|| loops::load_f16(black_box(&bytes), &mut x)));
    let less = FloatPredicate::from_mlir("olt").unwrap();
    let ours = time(|| compare_f32(less, black_box(a), Operand::Each(black_box(b)), &mut mask));
    row("cmpf", ours, time(|| loops::less(black_box(a), black_box(b), &mut mask)));
    let ours = time(|| select_f32(black_box(&mask), true, &mut x, Operand::Each(black_box(b))));
    row("select", ours, time(|| loops::select(black_box(&mask), &mut x, black_box(b))));
    let (mut integers, divisors): (Vec<i32>, Vec<i32>) = (0..a.len() as i32).map(|x| (x * 77_777, x % 61 + 1)).unzip();
    let ours = time(|| binary_i32(IntegerBinary::Add, false, &mut integers, Operand::Each(black_box(&divisors))));
    row("addi", ours, time(|| loops::add_integers(&mut integers, black_box(&divisors))));
    let ours = time(|| {
        black_box(divide_i32(Division::RemSigned, 32, &mut integers, black_box(&divisors)));
    });
    row("remsi", ours, time(|| loops::remainder(&mut integers, black_box(&divisors))));
}
