//! Flow through loops, branches, calls and regions.

use super::graph::Node;
use super::operands::Operands;
use super::ops::{Control, Effect};
use super::walk::{Frame, Walk};

pub(super) fn flow<'a>(
    walk: &mut Walk<'_, 'a>,
    op: usize,
    control: Control,
    uses: &[Node],
    operands: &Operands<'a>,
    frame: &Frame<'a>,
) {
    match control {
        Control::For => for_loop(walk, op, uses),
        Control::While => while_loop(walk, op, uses),
        // The condition carries no address; what comes out is what the branches yield.
        Control::If => {}
        Control::Condition => condition(walk, op, uses, frame),
        Control::Yield => give(walk, op, uses, frame),
        Control::Return => match frame.op {
            Some(function) if walk.effect(function) == Effect::Control(Control::Function) => {
                for (place, &value) in (0..).zip(uses) {
                    let returned = walk.returned(function, place);
                    walk.graph.flow(value, returned);
                }
            }
            _ => walk.write(op, uses),
        },
        Control::Call => call(walk, op, uses),
        Control::Branch => to_blocks(walk, op, uses, operands, frame, false),
        Control::Region => through_hub(walk, op, uses),
        Control::WarpSpecialize => warp_specialize(walk, op, uses),
        Control::Partitions => {
            through_hub(walk, op, uses);
            if let Some(captured) = frame.op.and_then(|parent| captured(walk, parent)) {
                into_hub(walk, op, &[captured]);
            }
        }
        Control::Function => {}
    }
}

/// `scf.for`: operands are the bounds, the step and what the loop carries; the body's first argument is the counter.
fn for_loop(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node]) {
    let args = walk.args(op, 0);
    let one_region = walk.tree.ops[op].regions.len() == 1;
    match (uses, &args[..]) {
        ([low, high, step, carried @ ..], [counter, inner @ ..]) if one_region && carried.len() == inner.len() => {
            [low, high, step].into_iter().for_each(|&value| walk.graph.flow(value, *counter));
            for (place, (&value, &arg)) in (0..).zip(carried.iter().zip(inner)) {
                walk.graph.flow(value, arg);
                let result = walk.result(op, place);
                walk.graph.flow(value, result);
            }
        }
        _ => through_hub(walk, op, uses),
    }
}

/// `scf.while`: the condition's region gets what the loop carries, and gives to the body what its `scf.condition` says.
fn while_loop(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node]) {
    let args = walk.args(op, 0);
    if walk.tree.ops[op].regions.len() == 2 && args.len() == uses.len() {
        uses.iter().zip(args.iter()).for_each(|(&value, &arg)| walk.graph.flow(value, arg));
    } else {
        through_hub(walk, op, uses);
    }
}

/// Each partition's arguments are the operands.
fn warp_specialize(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node]) {
    walk.captured.insert(op, (uses.to_vec(), None));
    let mut other = false;
    for region in 1..walk.tree.ops[op].regions.len() {
        let args = walk.args(op, region);
        if args.len() == uses.len() {
            uses.iter().zip(args.iter()).for_each(|(&value, &arg)| walk.graph.flow(value, arg));
        } else {
            other |= !args.is_empty();
        }
    }
    if other {
        through_hub(walk, op, uses);
    }
}

/// What partitions in an operation of their own get.
fn captured(walk: &mut Walk<'_, '_>, op: usize) -> Option<Node> {
    let (values, node) = walk.captured.get_mut(&op)?;
    if node.is_none() {
        let all = walk.graph.node();
        values.iter().for_each(|&value| walk.graph.flow(value, all));
        *node = Some(all);
    }
    *node
}

fn condition(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node], frame: &Frame<'_>) {
    let given = uses.get(1..).unwrap_or_default();
    match frame.op {
        Some(parent) if is(walk, parent, Control::While) && walk.args(parent, 1).len() == given.len() => {
            let args = walk.args(parent, 1);
            for (place, (&value, &arg)) in (0..).zip(given.iter().zip(args.iter())) {
                walk.graph.flow(value, arg);
                let result = walk.result(parent, place);
                walk.graph.flow(value, result);
            }
        }
        Some(parent) => into_hub(walk, parent, given),
        None => walk.write(op, uses),
    }
}

/// `scf.yield` and the like.
fn give(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node], frame: &Frame<'_>) {
    let Some(parent) = frame.op else { return walk.write(op, uses) };
    let first = walk.args(parent, 0);
    if is(walk, parent, Control::For) && first.len() == uses.len() + 1 {
        for (place, (&value, &arg)) in (0..).zip(uses.iter().zip(&first[1..])) {
            walk.graph.flow(value, arg);
            let result = walk.result(parent, place);
            walk.graph.flow(value, result);
        }
    } else if is(walk, parent, Control::While) && first.len() == uses.len() {
        uses.iter().zip(first.iter()).for_each(|(&value, &arg)| walk.graph.flow(value, arg));
    } else if is(walk, parent, Control::If) {
        for (place, &value) in (0..).zip(uses) {
            let result = walk.result(parent, place);
            walk.graph.flow(value, result);
        }
    } else {
        into_hub(walk, parent, uses);
    }
}

/// Whether it is such an operation, of the shape that was expected.
fn is(walk: &Walk<'_, '_>, op: usize, control: Control) -> bool {
    walk.effect(op) == Effect::Control(control) && !walk.coarse.contains(&op)
}

fn into_hub(walk: &mut Walk<'_, '_>, op: usize, values: &[Node]) {
    let hub = walk.hub(op);
    values.iter().for_each(|&value| walk.graph.flow(value, hub));
}

fn through_hub(walk: &mut Walk<'_, '_>, op: usize, values: &[Node]) {
    walk.coarse.insert(op);
    into_hub(walk, op, values);
}

/// `tt.call`: into the function's arguments. What it returns comes out in `Walk::result`.
fn call(walk: &mut Walk<'_, '_>, op: usize, uses: &[Node]) {
    match walk.calls.get(&op).copied() {
        Some(function) => {
            let params = walk.args(function, 0);
            uses.iter().zip(params.iter()).for_each(|(&value, &param)| walk.graph.flow(value, param));
        }
        None => walk.write(op, uses),
    }
}

/// Values that are given to blocks of the same region.
pub(super) fn to_blocks<'a>(
    walk: &mut Walk<'_, 'a>,
    op: usize,
    uses: &[Node],
    operands: &Operands<'a>,
    frame: &Frame<'a>,
    writes: bool,
) {
    let line = walk.line(op);
    if !operands.successors.is_empty() && walk.is_generic(op) {
        walk.flow_to_results(op, uses);
    }
    for successor in &operands.successors {
        let values: Vec<Node> = successor.values.iter().filter_map(|name| walk.value(name, line)).collect();
        if writes {
            walk.write(op, &values);
        }
        let args = frame.blocks.get(successor.label).cloned().unwrap_or_default();
        if values.len() == args.len() {
            values.iter().zip(args.iter()).for_each(|(&value, &arg)| walk.graph.flow(value, arg));
        } else if walk.is_generic(op) && values.is_empty() {
            // Which operand goes where is in the properties.
            let hub = walk.block_hub(frame.region, successor.label, &args);
            let all = walk.all_results(op);
            walk.graph.flow(all, hub);
        } else {
            walk.write(op, &values);
        }
    }
}
