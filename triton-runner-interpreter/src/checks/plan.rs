//! What there is to do for each instruction, found out once.

use triton_runner_ir::Op;

use super::finite::mark_told;
use super::infinite::of_constant;
use super::slice::Slice;
use super::step::{Definitions, Step, step};
use crate::finding::{Checks, FindingKind};
use crate::memory::{Memory, Named};
use crate::numbers::format::Format;
use crate::ops::{Operation, Placed};
use crate::program::{Code, Instruction, Program};
use crate::scope::Scope;
use crate::types::{Kind, Slot, SlotType};
use crate::value::Value;

/// A launch as checkers see it.
#[derive(Debug)]
pub(crate) struct Plan<'r, 'a> {
    pub(super) program: &'r Program,
    pub(super) memory: &'r Memory<'a>,
    pub(super) names: &'r [Option<Named>],
    pub(super) checks: Checks,
    pub(super) steps: Vec<Step>,
    /// Types of flags: those of the values, with truth values as lanes.
    pub(super) slots: Vec<SlotType>,
    /// Types of values with room for what was meant.
    pub(super) wide: Vec<SlotType>,
    /// Flags of constants and arguments.
    pub(super) initial: Vec<(Slot, u8)>,
    /// Buffers that programs may write to.
    pub(super) written: Vec<bool>,
    /// Programs whose accesses are kept.
    pub(super) recorded: &'r [[u32; 3]],
    /// Every program is watched closely.
    pub(super) closely: bool,
}

impl<'r, 'a> Plan<'r, 'a> {
    /// For a launch with these buffers; `given` has what arguments are.
    pub(crate) fn new(
        program: &'r Program,
        memory: &'r Memory<'a>,
        names: &'r [Option<Named>],
        checks: Checks,
        given: &[(Slot, Value)],
        recorded: &'r [[u32; 3]],
        closely: bool,
    ) -> Self {
        let (addresses, definitions) = (Slice::to_addresses(program), Definitions::of(program));
        let steps = program.code.iter().map(|instruction| step(&definitions, checks, instruction, &addresses));
        let mut steps: Vec<Step> = steps.collect();
        mark_told(program, steps.iter_mut().map(|step| step.float.as_mut()).collect());
        let slots = program.slots.iter();
        let slots = slots.map(|ty| SlotType { shape: ty.shape.clone(), kind: Kind::Number(Format::I1) }).collect();
        let constants = program.constants.iter().map(|(slot, constant)| (*slot, constant.value()));
        let initial = constants.chain(given.iter().cloned()).map(|(slot, value)| (slot, of_constant(&value)));
        let initial = initial.filter(|(_, flags)| *flags != 0 && checks.contains(FindingKind::Nan)).collect();
        Self {
            program,
            memory,
            names,
            checks,
            steps,
            slots,
            wide: if checks.contains(FindingKind::Overflow) { wide(&program.slots) } else { Vec::new() },
            initial,
            written: written(program, memory, given),
            recorded,
            closely,
        }
    }

    pub(super) fn op(&self, at: usize) -> Option<&'r Op> {
        self.program.code.get(at).map(|instruction| self.program.module.op(instruction.origin))
    }

    /// File and line of Python, or the line of the IR.
    pub(super) fn line(&self, at: usize) -> String {
        let Some(instruction) = self.program.code.get(at) else { return String::new() };
        match crate::program::python(&self.program.module, instruction.origin) {
            Some((file, line)) => format!("{file}:{line}"),
            None => format!("line {} of the IR", self.program.module.op(instruction.origin).line),
        }
    }

    /// The lanes of a store by a descriptor.
    pub(super) fn placed(&self, instruction: &Instruction, operands: &[Value]) -> Option<Placed> {
        let Code::Compute(Operation::Memory(memory)) = &instruction.code else { return None };
        memory.placed(&Scope::new(&self.program.slots, &instruction.operands, &instruction.results), operands)
    }

    /// An element's place, in words: `element 3 of `x``, with argument and element apart.
    pub(super) fn element(&self, buffer: usize, offset: i64) -> (Option<String>, i64, String) {
        match self.names.get(buffer).and_then(Option::as_ref) {
            Some(Named { name, format }) => {
                let element = offset.div_euclid(format.bytes() as i64);
                (Some(name.clone()), element, format!("element {element} of `{name}`"))
            }
            None => (None, offset, format!("byte {offset} of buffer {buffer}")),
        }
    }
}

/// Types of values with room for what was meant.
fn wide(slots: &[SlotType]) -> Vec<SlotType> {
    let wide = |ty: &SlotType| {
        let kind = match ty.kind {
            Kind::Number(Format::I8 | Format::I16 | Format::I32) => Kind::Number(Format::I64),
            ref other => other.clone(),
        };
        SlotType { shape: ty.shape.clone(), kind }
    };
    slots.iter().map(wide).collect()
}

/// Buffers that a pointer which is written through may have come from; all, where such a pointer was loaded or made of a
/// number.
fn written(program: &Program, memory: &Memory<'_>, given: &[(Slot, Value)]) -> Vec<bool> {
    let slice = Slice::to_writes(program);
    let mut written = vec![slice.through_memory; memory.count()];
    for (slot, value) in given.iter().filter(|(slot, _)| slice.contains(*slot)) {
        let is_pointer = program.slots.get(*slot as usize).is_some_and(|ty| ty.pointee().is_some());
        let address = match value {
            Value::Descriptor(descriptor) => Some(descriptor.base),
            value => value.as_int().filter(|_| is_pointer),
        };
        if let Some((buffer, _)) = address.and_then(|address| memory.locate(address))
            && let Some(written) = written.get_mut(buffer)
        {
            *written = true;
        }
    }
    written
}
