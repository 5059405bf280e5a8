//! How long a program takes from its start to its first result: one with this project, and one in C.
//!
//! Starts itself and the C program in turns, 20 times each, and shows medians. All open the device, load the kernel,
//! add two vectors, check the sums and then say so: what they give back afterwards doesn't count.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use gpu_tests::kernels::Add;
use triton_runner_rt::cudarc::driver::result::{malloc_sync, memcpy_dtoh_sync, memcpy_htod_sync};
use triton_runner_rt::{DevicePointer, Error, ImageKind, Result, context};

const ROUNDS: usize = 20;
const C_PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/first_result"));

fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        Some("slices") => slices().map_err(|error| error.to_string()),
        Some("pointers") => pointers().map_err(|error| error.to_string()),
        _ => compare(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

const N: usize = 1000;

/// What is measured: cudarc's slices, whose memory comes from a pool that the first one makes.
fn slices() -> Result<()> {
    let context = context(0)?;
    let stream = context.default_stream();
    let add = Add::load(&context)?;
    let x = input();
    let (device_x, device_y) = (stream.clone_htod(&x)?, stream.clone_htod(&[2.0; N])?);
    // SAFETY: the kernel writes all of it before it is read.
    let mut out = unsafe { stream.alloc::<f32>(N) }?;
    add.launch(&stream, &device_x, &device_y, &mut out, N as i32)?;
    say(&x, &stream.clone_dtoh(&out)?);
    Ok(())
}

/// The same with the calls of the C program: memory outside any pool, copies that wait.
fn pointers() -> Result<()> {
    let context = context(0)?;
    let stream = context.default_stream();
    let add = Add::load(&context)?;
    let x = input();
    let mut result = [f32::NAN; N];
    // SAFETY: three allocations of N elements, copied to and from as such; the process ends without freeing them, as
    // the C program does.
    unsafe {
        let memory = || malloc_sync(N * size_of::<f32>());
        let (device_x, device_y, out) = (memory()?, memory()?, memory()?);
        memcpy_htod_sync(device_x, &x)?;
        memcpy_htod_sync(device_y, &[2.0_f32; N])?;
        let [px, py, pout] = [device_x, device_y, out].map(DevicePointer::<f32>::new);
        add.launch_unchecked(&stream, px, py, pout, N as i32)?;
        memcpy_dtoh_sync(&mut result, out)?;
    }
    say(&x, &result);
    Ok(())
}

fn input() -> Vec<f32> {
    (0..N).map(|i| i as f32).collect()
}

fn say(x: &[f32], out: &[f32]) {
    if !out.iter().zip(x).all(|(&sum, &x)| sum == x + 2.0) {
        std::process::exit(1);
    }
    println!("right");
}

fn compare() -> Result<(), String> {
    let info = match context(0).and_then(|context| Add::load(&context)) {
        Ok(add) => add.info(),
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => {
            println!("Nothing was measured: {error}");
            return Ok(());
        }
        Err(error) => return Err(error.to_string()),
    };
    let image = Add::embedded().iter().find(|image| image.kind == ImageKind::Cubin && image.arch == info.arch);
    let folder = std::env::temp_dir().join(format!("first-result-{}", std::process::id()));
    let text = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(text)?;
    let (program, cubin) = (folder.join("first_result"), folder.join("add.cubin"));
    write_program(&program).map_err(text)?;
    let bytes = image.map(|image| image.bytes().map_err(|error| error.to_string())).transpose()?;
    std::fs::write(&cubin, bytes.as_deref().unwrap_or_default()).map_err(text)?;
    let own = std::env::current_exe().map_err(text)?;

    let mut times = [const { Vec::new() }; 3];
    // The first rounds warm the file cache.
    for round in 0..ROUNDS + 2 {
        let child = |mode| timed(Command::new(&own).arg(mode));
        let found = [timed(Command::new(&program).arg(&cubin))?, child("pointers")?, child("slices")?];
        if round >= 2 {
            times.iter_mut().zip(found).for_each(|(times, time)| times.push(time));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    let [c, pointers, slices] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!(
        "start of the process to its first result, median of {ROUNDS}\n\n| program | ms | relative to C |\n|---|---|---|"
    );
    println!("| C | {c:.1} | 1.000 |");
    println!("| triton-runner, the same calls for memory | {pointers:.1} | {:.3} |", pointers / c);
    println!("| triton-runner, cudarc's slices | {slices:.1} | {:.3} |", slices / c);
    Ok(())
}

fn write_program(path: &Path) -> std::io::Result<()> {
    std::fs::File::create(path)?.write_all(C_PROGRAM)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Milliseconds from the start of a process to the first thing that it prints.
fn timed(command: &mut Command) -> Result<f64, String> {
    let text = |error: std::io::Error| error.to_string();
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(text)?;
    let mut first = [0];
    let printed = child.stdout.take().map(|mut stdout| stdout.read_exact(&mut first));
    let elapsed = start.elapsed();
    let status = child.wait().map_err(text)?;
    match printed {
        Some(Ok(())) if status.success() => Ok(elapsed.as_secs_f64() * 1e3),
        _ => Err(format!("a program failed: {status}")),
    }
}
