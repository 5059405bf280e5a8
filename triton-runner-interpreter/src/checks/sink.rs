//! Where flags get too far: into memory, addresses, masks and branches.

use super::found::{Found, Said, Who};
use super::marks::{ABSORBED, BORN, Birth, DIVIDED, Mark, Marks, UNDEFINED, WRAPPED, lane_word};
use super::plan::Plan;
use super::roles::Roles;
use crate::finding::{FindingKind, Level};
use crate::program::Instruction;
use crate::trap::Access;
use crate::value::Value;

/// What a marked value is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Address,
    Mask,
    Value,
    Branch,
    /// The number of a lane that is picked.
    Pick,
}

impl Use {
    /// Flags that must not get here.
    fn flags(self) -> u8 {
        match self {
            Self::Address | Self::Mask => UNDEFINED | ABSORBED | WRAPPED | DIVIDED,
            Self::Value => UNDEFINED | ABSORBED | DIVIDED | BORN,
            Self::Branch => UNDEFINED | ABSORBED | WRAPPED | DIVIDED,
            // Lanes that have no value are told where the result goes.
            Self::Pick => WRAPPED | DIVIDED,
        }
    }
}

/// An instruction of a program that uses marked values.
pub(super) struct Sink<'s, 'r, 'a> {
    pub(super) plan: &'s Plan<'r, 'a>,
    pub(super) who: Who,
    pub(super) at: usize,
    pub(super) instruction: &'r Instruction,
    pub(super) marks: &'s Marks,
    pub(super) found: &'s mut Found,
}

impl Sink<'_, '_, '_> {
    fn mark(&self, operand: usize) -> Option<&Mark> {
        self.marks.get(*self.instruction.operands.get(operand)?)
    }

    fn shape(&self, operand: usize) -> &[usize] {
        let slot = self.instruction.operands.get(operand);
        slot.and_then(|slot| self.plan.program.slots.get(*slot as usize)).map_or(&[], |ty| &ty.shape)
    }

    /// An access with these operands.
    pub(super) fn access(&mut self, roles: &Roles, operands: &[Value]) {
        let used = roles.addresses.iter().map(|place| (*place, Use::Address));
        let used = used.chain(roles.mask.map(|place| (place, Use::Mask)));
        let used: Vec<_> = used.chain(roles.values.iter().map(|place| (*place, Use::Value))).collect();
        for (operand, what) in used {
            let Some(mark) = self.mark(operand).filter(|mark| mark.any() & what.flags() != 0).cloned() else {
                continue;
            };
            let shape = self.shape(operand).to_vec();
            let active = match what {
                Use::Mask | Use::Branch | Use::Pick => None,
                _ if roles.descriptor => inside(self.plan, self.instruction, operands, &shape),
                _ => roles.mask.and_then(|mask| Some(operands.get(mask)?.clone().into_bits(&shape)?.to_vec(&shape))),
            };
            let flags = mark.to_vec(&shape);
            // As a rule all lanes that have one are off.
            let reach = match &active {
                Some(active) => flags.iter().zip(active).fold(0, |all, (flags, on)| all | (flags * on)),
                None => mark.any(),
            };
            let reach = reach & what.flags();
            for flag in [UNDEFINED, ABSORBED, WRAPPED, DIVIDED, BORN].into_iter().filter(|flag| flag & reach != 0) {
                let is_active = |lane: usize| active.as_ref().is_none_or(|active| active.get(lane) == Some(&1));
                let lane = flags.iter().enumerate().position(|(lane, flags)| flags & flag != 0 && is_active(lane));
                if let Some(lane) = lane {
                    self.tell(&mark, flag, what, Some((roles, operands, &shape, lane)));
                }
            }
        }
    }

    /// What comes next depends on these operands.
    pub(super) fn branch(&mut self) {
        (0..self.instruction.operands.len()).for_each(|operand| self.whole(operand, Use::Branch));
    }

    /// Which lanes are picked depends on the second operand.
    pub(super) fn picks(&mut self) {
        self.whole(1, Use::Pick);
    }

    /// Any lane of an operand.
    fn whole(&mut self, operand: usize, what: Use) {
        let Some(mark) = self.mark(operand).cloned() else { return };
        let flags = mark.any() & what.flags();
        for flag in [UNDEFINED, ABSORBED, WRAPPED, DIVIDED].into_iter().filter(|flag| flags & flag != 0) {
            self.tell(&mark, flag, what, None);
        }
    }

    fn tell(&mut self, mark: &Mark, flag: u8, what: Use, access: Option<(&Roles, &[Value], &[usize], usize)>) {
        let Some(birth) = self.marks.birth(mark, flag) else { return };
        let (kind, level) = match flag {
            UNDEFINED => (FindingKind::Undefined, Level::Error),
            ABSORBED => (FindingKind::Undefined, Level::Warning),
            WRAPPED => (FindingKind::Overflow, Level::Error),
            DIVIDED => (FindingKind::Division, Level::Error),
            _ => (FindingKind::Nan, Level::Error),
        };
        if !self.plan.checks.contains(kind) {
            return;
        }
        let (plan, at, instruction) = (self.plan, self.at, self.instruction);
        self.found.add((kind, at, birth.at), self.who, || {
            let (place, element) =
                access.map_or((None, String::new()), |access| element(plan, instruction, access, what));
            let does = match (what, access.map(|(roles, ..)| roles.access)) {
                (Use::Pick, _) => "picks lanes by numbers that depend on".to_owned(),
                (Use::Branch, _) | (_, None) => "what is executed next depends on".to_owned(),
                (Use::Mask, _) => "its mask depends on".to_owned(),
                (Use::Address, Some(Access::Load)) => format!("loads {element}, an address that depends on"),
                (Use::Address, Some(Access::Store)) => format!("stores to {element}, an address that depends on"),
                (Use::Address, Some(Access::Atomic)) => format!("changes {element}, an address that depends on"),
                (Use::Value, Some(Access::Atomic)) => format!("changes {element} by"),
                (Use::Value, _) => format!("stores to {element}"),
            };
            Said { at, level, place, message: format!("{does} {}", begun(plan, birth, flag)) }
        });
    }
}

/// Lanes of a descriptor's block that lie inside its tensor; `None` where it has none.
fn inside(plan: &Plan<'_, '_>, instruction: &Instruction, operands: &[Value], shape: &[usize]) -> Option<Vec<u8>> {
    let lanes = plan.placed(instruction, operands)?;
    let mask = lanes.mask.into_bits(&lanes.shape)?.to_vec(&lanes.shape);
    (mask.len() == shape.iter().product::<usize>()).then_some(mask)
}

/// The element that a lane accesses.
fn element(
    plan: &Plan<'_, '_>,
    instruction: &Instruction,
    (roles, operands, shape, lane): (&Roles, &[Value], &[usize], usize),
    what: Use,
) -> (Option<(Option<String>, i64)>, String) {
    let nowhere = (None, "memory".to_owned());
    if what == Use::Mask {
        return nowhere;
    }
    if let (Use::Address, Some(Value::Descriptor(descriptor))) = (what, operands.first()) {
        let base = plan.memory.locate(descriptor.base);
        let name = base.and_then(|(buffer, _)| plan.names.get(buffer)?.as_ref()).map(|named| &named.name);
        return (None, name.map_or(nowhere.1, |name| format!("a block of `{name}`")));
    }
    let pointers = match roles.descriptor {
        // The same lanes, in row-major order.
        true => plan
            .placed(instruction, operands)
            .and_then(|lanes| Some(lanes.pointers.into_i64(&lanes.shape)?.to_vec(&lanes.shape))),
        false => operands.first().cloned().and_then(|pointers| Some(pointers.into_i64(shape)?.to_vec(shape))),
    };
    let address = pointers.and_then(|pointers| pointers.get(lane).copied());
    match address.and_then(|address| plan.memory.locate(address)) {
        Some((buffer, offset)) => {
            let (argument, element, text) = plan.element(buffer, offset);
            (Some((argument, element)), text)
        }
        None => nowhere,
    }
}

/// Where a flag began.
fn begun(plan: &Plan<'_, '_>, birth: &Birth, flag: u8) -> String {
    let line = plan.line(birth.at);
    let name = plan.op(birth.at).map_or("", |op| &*op.name);
    let lane = lane_word(&birth.index);
    let in_lane = if lane.is_empty() { String::new() } else { format!(" in {lane}") };
    match flag {
        UNDEFINED if name == "tt.gather" => {
            format!("a lane without a value: `tl.gather` at {line} picks {}{in_lane}", birth.text)
        }
        UNDEFINED if name.starts_with("tt.atomic") => format!(
            "a lane without a value: the mask of the atomic operation at {line} is false{in_lane}, and what it gives there isn't said"
        ),
        UNDEFINED => format!(
            "a lane without a value: the mask of the load at {line} is false{in_lane}, and it has no `other`. NVIDIA GPUs load 0 there, and nothing promises that"
        ),
        ABSORBED => format!(
            "a sum that takes in lanes without a value: the mask of the load at {line} is false{in_lane}, and it has no `other`. NVIDIA GPUs load 0 there, which changes no sum; nothing promises that"
        ),
        WRAPPED => format!("a number that wrapped at {line}{in_lane}: {}", birth.text),
        DIVIDED => format!("a quotient that isn't defined, at {line}{in_lane}: {}", birth.text),
        _ => {
            let operands = plan.program.code.get(birth.at).map_or(0, |instruction| instruction.operands.len());
            // Of operands that weren't kept only what the result says.
            let of = match (name, birth.text.as_str(), operands) {
                ("arith.addf" | "arith.subf", "NaN", 2) if birth.of.is_empty() => " of two infinities",
                ("arith.mulf", "NaN", 2) if birth.of.is_empty() => " of 0 and an infinity",
                _ => &birth.of,
            };
            format!("what comes of {}, born at {line} (`{name}`{of}{in_lane})", birth.text)
        }
    }
}
