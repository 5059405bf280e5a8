//! Multiplies fp16 matrices on the GPU's tensor cores with Triton kernels, checks the products and times them. Without a GPU
//! the same kernels are interpreted on the CPU, and the products are checked.

mod matrix;
mod product;
mod reference;
mod way;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use triton_runner_rt::cudarc::driver::{CudaContext, CudaStream};
use triton_runner_rt::{Error as LaunchError, testing};

use crate::matrix::Matrix;
use crate::product::Product;
use crate::way::Way;

/// Multiplies matrices on the GPU, checks the products and times one of them.
#[derive(Parser)]
struct Args {
    /// Rows and columns of the matrices of the product that is timed
    #[arg(long, default_value_t = 8192, value_parser = clap::value_parser!(u16).range(1..))]
    size: u16,

    /// Rows of the first of them, where there are fewer
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rows: Option<u16>,

    /// How long to time it, in milliseconds
    #[arg(long, default_value_t = 500)]
    repeat: u64,

    /// The variant to use, as `fast_matmul@square`; by default the one that the tables beside the kernels say
    #[arg(long, value_parser = way)]
    variant: Option<Way>,

    /// Measure which variant is the fastest at this size, and remember it in this file for later runs
    #[arg(long, conflicts_with = "variant")]
    tuned: Option<PathBuf>,

    /// Print the timing as a line of JSON, and nothing else
    #[arg(long)]
    json: bool,

    /// For each line of standard input, `ROWS SIZE` or `ROWS SIZE VARIANT`, time that product and print a line of JSON; without
    /// a variant, the one that is measured to be the fastest
    #[arg(long)]
    serve: bool,
}

/// The variant with this name.
fn way(name: &str) -> Result<Way, String> {
    let all = Way::all();
    all.iter().chain(&[Way::Table]).find(|way| way.to_string() == name).copied().ok_or_else(|| {
        let names: Vec<String> = all.iter().map(Way::to_string).collect();
        format!("there are {}, and `table` for what the tables say", names.join(", "))
    })
}

/// Rows, columns and depth of the products that are checked element by element: whole tiles, parts of tiles, and
/// sizes that are multiples of nothing.
const SHAPES: [[usize; 3]; 10] = [
    [1, 1, 1],
    [128, 256, 64],
    [256, 512, 192],
    [127, 255, 63],
    [129, 257, 65],
    [300, 1000, 777],
    [1111, 77, 2000],
    [16, 512, 1024],
    [129, 768, 640],
    [1000, 2304, 256],
];

/// The same for a CPU, which also computes what they are compared with.
const INTERPRETED: [[usize; 3]; 6] =
    [[1, 1, 1], [128, 256, 64], [127, 255, 63], [129, 257, 65], [150, 300, 177], [19, 256, 256]];

impl Args {
    /// Those that are asked for.
    fn ways(&self) -> Vec<Way> {
        self.variant.map_or_else(|| [Way::all(), vec![Way::Table]].concat(), |way| vec![way])
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.json && !args.serve {
        println!("Embedded:\n{}\n", embedded());
    }
    let done = match triton_runner_rt::context(0) {
        Ok(context) => run(&context, &args),
        Err(error @ (triton_runner_rt::Error::DriverNotFound { .. } | triton_runner_rt::Error::NoDevice { .. }))
            if !testing::gpu_is_required() =>
        {
            eprintln!(
                "No GPU: {error}\n\nSo the kernels are interpreted on the CPU, with every access checked. No times then.\n"
            );
            args.ways().into_iter().try_for_each(check_on_cpu)
        }
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the program carries; known without a GPU.
fn embedded() -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["variant", "architecture", "bytes", "registers", "spilled bytes", "shared bytes", "threads"]);
    for way in Way::all() {
        for image in way.embedded() {
            let known = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
            table.add_row([
                way.to_string(),
                image.arch.to_string(),
                image.size().to_string(),
                known(image.registers),
                known(image.local_bytes),
                image.shared.to_string(),
                (32 * image.num_warps).to_string(),
            ]);
        }
    }
    table
}

fn run(context: &Arc<CudaContext>, args: &Args) -> Result<(), Box<dyn Error>> {
    let stream = context.default_stream();
    if args.serve {
        return serve(&stream, args);
    }
    if !args.json {
        for way in args.ways() {
            check(context, &stream, way)?;
        }
    }
    time(&stream, args)
}

/// Checks a variant with small products, if the device runs it.
fn check(context: &Arc<CudaContext>, stream: &Arc<CudaStream>, way: Way) -> Result<(), Box<dyn Error>> {
    let mut kernel = match way.load(context) {
        Err(error @ (LaunchError::NoImage(_) | LaunchError::SharedMemory { .. })) => {
            println!("`{way}` is left out: {error}\n");
            return Ok(());
        }
        loaded => loaded?,
    };
    let mut checked = 0;
    for [m, n, k] in SHAPES {
        let (a, b) = (Matrix::random(m, k), Matrix::random(k, n));
        let mut c = Matrix::poisoned(m, n).to_device(stream)?;
        match kernel.multiply(stream, &a.to_device(stream)?, &b.to_device(stream)?, &mut c) {
            Err(error) if is_for_other_sizes(&error) => continue,
            done => done?,
        }
        let max_error = reference::verify(&a, &b, &Matrix::from_device(&c, stream)?)?;
        println!("`{way}`, {m} x {n} x {k}: all elements are right, largest error {max_error:.1e}");
        checked += 1;
    }
    println!();
    if checked == 0 { Err(format!("`{way}` is for none of the sizes").into()) } else { Ok(()) }
}

/// Whether a variant is not for these sizes, and said so.
fn is_for_other_sizes(error: &LaunchError) -> bool {
    let short_rows =
        matches!(error, LaunchError::TensorMap { fault: triton_runner_rt::TensorMapFault::StoredRow { .. }, .. });
    short_rows || matches!(error, LaunchError::Requires(_) | LaunchError::Indivisible { .. })
}

/// Checks a variant with the same products on the CPU.
fn check_on_cpu(way: Way) -> Result<(), Box<dyn Error>> {
    let mut checked = 0;
    for [m, n, k] in INTERPRETED {
        let (a, b) = (Matrix::random(m, k), Matrix::random(k, n));
        let mut c = Matrix::poisoned(m, n);
        match way.interpret(&a, &b, &mut c) {
            Err(error) if error.downcast_ref().is_some_and(is_for_other_sizes) => continue,
            done => done?,
        }
        let max_error = reference::verify(&a, &b, &c)?;
        println!("`{way}` on the CPU, {m} x {n} x {k}: all elements are right, largest error {max_error:.1e}");
        checked += 1;
    }
    println!();
    if checked == 0 { Err(format!("`{way}` is for none of the sizes").into()) } else { Ok(()) }
}

/// Times a large product on the GPU with its fastest variant, and checks it by a sample.
fn time(stream: &Arc<CudaStream>, args: &Args) -> Result<(), Box<dyn Error>> {
    let size = usize::from(args.size);
    let rows = args.rows.map_or(size, usize::from);
    let mut product = Product::new(stream, rows, size)?;
    let way = match args.variant {
        Some(way) => way,
        None if args.tuned.is_some() => product.fastest(args.tuned.as_deref())?,
        None => Way::Table,
    };
    let (times, max_error) = product.time(way, args.repeat)?;
    if args.json {
        println!("{}", product.line(way, &times, max_error));
    } else {
        let why = match (args.variant, &args.tuned) {
            (Some(_), _) => "as asked for",
            (None, Some(_)) => "the fastest at this size",
            (None, None) => "whose choice is a look-up",
        };
        println!(
            "{rows} x {size} x {size} by `{way}`, {why}: the elements of a sample are right, largest error {max_error:.1e}"
        );
        println!("GPU time {times}: {:.0} TFLOP/s", product.tflops(times.median()));
    }
    Ok(())
}

/// Times what is asked for, so that another program can take turns with this one: each line is rows, size and a variant, or
/// no variant for the fastest.
fn serve(stream: &Arc<CudaStream>, args: &Args) -> Result<(), Box<dyn Error>> {
    let mut products: HashMap<[usize; 2], Product> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let [rows, size, name @ ..] = &*line.split(' ').collect::<Vec<_>>() else {
            return Err(format!("`{line}` is not ROWS SIZE or ROWS SIZE VARIANT").into());
        };
        let [rows, size]: [usize; 2] = [rows.parse()?, size.parse()?];
        let product = match products.entry([rows, size]) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Product::new(stream, rows, size)?),
        };
        let way = match name {
            [name] => way(name)?,
            _ => product.fastest(None)?,
        };
        let (times, max_error) = product.time(way, args.repeat)?;
        println!("{}", product.line(way, &times, max_error));
        std::io::stdout().flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_right_for_the_sizes_that_it_takes() -> Result<(), Box<dyn Error>> {
        match testing::gpu_or_interpreter("every_variant_is_right_for_the_sizes_that_it_takes")? {
            Some(context) => {
                let stream = context.default_stream();
                Way::all().into_iter().chain([Way::Table]).try_for_each(|way| check(&context, &stream, way))
            }
            None => Way::all().into_iter().chain([Way::Table]).try_for_each(check_on_cpu),
        }
    }
}
