//! Adds vectors on the GPU with a Triton kernel, and checks every sum.

use std::process::ExitCode;
use std::sync::Arc;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use rand::RngExt;
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Error, triton_kernel};

triton_kernel! {
    /// `out = x + y`, one program for each `BLOCK` elements.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// Lengths on both sides of a block's end, and one that keeps a large GPU busy.
const LENGTHS: [usize; 5] = [1, 1023, 1024, 1025, 50_000_003];

fn main() -> ExitCode {
    println!("Embedded for `add_kernel`:\n{}\n", embedded());
    let context = match triton_runner_rt::context(0) {
        Ok(context) => context,
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => {
            println!("Nothing was launched: {error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return failed(error),
    };
    for len in LENGTHS {
        match add(&context, len) {
            Ok(0) => println!("{len} elements: all sums are right"),
            Ok(wrong) => return failed(format!("{wrong} of {len} sums are wrong")),
            Err(error) => return failed(error),
        }
    }
    ExitCode::SUCCESS
}

/// What the program carries; known without a GPU.
fn embedded() -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["architecture", "bytes", "registers", "spilled bytes", "shared bytes", "threads"]);
    for image in AddKernel::embedded() {
        let known = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
        table.add_row([
            image.arch.to_string(),
            image.bytes.len().to_string(),
            known(image.registers),
            known(image.local_bytes),
            image.shared.to_string(),
            (32 * image.num_warps).to_string(),
        ]);
    }
    table
}

fn failed(reason: impl std::fmt::Display) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::FAILURE
}

/// Adds two random vectors and counts the sums that are wrong.
fn add(context: &Arc<CudaContext>, len: usize) -> Result<usize, Error> {
    let add = AddKernel::load(context)?;
    let stream = context.default_stream();

    let mut rng = rand::rng();
    let x: Vec<f32> = (0..len).map(|_| rng.random_range(-1.0..1.0)).collect();
    let y: Vec<f32> = (0..len).map(|_| rng.random_range(-1.0..1.0)).collect();
    // The output starts as NaN, so that an element that the kernel leaves out can't be right by chance; a few more lie
    // behind its end, which the kernel must leave alone.
    let mut out = stream.clone_htod(&vec![f32::NAN; len + 16])?;
    let (x_device, y_device) = (stream.clone_htod(&x)?, stream.clone_htod(&y)?);
    // SAFETY: the kernel reads and writes the first `len` elements, and each buffer has them.
    unsafe { add.launch(&stream, &x_device, &y_device, &mut out, len as i32) }?;
    let out = stream.clone_dtoh(&out)?;

    // A sum in f64, rounded to f32, is what one addition in f32 gives.
    let expected = x.iter().zip(&y).map(|(&x, &y)| (f64::from(x) + f64::from(y)) as f32);
    let wrong = out.iter().zip(expected).filter(|&(&sum, expected)| sum != expected).count();
    let touched = out[len..].iter().filter(|sum| !sum.is_nan()).count();
    Ok(wrong + touched)
}
