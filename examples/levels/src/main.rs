//! Three kernels, each checked in at several levels of the Triton compiler's output and embedded from all of them.
//!
//! `cargo run --release -p levels` runs what this machine's GPU can run and compares it with float64 products of new
//! random matrices. `-- --level ptx` leaves out the other levels, `-- --divide 8` takes smaller ones.

mod dot;
mod reference;
mod row;
mod scalar;
mod tma;

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use triton_runner_rt::{Error, ImageKind, KernelInfo};

use crate::row::{Level, Outcome};

/// Runs three kernels from every level of the compiler's output.
#[derive(Parser)]
struct Args {
    /// Only kernels from this level.
    #[arg(long)]
    level: Option<Level>,
    /// Divides the sides of each product, for tools such as compute-sanitizer that take thousands of times as long.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    divide: u8,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let context = match triton_runner_rt::context(0) {
        Err(error) if !matches!(error, Error::DriverNotFound { .. } | Error::NoDevice { .. }) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
        context => context,
    };
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["program", "level", "architecture", "result", "max error"]);
    let (mut ran, mut failed) = (0, 0);
    for row in [scalar::rows(), dot::rows(), tma::rows()].concat() {
        if args.level.is_some_and(|level| level != row.level) {
            continue;
        }
        let (result, max_error) = match context.as_ref().map(|context| (row.run)(context, args.divide.into())) {
            // No GPU at all.
            Err(_) => ("built only".to_owned(), String::new()),
            // Nothing is embedded for this GPU. An image that is, and that the driver refused, is a failure.
            Ok(Err(Error::NoImage(none))) if none.refused.is_empty() => ("built only".to_owned(), String::new()),
            Ok(Ok(Outcome { max_error, info })) if max_error <= row.tolerance => {
                ran += 1;
                (format!("ran {}", image(&info)), format!("{max_error:.1e}"))
            }
            Ok(Ok(Outcome { max_error, info })) => {
                failed += 1;
                (format!("WRONG {}", image(&info)), format!("{max_error:.1e}, allowed {:.1e}", row.tolerance))
            }
            Ok(Err(error)) => {
                failed += 1;
                (format!("FAILED {error}"), String::new())
            }
        };
        table.add_row([row.program.to_owned(), row.level.to_string(), row.arch.to_owned(), result, max_error]);
    }
    println!("{table}");
    match context {
        Err(error) => println!("\nNothing was launched: {error}"),
        Ok(_) => println!("\n{ran} ran with the right numbers, {failed} failed."),
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What ran: machine code, or PTX that the driver compiled for this GPU.
fn image(info: &KernelInfo) -> String {
    match info.kind {
        ImageKind::Ptx => format!("PTX of {}", info.arch),
        _ => info.arch.to_string(),
    }
}
