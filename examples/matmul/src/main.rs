//! Multiplies fp16 matrices on the GPU's tensor cores with a Triton kernel, checks the products and times them. Without a GPU
//! the same kernel is interpreted on the CPU, and the products are checked.

mod matrix;
mod reference;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use triton_runner_rt::bench::Bench;
use triton_runner_rt::cudarc::driver::{CudaContext, CudaStream};
use triton_runner_rt::tune::Tuner;
use triton_runner_rt::{testing, triton_kernel};

use crate::matrix::{DeviceMatrix, Matrix};

triton_kernel! {
    /// `C = A * B` in row-major order, one program for each `TILE_M` x `TILE_N` tile of C.
    ///
    /// A is m x k, B is k x n, C is m x n. The strides are elements from one row to the next.
    #[grid(m.div_ceil(TILE_M) * n.div_ceil(TILE_N))]
    #[tuned(m, n, k, lda = k, ldb = n, ldc = n)]
    pub fn matmul(
        a: &[f16],
        b: &[f16],
        c: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
        lda: i32,
        ldb: i32,
        ldc: i32,
    );
}

/// Multiplies matrices on the GPU, checks the products and times one of them.
#[derive(Parser)]
struct Args {
    /// Rows and columns of the matrices of the product that is timed
    #[arg(long, default_value_t = 8192, value_parser = clap::value_parser!(u16).range(1..))]
    size: u16,

    /// How long to time it, in milliseconds
    #[arg(long, default_value_t = 500)]
    repeat: u64,

    /// The variant to use, as `matmul@square`; by default the one that is fastest at this size
    #[arg(long, value_parser = variant)]
    variant: Option<MatmulVariant>,

    /// A file that remembers which variant was fastest, for later runs
    #[arg(long, conflicts_with = "variant")]
    tuned: Option<PathBuf>,

    /// Print the timing as a line of JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// The variant with this name.
fn variant(name: &str) -> Result<MatmulVariant, String> {
    let named = MatmulVariant::ALL.iter().find(|variant| variant.to_string() == name);
    named.copied().ok_or_else(|| {
        let names: Vec<String> = MatmulVariant::ALL.iter().map(MatmulVariant::to_string).collect();
        format!("there are {}", names.join(", "))
    })
}

/// Rows, columns and depth of the products that are checked element by element: whole tiles, parts of tiles, and
/// sizes that are multiples of nothing.
const SHAPES: [[usize; 3]; 7] =
    [[1, 1, 1], [128, 256, 64], [256, 512, 192], [127, 255, 63], [129, 257, 65], [300, 1000, 777], [1111, 77, 2000]];

/// The same for a CPU, which also computes what they are compared with.
const INTERPRETED: [[usize; 3]; 6] =
    [[1, 1, 1], [128, 256, 64], [127, 255, 63], [129, 257, 65], [150, 300, 177], [211, 77, 300]];

impl Args {
    /// Those that are asked for.
    fn variants(&self) -> &[MatmulVariant] {
        self.variant.as_ref().map_or(MatmulVariant::ALL, std::slice::from_ref)
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.json {
        println!("Embedded for `matmul`:\n{}\n", embedded());
    }
    let done = match triton_runner_rt::context(0) {
        Ok(context) => run(&context, &args),
        Err(error @ (triton_runner_rt::Error::DriverNotFound { .. } | triton_runner_rt::Error::NoDevice { .. }))
            if !testing::gpu_is_required() =>
        {
            eprintln!(
                "No GPU: {error}\n\nSo the kernel is interpreted on the CPU, with every access checked. No times then.\n"
            );
            args.variants().iter().try_for_each(|&variant| check_on_cpu(variant))
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
    for &variant in MatmulVariant::ALL {
        for image in Matmul::embedded(variant) {
            let known = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
            table.add_row([
                variant.to_string(),
                image.arch.to_string(),
                image.bytes.len().to_string(),
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
    if !args.json {
        for &variant in args.variants() {
            check(context, &stream, variant)?;
        }
    }
    time(&stream, args)
}

/// Checks a variant with small products, if the device runs it.
fn check(context: &Arc<CudaContext>, stream: &Arc<CudaStream>, variant: MatmulVariant) -> Result<(), Box<dyn Error>> {
    let kernel = match Matmul::load_variant(context, variant) {
        Err(error @ (triton_runner_rt::Error::NoImage(_) | triton_runner_rt::Error::SharedMemory { .. })) => {
            println!("`{variant}` is left out: {error}\n");
            return Ok(());
        }
        loaded => loaded?,
    };
    if let Some(info) = kernel.info(variant) {
        println!("{info}");
    }
    for [m, n, k] in SHAPES {
        let (a, b) = (Matrix::random(m, k), Matrix::random(k, n));
        let mut c = Matrix::poisoned(m, n).to_device(stream)?;
        multiply(&kernel, stream, &a.to_device(stream)?, &b.to_device(stream)?, &mut c)?;
        let max_error = verify(&a, &b, &Matrix::from_device(&c, stream)?)?;
        println!("{m} x {n} x {k}: all elements are right, largest error {max_error:.1e}");
    }
    println!();
    Ok(())
}

/// Checks a variant with the same products on the CPU.
fn check_on_cpu(variant: MatmulVariant) -> Result<(), Box<dyn Error>> {
    for [m, n, k] in INTERPRETED {
        let (a, b) = (Matrix::random(m, k), Matrix::random(k, n));
        let mut c = Matrix::poisoned(m, n);
        let ([m, k, lda], [_, n, ldb], [_, _, ldc]) = (a.layout()?, b.layout()?, c.layout()?);
        Matmul::interpret_variant(variant, &a.data, &b.data, &mut c.data, m, n, k, lda, ldb, ldc)
            .checks(triton_runner_rt::interpret::Checks::all())
            .run()?;
        let max_error = verify(&a, &b, &c)?;
        println!("`{variant}` on the CPU, {m} x {n} x {k}: all elements are right, largest error {max_error:.1e}");
    }
    println!();
    Ok(())
}

/// `c = a * b`.
///
/// # Panics
///
/// If the sizes don't fit together.
fn multiply(
    kernel: &Matmul,
    stream: &Arc<CudaStream>,
    a: &DeviceMatrix,
    b: &DeviceMatrix,
    c: &mut DeviceMatrix,
) -> triton_runner_rt::Result<()> {
    let ([m, k, lda], [depth, n, ldb], [rows, cols, ldc]) = (a.layout(), b.layout(), c.layout());
    assert_eq!((depth, rows, cols), (k, m, n), "the matrices' sizes don't fit together");
    kernel.launch(stream, a.data(), b.data(), c.data_mut(), m, n, k, lda, ldb, ldc)
}

/// Times a large product on the GPU with its fastest variant, and checks it by a sample.
fn time(stream: &Arc<CudaStream>, args: &Args) -> Result<(), Box<dyn Error>> {
    let size = usize::from(args.size);
    let (a, b) = (Matrix::random(size, size), Matrix::random(size, size));
    let (a_device, b_device) = (a.to_device(stream)?, b.to_device(stream)?);
    let mut c = Matrix::poisoned(size, size).to_device(stream)?;

    let mut loaded = HashMap::new();
    let mut product = |variant| {
        let kernel = match loaded.entry(variant) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Matmul::load_variant(stream.context(), variant)?),
        };
        multiply(kernel, stream, &a_device, &b_device, &mut c)
    };
    let variant = match args.variant {
        Some(variant) => variant,
        None => {
            let tuner = args.tuned.as_ref().map_or_else(Tuner::new, Tuner::with_file);
            let best = tuner.best(stream, "matmul", size, MatmulVariant::ALL, &mut product)?;
            if let Some(error) = tuner.take_write_error() {
                eprintln!("warning: the choice of `{best}` was not written to its file: {error}");
            }
            best
        }
    };
    let bench = Bench::default().repeat(Duration::from_millis(args.repeat));
    let times = bench.run(stream, || product(variant))?;
    let max_error = verify(&a, &b, &Matrix::from_device(&c, stream)?)?;

    let tflops = 2.0 * (size as f64).powi(3) / times.median() / 1e9;
    if args.json {
        let (median_ms, runs) = (times.median(), times.all().len());
        let line = serde_json::json!({
            "variant": variant.to_string(), "size": size, "median_ms": median_ms, "runs": runs, "tflops": tflops, "max_error": max_error,
        });
        println!("{line}");
    } else {
        let why = if args.variant.is_some() { "as asked for" } else { "the fastest at this size" };
        println!(
            "{size} x {size} x {size} by `{variant}`, {why}: the elements of a sample are right, largest error {max_error:.1e}"
        );
        println!("GPU time {times}: {tflops:.0} TFLOP/s");
    }
    Ok(())
}

/// The largest error of a product; an error where one is larger than rounding explains.
fn verify(a: &Matrix, b: &Matrix, c: &Matrix) -> Result<f64, Box<dyn Error>> {
    let check = reference::check(a, b, c);
    if check.passed() {
        Ok(check.max_error)
    } else {
        Err(format!("the product {:?} is wrong: {check:?}", [c.rows, c.cols, a.cols]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_right_for_sizes_that_are_multiples_of_nothing() -> Result<(), Box<dyn Error>> {
        match testing::gpu_or_interpreter("every_variant_is_right_for_sizes_that_are_multiples_of_nothing")? {
            Some(context) => {
                let stream = context.default_stream();
                MatmulVariant::ALL.iter().try_for_each(|&variant| check(&context, &stream, variant))
            }
            None => MatmulVariant::ALL.iter().try_for_each(|&variant| check_on_cpu(variant)),
        }
    }
}
