//! The interpreter: IR that reads is run or refused, never a panic, a hang or an address outside.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_interpreter::{Argument, Buffer, Launch, Options, ParameterKind, Program, TensorDescriptor};

fuzz_target!(|text: &str| {
    let Ok(program) = Program::new(text, &Options::default()) else { return };
    let mut bytes = vec![vec![1u8; 4096]; program.parameters().len()];
    let mut launch = Launch::new(&program, [2, 1, 1]);
    launch.threads(1);
    launch.budget(1 << 14);
    bytes.iter_mut().for_each(|bytes| _ = launch.buffer(Buffer::write(bytes)));
    let mut parameters = program.parameters().iter().enumerate();
    while let Some((place, parameter)) = parameters.next() {
        launch.argument(match parameter.kind() {
            ParameterKind::Pointer(_) => Argument::Pointer { buffer: place, offset: 0 },
            ParameterKind::Descriptor { block, .. } => {
                let rank = block.len();
                (0..2 * rank).for_each(|_| _ = parameters.next());
                let (shape, strides) = (vec![16; rank], vec![1; rank]);
                Argument::Descriptor(TensorDescriptor { buffer: place, offset: 0, shape, strides, pad_with_nan: false, round_to_tf32: false })
            }
            _ => Argument::Integer(1),
        });
    }
    let _ = launch.run().map(|report| report.findings.iter().for_each(|finding| assert!(!finding.to_string().is_empty())));
});
