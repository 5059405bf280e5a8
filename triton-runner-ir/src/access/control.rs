//! Flow through loops, branches, calls and regions.

use super::ops::{Control, Effect, effect};
use super::walk::Walk;
use crate::module::{Op, OpId, Syntax, ValueId};

pub(super) fn flow(walk: &mut Walk<'_>, id: OpId, op: &Op, control: Control) {
    match control {
        Control::For => for_loop(walk, id, op),
        Control::While => while_loop(walk, id, op),
        // The condition carries no address; what comes out is what the branches yield.
        Control::If => {}
        Control::Condition => condition(walk, op),
        Control::Yield => give(walk, op),
        Control::Return => match walk.parent(op) {
            Some(function) if effect(&walk.module.op(function).name) == Effect::Control(Control::Function) => {
                for (place, value) in op.operands.iter().enumerate() {
                    let returned = walk.returned(function, place);
                    walk.graph.flow(value.0, returned);
                }
            }
            _ => walk.write(op, &op.operands),
        },
        Control::Call => call(walk, op),
        Control::Branch => {
            if op.syntax == Syntax::Unknown {
                walk.write(op, &op.operands);
            }
            to_blocks(walk, op, false);
        }
        Control::Region => through_hub(walk, id, &op.operands),
        Control::WarpSpecialize => warp_specialize(walk, id, op),
        Control::Partitions => {
            through_hub(walk, id, &op.operands);
            // What the operation around it takes.
            if let Some(parent) = walk.parent(op) {
                walk.into_hub(id, &walk.module.op(parent).operands);
            }
        }
        Control::Function => {}
    }
}

/// `scf.for`: operands are the bounds, the step and what the loop carries; the body's first argument is the counter.
fn for_loop(walk: &mut Walk<'_>, id: OpId, op: &Op) {
    match (&op.operands[..], walk.module.region_arguments(op, 0)) {
        ([low, high, step, carried @ ..], [counter, inner @ ..])
            if op.regions.len() == 1 && carried.len() == inner.len() =>
        {
            [low, high, step].into_iter().for_each(|value| walk.graph.flow(value.0, counter.0));
            walk.pairwise(carried, inner);
            walk.pairwise(carried, &op.results);
        }
        _ => through_hub(walk, id, &op.operands),
    }
}

/// `scf.while`: the condition's region gets what the loop carries, and gives to the body what its `scf.condition` says.
fn while_loop(walk: &mut Walk<'_>, id: OpId, op: &Op) {
    let arguments = walk.module.region_arguments(op, 0);
    if op.regions.len() == 2 && arguments.len() == op.operands.len() {
        walk.pairwise(&op.operands, arguments);
    } else {
        through_hub(walk, id, &op.operands);
    }
}

/// Each partition's arguments are the operands.
fn warp_specialize(walk: &mut Walk<'_>, id: OpId, op: &Op) {
    let mut other = false;
    for region in 1..op.regions.len() {
        let arguments = walk.module.region_arguments(op, region);
        if arguments.len() == op.operands.len() {
            walk.pairwise(&op.operands, arguments);
        } else {
            other |= !arguments.is_empty();
        }
    }
    if other {
        through_hub(walk, id, &op.operands);
    }
}

fn condition(walk: &mut Walk<'_>, op: &Op) {
    let given = op.operands.get(1..).unwrap_or_default();
    let Some(parent) = walk.parent(op) else { return walk.write(op, &op.operands) };
    let around = walk.module.op(parent);
    let arguments = walk.module.region_arguments(around, 1);
    if is(walk, parent, Control::While) && arguments.len() == given.len() {
        walk.pairwise(given, arguments);
        walk.pairwise(given, &around.results);
    } else {
        walk.into_hub(parent, given);
    }
}

/// `scf.yield` and the like.
fn give(walk: &mut Walk<'_>, op: &Op) {
    let Some(parent) = walk.parent(op) else { return walk.write(op, &op.operands) };
    let around = walk.module.op(parent);
    let first = walk.module.region_arguments(around, 0);
    if is(walk, parent, Control::For) && first.len() == op.operands.len() + 1 {
        walk.pairwise(&op.operands, &first[1..]);
        walk.pairwise(&op.operands, &around.results);
    } else if is(walk, parent, Control::While) && first.len() == op.operands.len() {
        walk.pairwise(&op.operands, first);
    } else if is(walk, parent, Control::If) {
        walk.pairwise(&op.operands, &around.results);
    } else {
        walk.into_hub(parent, &op.operands);
    }
}

/// Whether it is such an operation, of the shape that was expected.
fn is(walk: &Walk<'_>, op: OpId, control: Control) -> bool {
    effect(&walk.module.op(op).name) == Effect::Control(control) && !walk.coarse.contains(&op)
}

fn through_hub(walk: &mut Walk<'_>, id: OpId, values: &[ValueId]) {
    walk.coarse.insert(id);
    walk.into_hub(id, values);
}

/// `tt.call`: into the function's arguments, and what it returns into the results.
fn call(walk: &mut Walk<'_>, op: &Op) {
    match walk.callee(op) {
        Some((function, parameters)) => {
            walk.pairwise(&op.operands, parameters);
            for (place, result) in op.results.iter().enumerate() {
                let returned = walk.returned(function, place);
                walk.graph.flow(returned, result.0);
            }
        }
        None => walk.write(op, &op.operands),
    }
}

/// Values that are given to blocks of the same region.
pub(super) fn to_blocks(walk: &mut Walk<'_>, op: &Op, writes: bool) {
    for successor in &op.successors {
        let arguments = &walk.module.block(successor.block).arguments;
        if writes {
            walk.write(op, &successor.arguments);
        }
        if successor.arguments.len() == arguments.len() {
            walk.pairwise(&successor.arguments, arguments);
        } else if op.syntax == Syntax::Generic && successor.arguments.is_empty() {
            // Which operand goes where isn't known.
            let all = walk.graph.node();
            op.operands.iter().for_each(|value| walk.graph.flow(value.0, all));
            arguments.iter().for_each(|argument| walk.graph.flow(all, argument.0));
        } else {
            walk.write(op, &successor.arguments);
        }
    }
}
