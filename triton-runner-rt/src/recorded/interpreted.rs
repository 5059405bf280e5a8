//! A recorded launch on the interpreter.

use triton_runner_interpreter::{Argument, Buffer, Launch as Interpreted, Level, Options, Program, TensorDescriptor};

use super::given::Given;
use super::launch::{Contents, Launch};
use super::report::Outcome;

/// Runs it, where there is TTIR of it.
pub(super) fn run(launch: &Launch, mut contents: Contents<'_>) -> Result<Outcome, String> {
    let path = &launch.ttir;
    if launch.is_gluon {
        return Ok(Outcome::LeftOut("it is written in Gluon, which the interpreter doesn't run: a GPU does"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut options = Options::default();
    options.contract = launch.fp_fusion;
    options.warps = launch.num_warps;
    options.arguments = launch.arguments.iter().map(|(name, _)| name.clone()).collect();
    let program = Program::new(&text, &options).map_err(|error| error.to_string())?;
    let addresses: Vec<_> = {
        let empty = Interpreted::new(&program, launch.grid);
        (0..launch.buffers.len()).map(|buffer| empty.address(buffer)).collect()
    };
    let address_of = |buffer: usize| addresses.get(buffer).copied().unwrap_or_default();
    contents.relocate(launch, address_of);
    let mut found = contents.before.clone();
    let mut interpreted = Interpreted::new(&program, launch.grid);
    for buffer in &mut found {
        interpreted.buffer(Buffer::write(buffer));
    }
    for (_, given) in &launch.arguments {
        interpreted.argument(argument(given));
    }
    let report = interpreted.run().map_err(|error| error.to_string())?;
    if let Some(finding) = report.findings.iter().find(|finding| finding.level == Level::Error) {
        return Err(finding.to_string());
    }
    Ok(Outcome::Ran(contents.compare(launch, &found, address_of)))
}

fn argument(given: &Given) -> Argument {
    match given {
        Given::Null => Argument::Null,
        Given::Integer(value) => Argument::Integer(*value),
        Given::Float(value) => Argument::Float(*value),
        Given::Pointer { buffer, offset } => Argument::Pointer { buffer: *buffer, offset: *offset },
        Given::Tensor { buffer, offset, layout } => Argument::Descriptor(TensorDescriptor {
            buffer: *buffer,
            offset: *offset,
            shape: layout.shape.clone(),
            strides: layout.strides.clone(),
            pad_with_nan: layout.pad_with_nan,
            round_to_tf32: layout.round_to_tf32,
        }),
    }
}
