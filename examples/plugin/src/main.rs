//! Loads a kernel that isn't in the program: from the files in `plugins`, or in the folder that is its argument. No build.rs, no
//! compiler.
//!
//! `cargo triton lower add.ttir --arch sm_90 --output plugins/add.sm_90.cubin` makes such files of a kernel of your own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{DevicePointer, Error, ExternalImage, ImageKind, Result, testing, triton_kernel};

triton_kernel! {
    /// `out = x + y`, one program for each `BLOCK` elements, which the file says.
    #[external]
    pub unsafe fn add(x: &[f32], y: &[f32], out: &mut [f32], n: usize);
}

/// Lengths on both sides of a block's end, and one that keeps a large GPU busy.
const LENGTHS: [usize; 5] = [1, 255, 256, 257, 10_000_003];

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins"));
    match run(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let images = read(folder)?;
    for image in &images {
        let kind = if image.kind() == ImageKind::Ptx { "PTX" } else { "cubin" };
        let block = image.constant("BLOCK").ok_or("its JSON has no BLOCK")?;
        println!("{}: {kind} for {}, `{}`, BLOCK = {block}", image.file(), image.arch(), image.entry());
    }
    let context = match triton_runner_rt::context(0) {
        Ok(context) => context,
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) if !testing::gpu_is_required() => {
            println!("No GPU, so the files were read and nothing was launched: {error}");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let (ptx, cubins): (Vec<_>, Vec<_>) = images.into_iter().partition(|image| image.kind() == ImageKind::Ptx);
    // Twice, so that what was unloaded is loaded again.
    for images in [&cubins, &ptx, &cubins, &ptx] {
        let add = Add::load_from(&context, images)?;
        println!("{}", add.info());
        for length in LENGTHS {
            check(&context, &add, length)?;
        }
        add.unload()?;
    }
    println!("All sums are right, for lengths of {LENGTHS:?}; each kernel was unloaded and loaded again.");
    Ok(())
}

/// Every image in the folder, in the order of their names.
fn read(folder: &Path) -> Result<Vec<ExternalImage>, Box<dyn std::error::Error>> {
    let is_image =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cubin" || extension == "ptx");
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> = paths.into_iter().filter(is_image).collect();
    paths.sort();
    Ok(paths.iter().map(ExternalImage::open).collect::<Result<_>>()?)
}

/// Adds two vectors of this length, and a third time in place.
fn check(context: &Arc<CudaContext>, add: &Add, length: usize) -> Result<(), Box<dyn std::error::Error>> {
    let stream = context.default_stream();
    let values = |seed: usize| (0..length).map(move |i| ((i * 7919 + seed) % 1021) as f32).collect::<Vec<_>>();
    let (x, y) = (values(1), values(2));
    let sums: Vec<f32> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
    let (mut x, y) = (stream.clone_htod(&x)?, stream.clone_htod(&y)?);
    let mut out = stream.clone_htod(&vec![f32::NAN; length])?;
    let block = add.constant("BLOCK").and_then(|block| usize::try_from(block).ok()).ok_or("its JSON has no BLOCK")?;
    let grid = u32::try_from(length.div_ceil(block))?;

    // SAFETY: all three have `length` elements, and the files in `plugins` are of this kernel.
    unsafe { add.launch(&stream, grid, &x, &y, &mut out, length) }?;
    let (input, output) = DevicePointer::in_place(&mut x);
    // SAFETY: as above. Each element is read and written by one program, which reads it first.
    unsafe { add.launch(&stream, grid, input, &y, output, length) }?;
    for (what, found) in [("out", stream.clone_dtoh(&out)?), ("x in place", stream.clone_dtoh(&x)?)] {
        if let Some(at) = found.iter().zip(&sums).position(|(found, sum)| found != sum) {
            return Err(format!("{what}[{at}] of {length} is {}, not {}", found[at], sums[at]).into());
        }
    }
    Ok(())
}
