//! What integers would be if they never wrapped.
//!
//! A wrap is a fault where it changes what is addressed, masked or decided; it is meant where bits are mixed (xor,
//! unsigned shifts and remainders, high products: hashes, Philox), for there nobody reads a number's size.

use super::marks::{Mark, Marks, Origins, WRAPPED};
use super::plan::Plan;
use super::step::Wraps;
use crate::numbers::Operand;
use crate::numbers::format::{Class, Format};
use crate::ops::{Combiner, Operation};
use crate::program::{Code, Instruction};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::types::{Kind, Slot, SlotType};
use crate::value::{Lanes, Value, Values, map, zip};

/// Results as they were meant.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) values: Values,
    pub(super) from: Origins,
}

/// Does an instruction once more, with what its operands were meant to be; `None` where that isn't known.
pub(super) fn again(
    plan: &Plan<'_, '_>,
    instruction: &Instruction,
    operands: &[Value],
    marks: &Marks,
    unsigned: bool,
) -> Option<Again> {
    let Code::Compute(operation) = &instruction.code else { return None };
    let (mut wide, mut from) = (Values::new(), Origins::default());
    for (slot, value) in instruction.operands.iter().zip(operands) {
        let ty = plan.program.slots.get(*slot as usize)?;
        let mark = marks.get(*slot).filter(|mark| mark.any() & WRAPPED != 0);
        from = mark.map_or(from, |mark| from.or(mark.from));
        wide.push(meant(value, ty, mark, unsigned)?);
    }
    let scope = Scope::new(&plan.wide, &instruction.operands, &instruction.results);
    let name = &*plan.program.module.op(instruction.origin).name;
    Some(Again { values: run(plan, operation, name, &scope, wide).ok()?, from })
}

/// An operand in 64 bits.
fn meant(value: &Value, ty: &SlotType, mark: Option<&Mark>, unsigned: bool) -> Option<Value> {
    let (shape, format) = (&ty.shape[..], ty.format());
    let is_integer =
        matches!(ty.kind, Kind::Number(_)) && matches!(format.class(), Class::I32 | Class::I64 | Class::Mask);
    let Some(mark) = mark else {
        return match value {
            _ if !is_integer || format.class() == Class::Mask => Some(value.clone()),
            Value::Affine(affine) if !unsigned || affine.range(shape).0 >= 0 => Some(value.clone()),
            _ => Some(Value::I64(numbers(value, shape, if unsigned { Some(format) } else { None })?)),
        };
    };
    let meant = mark.meant.as_ref().filter(|_| is_integer)?;
    let here = numbers(value, shape, if unsigned { Some(format) } else { None })?.to_vec(shape);
    let lanes = here.into_iter().zip(mark.to_vec(shape)).zip(meant.to_vec(shape));
    let lanes = lanes.map(|((here, flags), meant)| if flags & WRAPPED == 0 { here } else { meant });
    Some(match format.class() {
        Class::Mask => Value::Bits(Lanes::full(lanes.map(|lane| u8::from(lane != 0)).collect(), shape)),
        _ => Value::I64(Lanes::full(lanes.collect(), shape)),
    })
}

/// Integers and truth values of any width; read without a sign where a format is given.
pub(super) fn numbers(value: &Value, shape: &[usize], unsigned: Option<Format>) -> Option<Lanes<i64>> {
    let bits = unsigned.map_or(64, Format::bits).clamp(1, 64);
    let low = if bits == 64 { -1 } else { (1i64 << bits) - 1 };
    let lanes = match value {
        Value::I32(lanes) => map(shape, lanes, &mut |from, to| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = i64::from(*from));
        }),
        Value::Bits(_) | Value::Region(_) => map(shape, &value.clone().into_bits(shape)?, &mut |from, to| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = i64::from(*from));
        }),
        other => other.clone().into_i64(shape)?,
    };
    Some(match low {
        -1 => lanes,
        _ => map(shape, &lanes, &mut |from, to| to.iter_mut().zip(from).for_each(|(to, from)| *to = from & low)),
    })
}

fn run(plan: &Plan<'_, '_>, operation: &Operation, name: &str, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
    let shape = scope.result_shape(0);
    match (operation, Wraps::of(name)) {
        (Operation::Integer(_), Some(wraps))
            if operands.iter().all(|value| value.clone().into_i64(shape).is_some()) =>
        {
            let mut lanes = operands.into_iter().filter_map(|value| value.into_i64(shape));
            let (a, b) = (lanes.next().ok_or_else(|| Trap::form(0))?, lanes.next().ok_or_else(|| Trap::form(1))?);
            let exact = zip(shape, a, b, &mut |a, b, out: &mut [i64]| match b {
                Operand::All(b) => out.iter_mut().zip(a).for_each(|(out, a)| *out = wraps.exactly(*a, b)),
                Operand::Each(b) => {
                    out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = wraps.exactly(*a, *b));
                }
            });
            Ok(smallvec::smallvec![exact.into()])
        }
        (Operation::Reduce(reduce), _) => {
            reduce.run(scope, operands, &mut |combiner: &Combiner, values, lanes| region(plan, combiner, values, lanes))
        }
        (Operation::Scan(scan), _) => {
            scan.run(scope, operands, &mut |combiner: &Combiner, values, lanes| region(plan, combiner, values, lanes))
        }
        (other, _) => other.run(scope, operands),
    }
}

/// The region of a reduction or a scan.
fn region(plan: &Plan<'_, '_>, combiner: &Combiner, values: Values, lanes: usize) -> Outcome<Values> {
    let mut known: Vec<(Slot, Value)> = combiner.inputs.iter().copied().zip(values).collect();
    let find = |known: &[(Slot, Value)], slot: Slot| {
        let local = known.iter().find(|(other, _)| *other == slot).map(|(_, value)| value.clone());
        let constant = || plan.program.constants.iter().find(|(other, _)| *other == slot).map(|(_, it)| it.value());
        local.or_else(|| {
            let ty = plan.program.slots.get(slot as usize)?;
            meant(&constant()?, ty, None, false)
        })
    };
    for instruction in plan.program.regions.get(combiner.region).into_iter().flatten() {
        let Code::Compute(operation) = &instruction.code else { continue };
        let operands: Option<Values> = instruction.operands.iter().map(|slot| find(&known, *slot)).collect();
        let scope = Scope::new(&plan.wide, &instruction.operands, &instruction.results).with_lanes(lanes);
        let name = &*plan.program.module.op(instruction.origin).name;
        let results = run(plan, operation, name, &scope, operands.ok_or_else(|| Trap::form(0))?)?;
        known.extend(instruction.results.iter().copied().zip(results));
    }
    let outputs: Option<Values> = combiner.outputs.iter().map(|slot| find(&known, *slot)).collect();
    outputs.ok_or_else(|| Trap::form(0))
}

/// Lanes of a result that aren't what was meant, with the first of them: its place, what it is, what it was meant to be.
pub(super) fn unlike(shape: &[usize], value: &Value, meant: Value) -> Option<(Mark, [i64; 3])> {
    let (here, meant) = (numbers(value, shape, None)?, numbers(&meant, shape, None)?);
    let flags = zip(shape, here.clone(), meant.clone(), &mut |a, b, out: &mut [u8]| {
        let flag = |a: i64, b: i64| if a == b { 0 } else { WRAPPED };
        match b {
            Operand::All(b) => out.iter_mut().zip(a).for_each(|(out, a)| *out = flag(*a, b)),
            Operand::Each(b) => out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = flag(*a, *b)),
        }
    });
    let first = flags.to_vec(shape).iter().position(|flags| *flags != 0)?;
    let at = |lanes: &Lanes<i64>| lanes.to_vec(shape).get(first).copied().unwrap_or(0);
    let numbers = [first as i64, at(&here), at(&meant)];
    Some((Mark { lanes: flags, meant: Some(meant), from: Origins::default() }, numbers))
}
