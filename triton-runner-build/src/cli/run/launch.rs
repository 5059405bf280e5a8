//! From the command line to a launch.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use triton_runner_interpreter::{Argument, Buffer, Checks, Launch, ParameterKind, Program, Report, TensorDescriptor};

use super::given::{Given, Value};
use super::proof;
use super::tensor::Memory;

/// What the kernel is given, in the order of its parameters.
pub(super) struct Arguments {
    /// Memory by the argument's name.
    pub(super) memory: Vec<(String, Memory)>,
    /// One for each argument that a caller passes, with its name.
    values: Vec<(String, Passed)>,
}

enum Passed {
    Number(Argument),
    Pointer(usize),
    Descriptor(usize),
}

/// What is asked of a launch.
pub(super) struct Wishes<'w> {
    pub(super) grid: [u32; 3],
    pub(super) checks: Checks,
    pub(super) prints: &'w [(String, [u32; 3])],
    pub(super) recorded: &'w [[u32; 3]],
}

/// Holds the command line against the kernel's parameters.
///
/// # Errors
///
/// What is missing, what there is no parameter for, what is of another type: in words.
pub(super) fn arguments(program: &Program, given: &[Given]) -> Result<Arguments, String> {
    let kernel = program.name();
    for (place, one) in given.iter().enumerate() {
        if given.iter().take(place).any(|other| other.name == one.name) {
            return Err(format!("`{}` is given twice", one.name));
        }
    }
    let (mut memory, mut values, mut used) = (Vec::new(), Vec::new(), Vec::new());
    let mut parameters = program.parameters().iter();
    while let Some(parameter) = parameters.next() {
        let name = parameter.name();
        used.push(name);
        let one = given.iter().find(|given| given.name == name);
        let one = one.ok_or_else(|| {
            format!("kernel `{kernel}`: argument `{name}` is missing: {}", wanted(&parameter.kind(), name))
        })?;
        let wrong = |reason: String| format!("kernel `{kernel}`, argument `{name}`: {reason}");
        let expected = match parameter.kind() {
            ParameterKind::Pointer(format) | ParameterKind::Descriptor { format, .. } => Some(format),
            _ => None,
        };
        let tensor = match expected {
            Some(format) => Memory::of(&one.value, format).map_err(wrong)?,
            None => None,
        };
        let value = match (parameter.kind(), tensor, &one.value) {
            (ParameterKind::Pointer(_), Some(tensor), _) => {
                memory.push((name.to_owned(), tensor));
                Passed::Pointer(memory.len() - 1)
            }
            (ParameterKind::Descriptor { block, .. }, Some(tensor), _) => {
                if tensor.shape.len() != block.len() {
                    return Err(wrong(format!(
                        "a tensor of {} axes is expected, this one has {}",
                        block.len(),
                        tensor.shape.len()
                    )));
                }
                // Its sizes and strides are parameters of their own in the IR.
                (0..2 * block.len()).for_each(|_| _ = parameters.next());
                memory.push((name.to_owned(), tensor));
                Passed::Descriptor(memory.len() - 1)
            }
            (ParameterKind::Pointer(_), None, Value::Null) => Passed::Number(Argument::Null),
            (ParameterKind::Number(_), _, Value::Integer(number)) => {
                Passed::Number(number_of(&parameter.kind(), *number))
            }
            (ParameterKind::Number(_), _, Value::Float(number)) => Passed::Number(Argument::Float(*number)),
            (kind, ..) => return Err(wrong(format!("expected {}", wanted(&kind, name)))),
        };
        values.push((name.to_owned(), value));
    }
    match given.iter().find(|given| !used.contains(&&*given.name)) {
        Some(other) => Err(format!("kernel `{kernel}` has no argument `{}`; it has {}", other.name, used.join(", "))),
        None => Ok(Arguments { memory, values }),
    }
}

/// A whole number may stand for a floating-point one.
fn number_of(kind: &ParameterKind, number: i128) -> Argument {
    use triton_runner_interpreter::numbers::format::Class;
    match kind {
        ParameterKind::Number(format) if matches!(format.class(), Class::F32 | Class::F64) => {
            Argument::Float(number as f64)
        }
        _ => Argument::Integer(number),
    }
}

fn wanted(kind: &ParameterKind, name: &str) -> String {
    match kind {
        ParameterKind::Number(format) => format!("a number ({format:?}), such as {name}=1"),
        ParameterKind::Pointer(format) => {
            format!("memory, such as {name}=random:{}[1024], or a file", format!("{format:?}").to_lowercase())
        }
        ParameterKind::Descriptor { block, format } => {
            let shape: Vec<String> = block.iter().map(usize::to_string).collect();
            format!("a tensor, such as {name}=random:{}[{}]", format!("{format:?}").to_lowercase(), shape.join(","))
        }
        _ => "another type".to_owned(),
    }
}

impl Arguments {
    /// What a check of launches is told of them.
    pub(super) fn passed(&self, grid: [u32; 3]) -> proof::Passed<'_> {
        let scalar = |value: &Passed| match value {
            Passed::Number(Argument::Integer(number)) => i64::try_from(*number).ok(),
            _ => None,
        };
        let length = |value: &Passed| match value {
            Passed::Pointer(place) => Some(self.memory.get(*place)?.1.bytes.len() as u64),
            _ => None,
        };
        proof::Passed {
            names: self.values.iter().map(|(name, _)| &**name).collect(),
            scalars: self.values.iter().map(|(_, value)| scalar(value)).collect(),
            lengths: self.values.iter().map(|(_, value)| length(value)).collect(),
            grid,
        }
    }

    /// Runs the kernel. Memory is as it left it afterwards.
    ///
    /// # Errors
    ///
    /// What no launch can be made of, in words.
    pub(super) fn run(&mut self, program: &Program, wishes: &Wishes<'_>) -> Result<Report, String> {
        let programs = wishes.grid.iter().map(|size| u64::from(*size)).product();
        let (done, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        let mut launch = Launch::new(program, wishes.grid);
        launch.check(wishes.checks);
        launch.progress(&done);
        wishes.prints.iter().for_each(|(name, id)| launch.trace(name, *id));
        wishes.recorded.iter().for_each(|id| launch.record(*id));
        let shapes: Vec<Vec<i64>> =
            self.memory.iter().map(|(_, memory)| memory.shape.iter().map(|size| *size as i64).collect()).collect();
        for (_, memory) in &mut self.memory {
            launch.buffer(match memory.fresh {
                true => Buffer::uninitialized(&mut memory.bytes),
                false => Buffer::write(&mut memory.bytes),
            });
        }
        for (_, value) in &self.values {
            launch.argument(match value {
                Passed::Number(number) => number.clone(),
                Passed::Pointer(buffer) => Argument::Pointer { buffer: *buffer, offset: 0 },
                Passed::Descriptor(buffer) => {
                    let shape = shapes.get(*buffer).cloned().unwrap_or_default();
                    let strides = (0..shape.len()).map(|axis| shape.iter().skip(axis + 1).product()).collect();
                    let descriptor = TensorDescriptor {
                        buffer: *buffer,
                        offset: 0,
                        shape,
                        strides,
                        pad_with_nan: false,
                        round_to_tf32: false,
                    };
                    Argument::Descriptor(descriptor)
                }
            });
        }
        std::thread::scope(|scope| {
            scope.spawn(|| watch(programs, &done, &is_over));
            let report = launch.run().map_err(|error| error.to_string());
            is_over.store(true, Ordering::Relaxed);
            report
        })
    }
}

/// A bar on a terminal, for runs that take their time.
fn watch(programs: u64, done: &AtomicU64, is_over: &AtomicBool) {
    const STEP: Duration = Duration::from_millis(20);
    /// Steps after which it is shown.
    const PATIENCE: u32 = 25;
    let mut bar: Option<ProgressBar> = None;
    let mut steps = 0;
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(STEP);
        steps += 1;
        if steps < PATIENCE || !console::Term::stderr().is_term() {
            continue;
        }
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len} programs, {eta} left");
            ProgressBar::new(programs).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_position(done.load(Ordering::Relaxed));
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}
