//! What a transformer is made of, as Triton kernels: RMSNorm, layer norm, softmax, SwiGLU, rotary embedding, flash
//! attention and linear layers, and a block of them on one stream and in a captured graph.
//!
//! `cargo run --release -p llm-ops` compares them with float64 numbers and times them.

mod attention;
mod block;
mod case;
mod cases;
mod check;
mod element;
mod layer_norm;
mod linear;
mod rms_norm;
mod rotary;
mod softmax;
mod swiglu;

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use triton_runner_rt::bench::Bench;
use triton_runner_rt::half::{bf16, f16};

use crate::case::{Case, Gpu};

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
    match Gpu::open() {
        Ok(Ok(gpu)) => match if args.serve { serve(&gpu, &args) } else { run(&gpu, &args) } {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => failed(&*error),
        },
        Ok(Err(reason)) => {
            println!("Nothing was launched: {reason}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Checks and times everything; whether all of it is right.
fn run(gpu: &Gpu, args: &Args) -> Result<bool, Box<dyn Error>> {
    let chosen = |list| cases::names(list).into_iter().filter(|name| name.contains(&args.only));
    let mut right = true;
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["operation", "compared", "largest error", "of what is allowed"]);
    table.add_rows(
        chosen(&cases::CHECKED)
            .map(|name| Ok(row(&name, &case::run(&mut *cases::make(gpu, &name)?)?, &mut right)))
            .collect::<Result<Vec<_>, Box<dyn Error>>>()?,
    );
    println!("Small and uneven sizes, each number against float64:\n\n{table}\n");

    let sizes = block::Sizes { batch: 2, length: 65, heads: 3, head: 64, inner: 320 };
    let same = block::replay_is_the_same::<f16>(gpu, sizes)? && block::replay_is_the_same::<bf16>(gpu, sizes)?;
    println!(
        "A block's captured graph writes {} as its launches.\n",
        if same { "the same bytes" } else { "OTHER BYTES" }
    );
    right &= same;

    table = Table::new();
    let header = ["operation", "compared", "largest error", "of what is allowed", "GPU ms", "rate"];
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for name in chosen(&cases::TIMED) {
        let mut case = cases::make(gpu, &name)?;
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
fn serve(gpu: &Gpu, args: &Args) -> Result<bool, Box<dyn Error>> {
    let mut made: HashMap<String, Box<dyn Case>> = HashMap::new();
    let mut right = true;
    for name in std::io::stdin().lock().lines() {
        let name = name?;
        if !made.contains_key(&name) {
            let mut case = cases::make(gpu, &name)?;
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
