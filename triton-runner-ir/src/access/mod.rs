//! Which pointer and descriptor arguments a kernel writes through.
//!
//! Addresses are followed through pointer arithmetic, loops, branches, blocks, calls, descriptors and shared memory. An
//! operation that isn't known to write nothing writes through every address that it is given. So an argument that is
//! said to be read is only read; one that is said to be written may turn out to be only read.
//!
//! Not followed are addresses that the kernel loads from global memory: they are nobody's argument.

use triton_runner_manifest::{Access, ArgType};

use crate::argument::RawArgument;
use crate::module::{Function, Module};

mod control;
mod graph;
mod ops;
mod walk;

use walk::Walk;

/// Sets `access` of each pointer and descriptor among a function's arguments. Where a name stands for nothing, which
/// `lost` has the line of, every one may be written.
pub(super) fn analyze(module: &Module, function: &Function, lost: Option<u32>, arguments: &mut [RawArgument]) {
    let mut walk = Walk::file(module);
    let is_address = |argument: &RawArgument| !matches!(argument.ty, ArgType::Scalar(_));
    for (_, argument) in arguments.iter().zip(&function.arguments).filter(|(argument, _)| is_address(argument)) {
        walk.graph.memory(argument.value.0);
    }
    let lines = walk.graph.written();
    for (place, argument) in arguments.iter_mut().enumerate().filter(|(_, argument)| is_address(argument)) {
        let line = function.arguments.get(place).map_or(0, |argument| lines[argument.value.index()]);
        argument.access = match lost {
            Some(line) => Access::Write { line },
            None if line > 0 => Access::Write { line },
            None => Access::Read,
        };
    }
}

#[cfg(test)]
mod tests;
