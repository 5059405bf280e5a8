//! What a transformer is made of, as Triton kernels: RMSNorm, layer norm, softmax, SwiGLU, rotary embedding, flash
//! attention, attention over a paged cache, linear layers and the choice of tokens, and a block of them on one stream and in
//! a captured graph.
//!
//! `cargo run --release -p llm-ops` compares them with float64 numbers and times them. Without a GPU it compares them on the
//! CPU, where the kernels are interpreted with every access checked.

mod add_rms_norm;
mod attention;
mod block;
mod case;
mod cases;
mod check;
mod decode;
mod element;
mod int8_linear;
mod layer_norm;
mod linear;
mod machine;
mod rms_norm;
mod rotary;
mod softmax;
mod swiglu;
mod top_k;

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use triton_runner_rt::bench::Bench;
use triton_runner_rt::half::{bf16, f16};

use crate::case::Case;
use crate::machine::{Gpu, Machine};

/// Compares the operations with float64 numbers, and times them.
#[derive(Parser)]
struct Args {
    /// How long to time each, in milliseconds
    #[arg(long, default_value_t = 200)]
    repeat: u64,

    /// Only those whose name has this in it, such as `attention` or `bf16`
    #[arg(long, default_value = "")]
    only: String,

    /// For each line of standard input, the name of an operation, time it and print a line of JSON
    #[arg(long)]
    serve: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = Machine::open().map_err(Into::into).and_then(|machine| match &machine {
        Machine::Gpu(gpu) if args.serve => serve(gpu, &machine, &args),
        Machine::Gpu(gpu) => run(gpu, &machine, &args),
        Machine::Cpu if args.serve => Err("the CPU is no machine to time kernels on".into()),
        Machine::Cpu => checked(&machine, &args),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Those of a list that are asked for, and that the machine has.
fn chosen(machine: &Machine, args: &Args, list: &[&str]) -> Vec<String> {
    let has = |name: &str| matches!(machine, Machine::Gpu(_)) || !name.ends_with("/graph");
    cases::names(list).into_iter().filter(|name| name.contains(&args.only) && has(name)).collect()
}

/// Checks everything; whether all of it is right.
fn checked(machine: &Machine, args: &Args) -> Result<bool, Box<dyn Error>> {
    let mut right = true;
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["operation", "compared", "largest error", "of what is allowed"]);
    for name in chosen(machine, args, &cases::CHECKED) {
        table.add_row(row(&name, &case::run(&mut *cases::make(machine, &name)?)?, &mut right));
    }
    println!("Small and uneven sizes, each number against float64:\n\n{table}\n");
    Ok(right)
}

/// Checks and times everything; whether all of it is right.
fn run(gpu: &Gpu, machine: &Machine, args: &Args) -> Result<bool, Box<dyn Error>> {
    let mut right = checked(machine, args)?;

    let sizes = block::Sizes { batch: 2, length: 65, heads: 3, head: 64, inner: 320 };
    let same = block::replay_is_the_same::<f16>(gpu, sizes)? && block::replay_is_the_same::<bf16>(gpu, sizes)?;
    println!(
        "A block's captured graph writes {} as its launches.\n",
        if same { "the same bytes" } else { "OTHER BYTES" }
    );
    right &= same;

    let mut table = Table::new();
    let header = ["operation", "compared", "largest error", "of what is allowed", "GPU ms", "rate"];
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for name in chosen(machine, args, &cases::TIMED) {
        let mut case = cases::make(machine, &name)?;
        let mut cells = row(&name, &case::run(&mut *case)?, &mut right);
        let times = time(gpu, &mut *case, args.repeat)?;
        cells.extend([format!("{:.4}", times.median()), case.cost().rate(times.median()).to_string()]);
        table.add_row(cells);
    }
    println!(
        "Large sizes, samples against float64 where there are many numbers; median times with a cold L2 cache:\n\n{table}"
    );
    Ok(right)
}

/// A row of a table, which says so where something is wrong.
fn row(name: &str, check: &check::Check, right: &mut bool) -> Vec<String> {
    if !check.passed() {
        *right = false;
        eprintln!("error: {name} is wrong: {check}");
    }
    vec![
        name.to_owned(),
        check.elements.to_string(),
        format!("{:.1e}", check.max_error),
        format!("{:.2}{}", check.worst, if check.passed() { "" } else { " WRONG" }),
    ]
}

fn time(gpu: &Gpu, case: &mut dyn Case, repeat: u64) -> triton_runner_rt::Result<triton_runner_rt::bench::Times> {
    Bench::default().repeat(Duration::from_millis(repeat)).run(&gpu.stream, || case.launch())
}

/// Times what is asked for, so that another program can take turns with this one; whether all of it is right.
fn serve(gpu: &Gpu, machine: &Machine, args: &Args) -> Result<bool, Box<dyn Error>> {
    let mut made: HashMap<String, Box<dyn Case>> = HashMap::new();
    let mut right = true;
    for name in std::io::stdin().lock().lines() {
        let name = name?;
        if !made.contains_key(&name) {
            let mut case = cases::make(machine, &name)?;
            row(&name, &case::run(&mut *case)?, &mut right);
            made.insert(name.clone(), case);
        }
        let Some(case) = made.get_mut(&name) else { continue };
        let times = time(gpu, &mut **case, args.repeat)?;
        let rate = case.cost().rate(times.median());
        let line = serde_json::json!({
            "name": name, "median_ms": times.median(), "runs": times.all().len(), "rate": rate.value, "unit": rate.unit,
            "right": right,
        });
        println!("{line}");
        std::io::stdout().flush()?;
    }
    Ok(right)
}
