//! Adds vectors on the GPU with a Triton kernel, and checks every sum.

use std::process::ExitCode;
use std::sync::Arc;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use rand::RngExt;
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Error, testing, triton_kernel};

triton_kernel! {
    /// `out = x + y`, one program for each `BLOCK` elements.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// Lengths on both sides of a block's end, and one that keeps a large GPU busy.
const LENGTHS: [usize; 5] = [1, 1023, 1024, 1025, 50_000_003];

/// The same for a CPU.
const INTERPRETED: [usize; 5] = [1, 1023, 1024, 1025, 1_000_003];

fn main() -> ExitCode {
    println!("Embedded for `add_kernel`:\n{}\n", embedded());
    let done = match triton_runner_rt::context(0) {
        Ok(context) => on_gpu(&context, &LENGTHS),
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) if !testing::gpu_is_required() => {
            println!("No GPU: {error}\n\nSo the kernel is interpreted on the CPU, with every access checked.");
            on_cpu(&INTERPRETED)
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
    table.set_header(["architecture", "bytes", "registers", "spilled bytes", "shared bytes", "threads"]);
    for image in AddKernel::embedded() {
        let known = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
        table.add_row([
            image.arch.to_string(),
            image.size().to_string(),
            known(image.registers),
            known(image.local_bytes),
            image.shared.to_string(),
            (32 * image.num_warps).to_string(),
        ]);
    }
    table
}

fn on_gpu(context: &Arc<CudaContext>, lengths: &[usize]) -> Result<(), Box<dyn std::error::Error>> {
    let add = AddKernel::load(context)?;
    let stream = context.default_stream();
    println!("{}", add.info());
    lengths.iter().try_for_each(|&len| {
        check(len, |x, y, out| {
            let (x, y, mut sums) = (stream.clone_htod(x)?, stream.clone_htod(y)?, stream.clone_htod(out)?);
            add.launch(&stream, &x, &y, &mut sums, len as i32)?;
            Ok(stream.memcpy_dtoh(&sums, out)?)
        })
    })
}

fn on_cpu(lengths: &[usize]) -> Result<(), Box<dyn std::error::Error>> {
    lengths.iter().try_for_each(|&len| {
        check(len, |x, y, out| {
            println!("{}", AddKernel::interpret(x, y, out, len as i32).run()?);
            Ok(())
        })
    })
}

/// Adds two random vectors and looks at every sum.
fn check(
    len: usize,
    add: impl FnOnce(&[f32], &[f32], &mut [f32]) -> Result<(), Error>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = rand::rng();
    let x: Vec<f32> = (0..len).map(|_| rng.random_range(-1.0..1.0)).collect();
    let y: Vec<f32> = (0..len).map(|_| rng.random_range(-1.0..1.0)).collect();
    // The output starts as NaN, so that an element that the kernel leaves out can't be right by chance; a few more lie
    // behind its end, which the kernel must leave alone.
    let mut out = vec![f32::NAN; len + 16];
    add(&x, &y, &mut out)?;

    // A sum in f64, rounded to f32, is what one addition in f32 gives.
    let expected = x.iter().zip(&y).map(|(&x, &y)| (f64::from(x) + f64::from(y)) as f32);
    let wrong = out.iter().zip(expected).filter(|&(&sum, expected)| sum != expected).count();
    let touched = out.iter().skip(len).filter(|sum| !sum.is_nan()).count();
    if wrong + touched > 0 {
        return Err(format!("{wrong} of {len} sums are wrong, {touched} elements behind them were written").into());
    }
    println!("{len} elements: all sums are right");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use triton_runner_rt::interpret::FindingKind;

    #[test]
    fn every_sum_is_right() -> Result<(), Box<dyn std::error::Error>> {
        match testing::gpu_or_interpreter("every_sum_is_right")? {
            Some(context) => on_gpu(&context, &LENGTHS),
            None => on_cpu(&INTERPRETED),
        }
    }

    #[test]
    fn a_vector_that_is_too_short_is_found() {
        let (x, y, mut out) = ([1.0; 1500], [2.0; 1499], [0.0; 1500]);
        let error = AddKernel::interpret(&x, &y, &mut out, 1500).run().unwrap_err();
        let Error::Interpret(failure) = error else { panic!("{error}") };
        let [finding] = failure.findings() else { panic!("{failure}") };
        assert_eq!((finding.kind, finding.argument.as_deref()), (FindingKind::Bounds, Some("y")));
        assert_eq!((finding.program, finding.element), (Some([1, 0, 0]), Some(1499)));
    }
}
