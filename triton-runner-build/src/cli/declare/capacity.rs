//! Where a block has to hold a whole row: TTIR masks the elements 0 to BLOCK − 1 by an argument, and those are all there
//! are.

use std::collections::BTreeSet;

use triton_runner_ir::{Attribute, Def, Module, Op, ValueId};
use triton_runner_manifest::{ArgType, Constant};

use super::subject::Subject;
use crate::read::ParsedKernel;

/// Arguments and constants for `argument <= CONSTANT`, where each variant's TTIR and each recorded launch agree.
pub(super) fn of(subject: &Subject<'_>) -> Vec<(String, String)> {
    let mut agreed: Option<BTreeSet<(String, String)>> = None;
    for (kernel, recorded) in &subject.variants {
        let mut found = of_variant(kernel);
        let grids = recorded.iter().flat_map(|recorded| &recorded.grids);
        for seen in grids {
            found.retain(|(argument, constant)| {
                let holds = |capacity: i64| seen.integers.get(argument).is_none_or(|value| *value <= capacity);
                integer(kernel, constant).is_some_and(holds)
            });
        }
        agreed = Some(match agreed {
            Some(before) => before.intersection(&found).cloned().collect(),
            None => found,
        });
    }
    agreed.into_iter().flatten().collect()
}

fn integer(kernel: &ParsedKernel, constant: &str) -> Option<i64> {
    match kernel.constants.get(constant) {
        Some(Constant::Int(value)) => Some(*value),
        _ => None,
    }
}

/// The text of its TTIR, of one architecture where it has several.
fn ttir(kernel: &ParsedKernel) -> Option<&str> {
    let ttir = kernel.sources.iter().find(|source| source.is_ttir())?;
    std::str::from_utf8(&ttir.artifact.bytes).ok()
}

fn of_variant(kernel: &ParsedKernel) -> BTreeSet<(String, String)> {
    let Some(module) = ttir(kernel).and_then(|text| triton_runner_ir::parse(text).ok()) else { return BTreeSet::new() };
    // In the IR a descriptor's sizes follow it, and arguments have other places.
    if kernel.arguments.iter().any(|argument| !matches!(argument.ty, ArgType::Scalar(_) | ArgType::Pointer(_))) {
        return BTreeSet::new();
    }
    let steps: Vec<i64> = module
        .ops()
        .filter(|(_, op)| op.name == "scf.for")
        .filter_map(|(_, op)| number(&module, op.operand("step").or(op.operands.get(2).copied())?))
        .collect();
    let mut found = BTreeSet::new();
    for (_, op) in module.ops().filter(|(_, op)| op.name == "arith.cmpi") {
        let Some((lanes, place)) = masked(&module, op) else { continue };
        // A loop that goes on by as much as the block is masks its last round.
        if steps.contains(&lanes) {
            continue;
        }
        let Some(argument) = kernel.arguments.get(place) else { continue };
        for (name, value) in &kernel.constants {
            if matches!(value, Constant::Int(value) if *value == lanes) {
                found.insert((argument.name.clone(), name.clone()));
            }
        }
    }
    // Two constants of one value: nothing tells which one it is.
    let twice = |(argument, constant): &(String, String)| {
        found.iter().any(|(other, another)| other == argument && another != constant)
    };
    let unclear: Vec<_> = found.iter().filter(|pair| twice(pair)).cloned().collect();
    unclear.iter().for_each(|pair| _ = found.remove(pair));
    found
}

/// For `0..lanes < argument`, how many lanes and which argument.
fn masked(module: &Module, op: &Op) -> Option<(i64, usize)> {
    let predicate = op.attribute("predicate").and_then(Attribute::as_keyword)?;
    let [left, right] = op.operands[..] else { return None };
    let range = origin(module, left)?;
    let start = range.attribute("start").and_then(Attribute::as_i64);
    let end = range.attribute("end").and_then(Attribute::as_i64)?;
    if !["slt", "ult"].contains(&predicate) || range.name != "tt.make_range" || start != Some(0) {
        return None;
    }
    Some((end, argument(module, right)?))
}

/// The operation behind changes of shape alone.
fn origin(module: &Module, value: ValueId) -> Option<&Op> {
    match module.value(value).def {
        Def::Result(op, _) => {
            let op = module.op(op);
            let reshaped = ["tt.expand_dims", "tt.broadcast"].contains(&&*op.name);
            if reshaped { origin(module, *op.operands.first()?) } else { Some(op) }
        }
        _ => None,
    }
}

/// Which argument of the kernel a splat is of.
fn argument(module: &Module, value: ValueId) -> Option<usize> {
    match module.value(value).def {
        Def::Result(op, _) => {
            let op = module.op(op);
            let same = ["tt.splat", "tt.expand_dims", "tt.broadcast"].contains(&&*op.name);
            if same { argument(module, *op.operands.first()?) } else { None }
        }
        _ => {
            let function = module.functions().iter().find(|function| function.public)?;
            function.arguments.iter().position(|argument| argument.value == value)
        }
    }
}

/// A constant's value.
fn number(module: &Module, value: ValueId) -> Option<i64> {
    match module.value(value).def {
        Def::Result(op, _) => {
            let op = module.op(op);
            (op.name == "arith.constant").then(|| op.attribute("value").and_then(Attribute::as_i64)).flatten()
        }
        _ => None,
    }
}
