//! Memory as buffers of the interpreter, each in its place, and what becomes of it afterwards.

use triton_runner_interpreter::{Argument, Buffer};

use super::bytes::Bytes;
use super::launch::HostArgument;
use super::memory::HostMemory;
use super::report::Given;
use crate::Error;
use crate::error::InterpretFailure;
use crate::spec::KernelSpec;

/// Memory whose place among the buffers is its own among these.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    /// The argument, by its position.
    argument: usize,
    memory: HostMemory<'a>,
}

/// Takes memory and arguments apart.
pub(super) fn placed(arguments: Vec<HostArgument<'_>>) -> (Vec<Placed<'_>>, Vec<Argument>) {
    let mut all = Vec::new();
    let mut place = |argument, memory| {
        all.push(Placed { argument, memory });
        all.len() - 1
    };
    let arguments = arguments.into_iter().enumerate().map(|(position, argument)| match argument {
        HostArgument::Memory(Some(memory)) => Argument::Pointer { buffer: place(position, memory), offset: 0 },
        HostArgument::Memory(None) => Argument::Null,
        HostArgument::Scalar(argument) => argument,
        HostArgument::Tensor(memory, mut descriptor) => {
            descriptor.buffer = place(position, memory);
            Argument::Descriptor(descriptor)
        }
    });
    let arguments = arguments.collect();
    (all, arguments)
}

impl<'a> Placed<'a> {
    pub(super) fn buffer(&mut self) -> Buffer<'_> {
        let HostMemory { bytes, uninitialized, misaligned, .. } = &mut self.memory;
        let write = if *uninitialized { Buffer::uninitialized } else { Buffer::write };
        let buffer = match bytes {
            Bytes::Read(bytes) => Buffer::read(bytes),
            Bytes::Write(bytes) => write(bytes),
            Bytes::Flags { bytes, .. } => write(bytes),
        };
        buffer.misaligned(*misaligned)
    }

    /// Puts a copy back to where it was made from. Gives the error of a byte that is no `bool`.
    pub(super) fn write_back(&mut self, spec: &KernelSpec) -> Option<Error> {
        let Bytes::Flags { elements, bytes } = &mut self.memory.bytes else { return None };
        elements.iter_mut().zip(&*bytes).for_each(|(element, byte)| *element = *byte != 0);
        let element = bytes.iter().position(|byte| *byte > 1)?;
        let (kernel, argument) = (spec.name, spec.argument(self.argument));
        Some(InterpretFailure::Flag { kernel, argument, element, byte: *bytes.get(element)? }.into())
    }

    /// Memory that was given without values, with the first byte that still has none.
    pub(super) fn given(self, spec: &KernelSpec, unwritten: Option<usize>) -> Option<Given<'a>> {
        let HostMemory { bytes, element, uninitialized, .. } = self.memory;
        let argument = spec.argument(self.argument);
        uninitialized.then_some(Given { argument, element, unwritten, bytes: Some(bytes) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.memory.len() == 0
    }
}
