//! Runs kernels of which nothing but their TTIR is known, with buffers made to fit: one that is too small for an access is
//! enlarged, and the launch starts anew.
//!
//! `corpus FOLDER... [--only TEXT] [--verbose]`: a line for each kernel that doesn't run to its end, then the counts.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use triton_runner_interpreter::numbers::format::{Class, Format};
use triton_runner_interpreter::{
    Argument, Buffer, FindingKind, Launch, Options, Parameter, ParameterKind, Program, TensorDescriptor,
};

/// What every integer argument is: the first with which the kernel ends, for one that waits for so many programs.
const NUMBERS: [i128; 2] = [64, (GRID[0] * GRID[1] * GRID[2]) as i128];
const MAX_BYTES: usize = 1 << 30;
const GRID: [u32; 3] = [2, 2, 1];
/// Sizes are found one access at a time.
const ATTEMPTS: usize = 400;

fn main() -> ExitCode {
    let (mut folders, mut only, mut verbose) = (Vec::new(), None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => only = arguments.next(),
            "--verbose" => verbose = true,
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        find(folder, &mut files);
    }
    files.retain(|file| only.as_ref().is_none_or(|only| file.to_string_lossy().contains(only.as_str())));
    files.sort();
    let (mut ran, mut panics) = (0, 0);
    for file in &files {
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| run(file)));
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok(Ok(notes)) => {
                ran += 1;
                if verbose {
                    println!("{}: ran in {seconds:.3} s{notes}", file.display());
                }
            }
            Ok(Err(problem)) => println!("{}: {problem} ({seconds:.3} s)", file.display()),
            Err(_) => {
                panics += 1;
                println!("{}: panicked", file.display());
            }
        }
    }
    let total = files.len();
    let percent = if total == 0 { 0.0 } else { 100.0 * f64::from(ran) / total as f64 };
    println!("{total} kernels: {ran} ran to their end ({percent:.1} %), {panics} panicked");
    if panics == 0 && percent >= 98.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn find(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| find(&entry.path(), files));
    } else if path.extension().is_some_and(|extension| extension == "ttir") {
        files.push(path.to_owned());
    }
}

/// A buffer of an argument: what lies before the pointer, and behind it.
#[derive(Clone, Copy)]
struct Size {
    before: usize,
    behind: usize,
}

fn run(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let program = Program::new(&text, &Options::default()).map_err(|error| error.to_string())?;
    let mut result = Err(String::new());
    for number in NUMBERS {
        result = fitted(&program, number);
        if !result.as_ref().is_err_and(|problem| problem.starts_with("[endless]")) {
            break;
        }
    }
    result
}

/// With the buffers that it needs where integers are this number.
fn fitted(program: &Program, number: i128) -> Result<String, String> {
    let mut sizes: BTreeMap<String, Size> = BTreeMap::new();
    for attempt in 0..ATTEMPTS {
        let (mut buffers, arguments) = arguments(program, &sizes, number);
        let mut launch = Launch::new(program, GRID);
        launch.budget(1 << 24);
        for (_, bytes) in &mut buffers {
            launch.buffer(Buffer::write(bytes));
        }
        arguments.into_iter().for_each(|argument| launch.argument(argument));
        let report = launch.run().map_err(|error| error.to_string())?;
        let Some(finding) = report.findings.first() else {
            return Ok(format!(", {attempt} buffers enlarged, {} steps", report.steps));
        };
        let name = finding.argument.clone().filter(|_| finding.kind == FindingKind::Bounds);
        let (Some(name), Some(element)) = (name, finding.element) else { return Err(finding.to_string()) };
        let parameter = program.parameters().iter().find(|parameter| parameter.name() == name);
        let bytes = parameter.map_or(1, |parameter| format(parameter).bytes());
        let size = sizes.entry(name).or_insert(START);
        // As far as is needed, and then as much again: a kernel that goes on has few tries.
        let at = element * bytes as i64 - size.before as i64;
        if at < 0 {
            size.before = (2 * at.unsigned_abs() as usize).next_multiple_of(4096);
        } else {
            size.behind = (2 * (at as usize + bytes)).next_multiple_of(4096);
        }
        if size.before + size.behind > MAX_BYTES {
            return Err(format!("{finding}: no buffer is as large"));
        }
    }
    Err(format!("still too small after {ATTEMPTS} tries"))
}

const START: Size = Size { before: 0, behind: 1 << 16 };

fn format(parameter: &Parameter) -> Format {
    match parameter.kind() {
        ParameterKind::Pointer(format) | ParameterKind::Number(format) => format,
        ParameterKind::Descriptor { format, .. } => format,
        _ => Format::I8,
    }
}

/// Buffers with small numbers in them, and arguments.
fn arguments(
    program: &Program,
    sizes: &BTreeMap<String, Size>,
    number: i128,
) -> (Vec<(String, Vec<u8>)>, Vec<Argument>) {
    let (mut buffers, mut arguments) = (Vec::new(), Vec::new());
    let mut parameters = program.parameters().iter();
    while let Some(parameter) = parameters.next() {
        let size = sizes.get(parameter.name()).copied().unwrap_or(START);
        let mut buffer = |format| {
            buffers.push((parameter.name().to_owned(), content(format, size.before + size.behind)));
            buffers.len() - 1
        };
        arguments.push(match parameter.kind() {
            ParameterKind::Pointer(format) => Argument::Pointer { buffer: buffer(format), offset: size.before as i64 },
            ParameterKind::Descriptor { block, format } => {
                let rank = block.len();
                (0..2 * rank).for_each(|_| _ = parameters.next());
                let shape = vec![number as i64; rank];
                let strides = (0..rank).rev().map(|axis| (number as i64).pow(axis as u32)).collect();
                let offset = size.before as i64;
                let descriptor = TensorDescriptor {
                    buffer: buffer(format),
                    offset,
                    shape,
                    strides,
                    pad_with_nan: false,
                    round_to_tf32: false,
                };
                Argument::Descriptor(descriptor)
            }
            ParameterKind::Number(format) => match format.class() {
                Class::Mask => Argument::Integer(1),
                Class::F32 | Class::F64 => Argument::Float(0.5),
                _ => Argument::Integer(number),
            },
            _ => Argument::Null,
        });
    }
    (buffers, arguments)
}

fn content(format: Format, bytes: usize) -> Vec<u8> {
    let numbers: Vec<u8> = match format {
        Format::F64 => (1..64).flat_map(|i| (1.0 / f64::from(i)).to_le_bytes()).collect(),
        Format::F32 => (1..64).flat_map(|i| (1.0 / i as f32).to_le_bytes()).collect(),
        // Upper halves of f32 are bf16; as f16 they are small numbers too.
        Format::F16 | Format::Bf16 => {
            (1..64).flat_map(|i| ((1.0 / i as f32).to_bits() >> 16).to_le_bytes()[..2].to_vec()).collect()
        }
        Format::I32 | Format::I64 | Format::I16 => return vec![0; bytes],
        _ => vec![0x30, 0x31, 0x32],
    };
    numbers.into_iter().cycle().take(bytes).collect()
}
