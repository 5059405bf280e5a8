//! What there is to do for each instruction, found out once.

use smallvec::SmallVec;
use triton_runner_ir::{Attribute, Module, Op};

use super::infinite::of_constant;
use super::slice::Slice;
use crate::finding::{Checks, FindingKind};
use crate::memory::{Memory, Named};
use crate::numbers::format::{Class, Format};
use crate::program::{Code, Instruction, Program};
use crate::trap::Access;
use crate::types::{Kind, Slot, SlotType};
use crate::value::Value;

/// How flags of operands become flags of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// They end here.
    End,
    /// Lane by lane.
    Lanes,
    /// Lane by lane; what is false anyway is false.
    And,
    /// Lane by lane; what is true anyway is true.
    Or,
    /// Only those of the operand that is taken.
    Select,
    /// As lanes move.
    Layout,
    /// Along an axis. A sum takes no notice of 0.
    Reduce {
        axis: usize,
        sum: bool,
    },
    /// Along an axis, from one end to the other.
    Scan {
        axis: usize,
        reverse: bool,
    },
    Dot,
    /// From any lane to any.
    Everywhere,
}

/// Which operands of an access are what.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    pub(super) access: Access,
    /// The pointer, or descriptor and indices.
    pub(super) addresses: SmallVec<[usize; 4]>,
    pub(super) mask: Option<usize>,
    pub(super) values: SmallVec<[usize; 2]>,
    /// A load's, for lanes where its mask is false.
    pub(super) other: Option<usize>,
    pub(super) descriptor: bool,
}

/// 32-bit integers that may wrap on the way to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wraps {
    Add,
    Subtract,
    Multiply,
    ShiftLeft,
}

/// What there is to do for an instruction.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) flow: Flow,
    pub(super) roles: Option<Box<Roles>>,
    pub(super) wraps: Option<Wraps>,
    /// A division, of signed numbers or not.
    pub(super) divides: Option<bool>,
    /// Its results are floating-point numbers, and whether NaN may be born here.
    pub(super) float: Option<bool>,
}

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
    /// Flags of constants and arguments.
    pub(super) initial: Vec<(Slot, u8)>,
    /// Buffers that programs may write to.
    pub(super) written: Vec<bool>,
    /// Programs whose accesses are kept.
    pub(super) recorded: &'r [[u32; 3]],
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
    ) -> Self {
        let addresses = Slice::to_addresses(program);
        let steps = program.code.iter().map(|instruction| step(program, checks, instruction, &addresses)).collect();
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
            initial,
            written: written(program, memory, given),
            recorded,
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

fn step(program: &Program, checks: Checks, instruction: &Instruction, addresses: &Slice) -> Step {
    let nothing = Step { flow: Flow::End, roles: None, wraps: None, divides: None, float: None };
    let Code::Compute(_) = &instruction.code else { return nothing };
    let op = program.module.op(instruction.origin);
    let Some(result) = instruction.results.first() else {
        return Step { roles: roles(op), ..nothing };
    };
    let ty = |slot: &Slot| program.slots.get(*slot as usize);
    let format = ty(result).map_or(Format::I64, SlotType::format);
    let reaches = || instruction.results.iter().any(|slot| addresses.contains(*slot));
    let wraps = match &*op.name {
        "arith.addi" => Some(Wraps::Add),
        "arith.subi" => Some(Wraps::Subtract),
        "arith.muli" => Some(Wraps::Multiply),
        "arith.shli" => Some(Wraps::ShiftLeft),
        _ => None,
    };
    let wraps = wraps.filter(|_| checks.contains(FindingKind::Overflow) && format == Format::I32 && reaches());
    let divides = match &*op.name {
        "arith.divsi" | "arith.remsi" | "arith.floordivsi" | "arith.ceildivsi" => Some(true),
        "arith.divui" | "arith.remui" | "arith.ceildivui" => Some(false),
        _ => None,
    };
    let is_float = matches!(format.class(), Class::F32 | Class::F64);
    let passes = matches!(&*op.name, "arith.bitcast" | "tt.bitcast" | "arith.select" | "arith.constant");
    let roles = roles(op);
    let bears = roles.is_none() && !passes && !matches!(flow(program, op, instruction), Flow::Layout);
    Step {
        flow: flow(program, op, instruction),
        wraps,
        divides: divides.filter(|_| checks.contains(FindingKind::Division)),
        float: (is_float && checks.contains(FindingKind::Nan)).then_some(bears),
        roles,
    }
}

fn flow(program: &Program, op: &Op, instruction: &Instruction) -> Flow {
    let int = |name: &str| op.attribute(name).and_then(Attribute::as_i64).and_then(|axis| usize::try_from(axis).ok());
    let is_truth = |slot: &Slot| program.slots.get(*slot as usize).is_some_and(|ty| ty.format() == Format::I1);
    let truths = instruction.results.iter().all(is_truth);
    match &*op.name {
        "arith.andi" if truths => Flow::And,
        "arith.ori" if truths => Flow::Or,
        "arith.select" => Flow::Select,
        "tt.splat" | "tt.unsplat" | "tt.broadcast" | "tt.expand_dims" | "tt.trans" | "tt.reshape" | "tt.join"
        | "tt.split" | "tt.cat" => Flow::Layout,
        "tt.reduce" => Flow::Reduce { axis: int("axis").unwrap_or(0), sum: is_sum(&program.module, op) },
        "tt.scan" => Flow::Scan {
            axis: int("axis").unwrap_or(0),
            reverse: op.attribute("reverse").and_then(Attribute::as_bool) == Some(true),
        },
        "tt.dot" => Flow::Dot,
        "tt.make_range" | "tt.get_program_id" | "tt.get_num_programs" | "arith.constant" => Flow::End,
        "tt.addptr" => Flow::Lanes,
        name if name.starts_with("arith.") || name.starts_with("math.") => Flow::Lanes,
        _ => {
            // Whatever has operands and results of one shape works lane by lane.
            let shape = |slot: &Slot| program.slots.get(*slot as usize).map(|ty| &ty.shape);
            let mut shapes = instruction.operands.iter().chain(&instruction.results).map(shape);
            let first = shapes.next();
            if shapes.all(|shape| Some(shape) == first) && op.name != "tt.gather" {
                Flow::Lanes
            } else {
                Flow::Everywhere
            }
        }
    }
}

/// Whether its region is a sum.
fn is_sum(module: &Module, op: &Op) -> bool {
    let [region] = op.regions[..] else { return false };
    let [block] = module.region(region).blocks[..] else { return false };
    let [first, _] = module.block(block).ops[..] else { return false };
    matches!(&*module.op(first).name, "arith.addf" | "arith.addi")
}

fn roles(op: &Op) -> Option<Box<Roles>> {
    let group = |purpose: &str| {
        let mut start = 0;
        for (name, values) in op.groups() {
            let end = start + values.len();
            if name == purpose {
                return start..end;
            }
            start = end;
        }
        0..0
    };
    let count = op.operands.len();
    let optional = |place: usize| (place < count).then_some(place);
    let first = SmallVec::from_slice(&[0]);
    let roles = match &*op.name {
        "tt.load" => Roles {
            access: Access::Load,
            addresses: first,
            mask: optional(1),
            values: SmallVec::new(),
            other: optional(2),
            descriptor: false,
        },
        "tt.store" => Roles {
            access: Access::Store,
            addresses: first,
            mask: optional(2),
            values: SmallVec::from_slice(&[1]),
            other: None,
            descriptor: false,
        },
        "tt.atomic_rmw" | "tt.atomic_cas" | "tt.atomic_load" | "tt.atomic_store" => Roles {
            access: Access::Atomic,
            addresses: first,
            mask: group("mask").next(),
            values: group("val").chain(group("cmp")).chain(group("value")).collect(),
            other: None,
            descriptor: false,
        },
        name if name.contains("descriptor_") => {
            let source = group("src");
            let access = match name {
                _ if name.ends_with("_load") || name.ends_with("_gather") => Access::Load,
                _ if name.ends_with("_reduce") => Access::Atomic,
                _ if name.ends_with("_store") || name.ends_with("_scatter") => Access::Store,
                _ => return None,
            };
            Roles {
                access,
                addresses: (0..count).filter(|place| !source.contains(place)).collect(),
                mask: None,
                values: source.collect(),
                other: None,
                descriptor: true,
            }
        }
        _ => return None,
    };
    Some(Box::new(roles))
}
