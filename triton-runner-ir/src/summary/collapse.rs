//! From the function's arguments to those that a caller passes, and to the parameters in machine code.

use std::collections::HashSet;

use triton_runner_manifest::{ArgType, Argument, Scalar};

use crate::argument::RawArgument;
use crate::error::{IrError, IrProblem};

/// Joins each tensor descriptor with its shape and strides.
pub(super) fn collapse(raw: &[RawArgument]) -> Result<Vec<Argument>, IrError> {
    let mut arguments = Vec::new();
    let mut names = HashSet::new();
    let mut rest = raw;
    while let Some((first, after)) = rest.split_first() {
        rest = match &first.ty {
            ArgType::TensorDesc { block, .. } => expanded(first, after, block.len())?,
            _ => after,
        };
        // The parts of a descriptor that became a pointer (TTIR for sm_80) all have its name.
        let name = first.name.as_ref().filter(|&name| names.insert(name.clone()));
        arguments.push(Argument {
            name: name.cloned().unwrap_or_else(|| format!("arg{}", arguments.len())),
            named: name.is_some(),
            ty: first.ty.clone(),
            divisible_by: first.divisible_by,
            line: first.line,
            access: first.access,
        });
    }
    Ok(arguments)
}

/// For each of the function's arguments its place among the caller's; `None` for shape and strides of a descriptor.
pub(super) fn places(raw: &[RawArgument]) -> Vec<Option<usize>> {
    let mut parts = 0;
    let mut places = Vec::new();
    let mut own = 0..;
    for argument in raw {
        if parts > 0 {
            parts -= 1;
            places.push(None);
            continue;
        }
        if let ArgType::TensorDesc { block, .. } = &argument.ty {
            parts = 2 * block.len();
        }
        places.push(own.next());
    }
    places
}

/// Checks that shape and strides follow a descriptor, and returns what follows them.
fn expanded<'a>(descriptor: &RawArgument, after: &'a [RawArgument], rank: usize) -> Result<&'a [RawArgument], IrError> {
    let (parts, rest) = after.split_at(after.len().min(2 * rank));
    let is = |argument: &RawArgument, scalar| argument.ty == ArgType::Scalar(scalar);
    let complete = parts.len() == 2 * rank
        && parts[..rank].iter().all(|argument| is(argument, Scalar::I32))
        && parts[rank..].iter().all(|argument| is(argument, Scalar::I64));
    if complete {
        return Ok(rest);
    }
    let found: Vec<_> = parts.iter().map(|argument| argument.ty.to_string()).collect();
    let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    let problem = IrProblem::Descriptor { argument: format!("%{}", descriptor.ssa), rank, found };
    Err(IrError { line: descriptor.line, column: 1, problem })
}
