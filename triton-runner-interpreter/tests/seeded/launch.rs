//! Seeded kernels, launched as `bugs.txt` says.

use std::path::{Path, PathBuf};

use triton_runner_interpreter::{Argument, Buffer, Checks, Launch, Options, Program, Report};

use super::rows::{self, Bug, Case, Memory};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeded")
}

/// All of `bugs.txt`.
pub(crate) fn rows() -> Vec<Bug> {
    rows::read(&std::fs::read_to_string(folder().join("bugs.txt")).unwrap())
}

/// The kernel of a file, and whether it has one of its own when done right.
pub(crate) fn program(name: &str, fixed: bool) -> Program {
    let kernels = folder().join("kernels");
    let own = kernels.join(format!("{name}.fixed.ttir"));
    let path = if fixed && own.is_file() { own } else { kernels.join(format!("{name}.ttir")) };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Program::new(&text, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn run(program: &Program, case: &Case, checks: Checks, threads: usize) -> Report {
    run_as(program, case, checks, |launch| launch.threads(threads))
}

/// Runs a case by a launch that is set up further.
pub(crate) fn run_as(
    program: &Program,
    case: &Case,
    checks: Checks,
    set_up: impl FnOnce(&mut Launch<'_, '_>),
) -> Report {
    let mut memory: Vec<(String, Memory)> = case.memory.clone();
    let mut launch = Launch::new(program, case.grid);
    set_up(&mut launch);
    launch.check(checks);
    launch.budget(1 << 24);
    let mut places = Vec::new();
    for (name, memory) in &mut memory {
        let buffer = match memory.has_values {
            true => Buffer::write(&mut memory.bytes),
            false => Buffer::uninitialized(&mut memory.bytes),
        };
        places.push((name.clone(), launch.buffer(buffer), memory.offset));
    }
    for parameter in program.parameters() {
        let pointer = places.iter().find(|(name, ..)| name == parameter.name());
        let number = case.numbers.iter().find(|(name, _)| name == parameter.name());
        launch.argument(match (pointer, number) {
            (Some((_, buffer, offset)), _) => Argument::Pointer { buffer: *buffer, offset: *offset },
            (None, Some((_, number))) => Argument::Integer(*number),
            (None, None) => panic!("{}: no value for `{}`", program.name(), parameter.name()),
        });
    }
    launch.run().unwrap_or_else(|error| panic!("{error}"))
}
