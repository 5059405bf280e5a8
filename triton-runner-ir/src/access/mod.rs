//! Which pointer and descriptor arguments a kernel writes through.
//!
//! Addresses are followed through pointer arithmetic, loops, branches, blocks, calls, descriptors and shared memory. An
//! operation that isn't known to write nothing writes through every address that it is given. So an argument that is
//! said to be read is only read; one that is said to be written may turn out to be only read.
//!
//! Addresses that the kernel loads from global memory, or makes of numbers, are nobody's argument. Where it writes through
//! one, that is told of the kernel.

use triton_runner_manifest::{Access, ArgType};

use super::arguments::RawArgument;
use super::token::Tokens;
use super::tree::Tree;

mod control;
mod graph;
mod names;
mod operands;
mod ops;
mod walk;

use walk::Walk;

/// Sets `access` of each pointer and descriptor among the arguments of the function that the operation is. Gives the first
/// line that writes through an address which is none of theirs.
pub(super) fn analyze(
    tokens: &Tokens<'_>,
    tree: &Tree<'_>,
    function: usize,
    arguments: &mut [RawArgument],
) -> Option<u32> {
    let mut walk = Walk::file(tokens, tree);
    let params = walk.args(function, 0);
    // A declaration, or a body that only returns.
    let empty = tree.ops.get(function).is_none_or(|op| op.regions.is_empty());
    let is_address = |argument: &RawArgument| !matches!(argument.ty, ArgType::Scalar(_));
    for (_, &param) in arguments.iter().zip(params.iter()).filter(|(argument, _)| is_address(argument)) {
        walk.graph.memory(param);
    }
    let lost = walk.lost.or((!empty && params.len() != arguments.len()).then_some(0));
    let elsewhere = walk.graph.written_elsewhere();
    let lines = walk.graph.written();
    for (place, argument) in arguments.iter_mut().enumerate().filter(|(_, argument)| is_address(argument)) {
        let line = params.get(place).map_or(0, |&param| lines[param as usize]);
        argument.access = match lost {
            Some(line) => Access::Write { line },
            None if line > 0 => Access::Write { line },
            None => Access::Read,
        };
    }
    elsewhere
}

#[cfg(test)]
mod tests;
