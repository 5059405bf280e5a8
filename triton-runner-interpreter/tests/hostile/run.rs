//! Runs text that may be a kernel, with memory and arguments made up. The fuzz target has it too.

use triton_runner_interpreter::{Argument, Buffer, Checks, Launch, Options, ParameterKind, Program, TensorDescriptor};

/// Runs it if it can be, without checkers and with all of them; whether it was.
pub(crate) fn run(text: &str) -> bool {
    let Ok(program) = Program::new(text, &Options::default()) else { return false };
    [Checks::default(), Checks::all()].into_iter().all(|checks| launch(&program, checks))
}

fn launch(program: &Program, checks: Checks) -> bool {
    let mut bytes = vec![vec![1u8; 4096]; program.parameters().len()];
    let mut launch = Launch::new(program, [40, 1, 1]);
    launch.threads(1);
    launch.check(checks);
    launch.budget(1 << 12);
    bytes.iter_mut().for_each(|bytes| _ = launch.buffer(Buffer::write(bytes)));
    let mut parameters = program.parameters().iter().enumerate();
    while let Some((buffer, parameter)) = parameters.next() {
        launch.argument(match parameter.kind() {
            ParameterKind::Pointer(_) => Argument::Pointer { buffer, offset: 0 },
            ParameterKind::Descriptor { block, .. } => {
                let rank = block.len();
                (0..2 * rank).for_each(|_| _ = parameters.next());
                let (shape, strides) = (vec![16; rank], vec![1; rank]);
                Argument::Descriptor(TensorDescriptor {
                    buffer,
                    offset: 0,
                    shape,
                    strides,
                    pad_with_nan: false,
                    round_to_tf32: false,
                })
            }
            _ => Argument::Integer(1),
        });
    }
    launch.run().is_ok_and(|report| report.findings.iter().all(|finding| !finding.to_string().is_empty()))
}
