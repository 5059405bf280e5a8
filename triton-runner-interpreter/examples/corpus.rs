//! Runs kernels of which nothing but their TTIR is known, with buffers made to fit: one that is too small for an access is
//! enlarged, and the launch starts anew.
//!
//! `corpus FOLDER... [--only TEXT] [--verbose] [--check all|KIND,…]`: a line for each kernel that doesn't run to its end,
//! and with `--check` for each finding in those that do, then the counts.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use triton_runner_interpreter::numbers::format::{Class, Format};
use triton_runner_interpreter::{
    Argument, Buffer, Checks, Finding, FindingKind, Launch, Level, Options, Parameter, ParameterKind, Program, Report,
    TensorDescriptor,
};

/// What every integer argument is; others where something is found with it. As many as there are programs,
/// for a kernel that waits for so many.
const SMALL: i128 = 64;
const OTHERS: [i128; 2] = [256, 16];
const MAX_BYTES: usize = 1 << 30;
/// Sizes are found one access at a time.
const ATTEMPTS: usize = 400;

fn main() -> ExitCode {
    let (mut folders, mut only, mut verbose, mut checks) = (Vec::new(), None, false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => only = arguments.next(),
            "--verbose" => verbose = true,
            "--check" => match arguments.next().unwrap_or_default().parse::<Checks>() {
                Ok(chosen) => checks = Some(chosen),
                Err(error) => {
                    eprintln!("error: {error}");
                    return ExitCode::from(2);
                }
            },
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        find(folder, &mut files);
    }
    files.retain(|file| only.as_ref().is_none_or(|only| file.to_string_lossy().contains(only.as_str())));
    files.sort();
    let (mut ran, mut panics, mut alarms, mut warnings) = (0, 0, 0, 0);
    for file in &files {
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| run(file, checks)));
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok(Ok(ran_so)) => {
                ran += 1;
                if verbose {
                    println!("{}: ran in {seconds:.3} s{}", file.display(), ran_so.notes);
                }
                for finding in &ran_so.findings {
                    println!("{}: {:?}: {finding}", file.display(), finding.level);
                }
                let is_error = |finding: &Finding| finding.level == Level::Error;
                alarms += usize::from(ran_so.findings.iter().any(is_error));
                warnings += usize::from(ran_so.findings.iter().any(|finding| !is_error(finding)));
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
    if checks.is_some() {
        println!("{alarms} with findings, {warnings} with warnings");
    }
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

/// How a kernel ran.
#[derive(Default)]
struct Ran {
    notes: String,
    findings: Vec<Finding>,
}

impl Ran {
    fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }
}

fn run(file: &Path, checks: Option<Checks>) -> Result<Ran, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let program = Program::new(&text, &Options::default()).map_err(|error| error.to_string())?;
    // Along an axis that a kernel doesn't ask for all its programs do the same: no launch has several.
    let size = |axis: &str| if text.contains(&format!("tt.get_program_id {axis}")) { 2 } else { 1 };
    let grid = ["x", "y", "z"].map(size);
    let count: u32 = grid.iter().product();
    let mut result = fitted(&program, grid, SMALL, checks);
    if result.as_ref().is_err_and(|problem| problem.starts_with("[endless]")) {
        result = fitted(&program, grid, i128::from(count), checks);
    }
    // Strides may be too small for the kernel's blocks, or sizes too large for its strides.
    for number in OTHERS {
        let is_wrong = result.as_ref().is_ok_and(Ran::has_error);
        if is_wrong
            && let Ok(other) = fitted(&program, grid, number, checks)
            && !other.has_error()
        {
            return Ok(other);
        }
    }
    result
}

/// With the buffers that it needs where integers are this number.
fn fitted(program: &Program, grid: [u32; 3], number: i128, checks: Option<Checks>) -> Result<Ran, String> {
    let mut sizes: BTreeMap<String, Size> = BTreeMap::new();
    for attempt in 0..ATTEMPTS {
        let report = launched(program, grid, &sizes, number, Checks::default())?;
        let Some(finding) = report.findings.first() else {
            let notes = format!(", {attempt} buffers enlarged, {} steps", report.steps);
            let findings = match checks {
                Some(checks) => launched(program, grid, &sizes, number, checks)?.findings,
                None => Vec::new(),
            };
            return Ok(Ran { notes, findings });
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

fn launched(
    program: &Program,
    grid: [u32; 3],
    sizes: &BTreeMap<String, Size>,
    number: i128,
    checks: Checks,
) -> Result<Report, String> {
    let (mut buffers, arguments) = arguments(program, sizes, number);
    let mut launch = Launch::new(program, grid);
    launch.budget(1 << 24);
    launch.check(checks);
    for (_, bytes) in &mut buffers {
        launch.buffer(Buffer::write(bytes));
    }
    arguments.into_iter().for_each(|argument| launch.argument(argument));
    launch.run().map_err(|error| error.to_string())
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
    let strides = strides(program, number);
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
            ParameterKind::Number(_) if strides.contains_key(parameter.name()) => {
                Argument::Integer(strides.get(parameter.name()).copied().unwrap_or(number))
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

/// Strides that follow each other, as of a tensor with this number of elements along each axis: with all the same its rows
/// would lie in each other, and programs meet.
fn strides(program: &Program, number: i128) -> BTreeMap<String, i128> {
    let start = |name: &str| name.rfind('_').map(|end| name[..end].to_owned());
    let parameters = program.parameters().iter().map(Parameter::name);
    let mut groups: Vec<(Option<String>, Vec<&str>)> = Vec::new();
    for name in parameters.filter(|name| is_stride(name)) {
        match groups.last_mut() {
            Some((group, names)) if *group == start(name) => names.push(name),
            _ => groups.push((start(name), vec![name])),
        }
    }
    let of_group = |(_, names): (_, Vec<&str>)| {
        let last = names.len() - 1;
        // Rows are up to 128 elements wide, whatever the sizes are.
        let ratio = number.max(if number < SMALL { 160 } else { 0 });
        let stride = |(place, name): (usize, &str)| (name.to_owned(), number * ratio.pow((last - place) as u32));
        // One alone is of rows.
        if last == 0 { Vec::new() } else { names.into_iter().enumerate().map(stride).collect::<Vec<_>>() }
    };
    groups.into_iter().flat_map(of_group).collect()
}

fn is_stride(name: &str) -> bool {
    name.contains("stride") || ["_batch", "_head", "_token"].iter().any(|end| name.ends_with(end))
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
