//! What there is to do for an instruction.

use triton_runner_ir::{Attribute, Module, Op};

use super::finite::Finite;
use super::roles::{Roles, roles};
use super::slice::Slice;
use crate::finding::{Checks, FindingKind};
use crate::numbers::format::{Class, Format};
use crate::program::{Code, Instruction, Program};
use crate::types::{Kind, Slot, SlotType};

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
    /// Two lanes along an axis change places.
    Swap {
        axis: usize,
    },
    /// Lanes that are counted, all together.
    Histogram,
    /// From lanes of the first operand, which the second one picks along an axis.
    Gather {
        axis: usize,
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

/// Where integers on the way to an address may come to be others than what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wraps {
    Add,
    Subtract,
    Multiply,
    ShiftLeft,
    /// An absolute value: the least number has none.
    Absolute,
    /// 64 bits to 32.
    Cut,
    /// A floating-point number to an integer.
    Round,
    /// In the region of a reduction or a scan, which is a sum or not.
    Together {
        sum: bool,
    },
}

/// What becomes of a number that wrapped, in an operation on integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shadow {
    /// Its bits are mixed: nothing is wrong with the result.
    Mixed,
    /// The operation is done once more in 64 bits, to see whether it makes a difference.
    Again { unsigned: bool },
}

/// What there is to do for an instruction.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) flow: Flow,
    pub(super) roles: Option<Box<Roles>>,
    pub(super) wraps: Option<Wraps>,
    /// What becomes of numbers that wrapped.
    pub(super) shadow: Option<Shadow>,
    /// A division, of signed numbers or not.
    pub(super) divides: Option<bool>,
    /// Its results are floating-point numbers.
    pub(super) float: Option<Finite>,
    /// It takes so long, or says so much, that its operands are kept until it is known whether NaN was born.
    pub(super) holds: bool,
}

impl Step {
    /// Whether something may begin here that goes wrong, or memory is accessed.
    pub(super) fn begins(&self) -> bool {
        let picks = matches!(self.flow, Flow::Gather { .. });
        self.roles.is_some() || self.wraps.is_some() || self.divides.is_some() || picks
    }
}

/// Which instruction computes each value.
pub(super) struct Definitions<'p> {
    program: &'p Program,
    by: Vec<Option<usize>>,
}

impl<'p> Definitions<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let mut by = vec![None; program.slots.len()];
        for (at, instruction) in program.code.iter().enumerate() {
            for slot in instruction.results.iter().filter(|_| matches!(instruction.code, Code::Compute(_))) {
                if let Some(place) = by.get_mut(*slot as usize) {
                    *place = Some(at);
                }
            }
        }
        Self { program, by }
    }

    /// The instruction that computes a value, before it was given its shape.
    fn behind(&self, mut slot: Slot) -> Option<(&'p Instruction, &'p Op)> {
        // No value has as many shapes.
        for _ in 0..16 {
            let instruction = self.program.code.get((*self.by.get(slot as usize)?)?)?;
            let op = self.program.module.op(instruction.origin);
            if !matches!(&*op.name, "tt.splat" | "tt.broadcast" | "tt.expand_dims" | "tt.reshape") {
                return Some((instruction, op));
            }
            slot = *instruction.operands.first()?;
        }
        None
    }

    /// A constant that is the same in all lanes.
    fn constant(&self, slot: Slot) -> Option<i64> {
        let constant = self.program.constants.iter().find(|(other, _)| *other == slot);
        constant.and_then(|(_, constant)| constant.value().as_int())
    }

    /// The axis along which an xor with both of two neighbours leaves the other one: so `tl.flip` and `tl.sort` swap.
    fn swapped(&self, instruction: &Instruction) -> Option<usize> {
        let [a, b] = instruction.operands[..] else { return None };
        [(a, b), (b, a)].into_iter().find_map(|(kept, both)| {
            let (reduce, op) = self.behind(both)?;
            let axis = axis(op);
            let shape = &self.program.slots.get(kept as usize)?.shape;
            let is_pair = reduce.operands[..] == [kept] && shape.get(axis) == Some(&2);
            (is_pair && op.name == "tt.reduce" && combines(&self.program.module, op) == Some("arith.xori"))
                .then_some(axis)
        })
    }
}

fn axis(op: &Op) -> usize {
    let axis = op.attribute("axis").and_then(Attribute::as_i64);
    axis.and_then(|axis| usize::try_from(axis).ok()).unwrap_or(0)
}

pub(super) fn step(
    definitions: &Definitions<'_>,
    checks: Checks,
    instruction: &Instruction,
    addresses: &Slice,
) -> Step {
    let program = definitions.program;
    let nothing =
        Step { flow: Flow::End, roles: None, wraps: None, shadow: None, divides: None, float: None, holds: false };
    let Code::Compute(_) = &instruction.code else { return nothing };
    let op = program.module.op(instruction.origin);
    let Some(result) = instruction.results.first() else {
        return Step { roles: roles(op), ..nothing };
    };
    let ty = |slot: &Slot| program.slots.get(*slot as usize);
    let format = ty(result).map_or(Format::I64, SlotType::format);
    let reaches = || instruction.results.iter().any(|slot| addresses.contains(*slot));
    let is_followed = checks.contains(FindingKind::Overflow) && reaches();
    let flow = flow(definitions, op, instruction);
    let divides = match &*op.name {
        "arith.divsi" | "arith.remsi" | "arith.floordivsi" | "arith.ceildivsi" => Some(true),
        "arith.divui" | "arith.remui" | "arith.ceildivui" => Some(false),
        _ => None,
    };
    let is_float = matches!(format.class(), Class::F32 | Class::F64);
    let passes = matches!(&*op.name, "arith.bitcast" | "tt.bitcast" | "arith.select" | "arith.constant");
    let roles = roles(op);
    let bears = roles.is_none() && !passes && !matches!(flow, Flow::Layout);
    let finite = || Finite::of(program, op, instruction, bears, flow == Flow::Lanes);
    Step {
        flow,
        wraps: wraps(program, op, format).filter(|_| is_followed),
        shadow: shadow(definitions, op, instruction, flow).filter(|_| is_followed),
        divides: divides.filter(|_| checks.contains(FindingKind::Division)),
        float: (is_float && checks.contains(FindingKind::Nan)).then(finite),
        holds: op.name.starts_with("math.")
            || matches!(&*op.name, "arith.divf" | "arith.truncf" | "tt.fp_to_fp" | "tt.extern_elementwise"),
        roles,
    }
}

fn wraps(program: &Program, op: &Op, format: Format) -> Option<Wraps> {
    match &*op.name {
        "math.absi" if format.class() == Class::I32 => Some(Wraps::Absolute),
        // Bytes are cut out on purpose.
        "arith.trunci" if format == Format::I32 => Some(Wraps::Cut),
        "arith.fptosi" | "arith.fptoui" if format == Format::I32 => Some(Wraps::Round),
        "tt.reduce" | "tt.scan" => {
            let sum = combines(&program.module, op) == Some("arith.addi");
            region(&program.module, op).any(|op| Wraps::of(&op.name).is_some()).then_some(Wraps::Together { sum })
        }
        name if format.class() == Class::I32 => Wraps::of(name),
        _ => None,
    }
}

/// Operations in the region of a reduction or a scan.
fn region<'m>(module: &'m Module, op: &'m Op) -> impl Iterator<Item = &'m Op> {
    let blocks = op.regions.iter().flat_map(|region| &module.region(*region).blocks);
    blocks.flat_map(|block| &module.block(*block).ops).map(|op| module.op(*op))
}

/// Which integers mean the same in 64 bits, and which operations mix bits.
fn shadow(definitions: &Definitions<'_>, op: &Op, instruction: &Instruction, flow: Flow) -> Option<Shadow> {
    let program = definitions.program;
    let is_integer = |slot: &Slot| {
        program.slots.get(*slot as usize).is_some_and(
            |ty| matches!(ty.kind, Kind::Number(format) if !matches!(format.class(), Class::F32 | Class::F64)),
        )
    };
    let format =
        |slots: &[Slot]| slots.first().and_then(|slot| program.slots.get(*slot as usize)).map(SlotType::format);
    if !instruction.results.iter().all(is_integer) {
        // As a floating-point number of the same bits, or a random one of all that there are without a sign.
        return matches!(&*op.name, "arith.bitcast" | "tt.bitcast" | "arith.uitofp").then_some(Shadow::Mixed);
    }
    let (from, to) = (format(&instruction.operands)?, format(&instruction.results)?);
    let predicate = || op.attribute("predicate").and_then(Attribute::as_keyword).unwrap_or_default();
    let again = Some(Shadow::Again { unsigned: false });
    // Bytes are seldom numbers with a sign, and those of less than 32 bits are no sizes.
    let unsigned = Some(if from == Format::I32 { Shadow::Again { unsigned: true } } else { Shadow::Mixed });
    match &*op.name {
        // A truth that came out otherwise stays a fault, unless another one decides.
        "arith.andi" | "arith.ori" | "arith.xori" if to == Format::I1 || matches!(flow, Flow::Swap { .. }) => None,
        "arith.xori" if stays_a_place(definitions, instruction) => again,
        // A rotation.
        "arith.ori" if instruction.operands.iter().any(|slot| is_by(definitions, *slot, "arith.shrui")) => {
            Some(Shadow::Mixed)
        }
        "arith.xori" | "arith.shrui" | "arith.remui" | "tt.mulhiui" => Some(Shadow::Mixed),
        "arith.trunci" if matches!(to, Format::I1 | Format::I8 | Format::I16) => Some(Shadow::Mixed),
        "arith.cmpi" if predicate().starts_with('u') => unsigned,
        "arith.extui" | "arith.index_castui" | "arith.divui" | "arith.ceildivui" | "arith.minui" | "arith.maxui" => {
            unsigned
        }
        "tt.reduce" | "tt.scan" => {
            let is_plain = region(&program.module, op).all(|op| match &*op.name {
                "arith.cmpi" => {
                    op.attribute("predicate").and_then(Attribute::as_keyword).is_some_and(|word| !word.starts_with('u'))
                }
                "tt.reduce.return" | "tt.scan.return" => true,
                name => is_plain(name),
            });
            is_plain.then_some(Shadow::Again { unsigned: false })
        }
        "arith.cmpi" | "tt.gather" => again,
        name if is_plain(name) => again,
        _ if flow == Flow::Layout => again,
        _ => None,
    }
}

/// Operations on signed integers that mean the same in 64 bits.
fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "arith.addi"
            | "arith.subi"
            | "arith.muli"
            | "arith.shli"
            | "arith.shrsi"
            | "arith.divsi"
            | "arith.remsi"
            | "arith.floordivsi"
            | "arith.ceildivsi"
            | "arith.minsi"
            | "arith.maxsi"
            | "arith.andi"
            | "arith.ori"
            | "arith.select"
            | "arith.extsi"
            | "arith.trunci"
            | "arith.index_cast"
            | "arith.bitcast"
            | "tt.bitcast"
            | "math.absi"
    )
}

fn is_by(definitions: &Definitions<'_>, slot: Slot, name: &str) -> bool {
    definitions.behind(slot).is_some_and(|(_, op)| op.name == name)
}

/// An xor that mixes no bits: with -1, or with a number of few bits, as where rows of a tile are shuffled.
fn stays_a_place(definitions: &Definitions<'_>, instruction: &Instruction) -> bool {
    instruction.operands.iter().any(|slot| {
        definitions.constant(*slot) == Some(-1)
            || ["arith.andi", "arith.remsi", "arith.remui"].iter().any(|name| is_by(definitions, *slot, name))
    })
}

fn flow(definitions: &Definitions<'_>, op: &Op, instruction: &Instruction) -> Flow {
    let program = definitions.program;
    let is_truth = |slot: &Slot| program.slots.get(*slot as usize).is_some_and(|ty| ty.format() == Format::I1);
    let truths = instruction.results.iter().all(is_truth);
    match &*op.name {
        "arith.andi" if truths => Flow::And,
        "arith.ori" if truths => Flow::Or,
        "arith.xori" => definitions.swapped(instruction).map_or(Flow::Lanes, |axis| Flow::Swap { axis }),
        "arith.select" => Flow::Select,
        "tt.splat" | "tt.unsplat" | "tt.broadcast" | "tt.expand_dims" | "tt.trans" | "tt.reshape" | "tt.join"
        | "tt.split" | "tt.cat" => Flow::Layout,
        "tt.reduce" => {
            let sum = matches!(combines(&program.module, op), Some("arith.addf" | "arith.addi"));
            Flow::Reduce { axis: axis(op), sum }
        }
        "tt.scan" => {
            Flow::Scan { axis: axis(op), reverse: op.attribute("reverse").and_then(Attribute::as_bool) == Some(true) }
        }
        "tt.dot" => Flow::Dot,
        "tt.histogram" => Flow::Histogram,
        "tt.gather" => Flow::Gather { axis: axis(op) },
        "tt.make_range" | "tt.get_program_id" | "tt.get_num_programs" | "arith.constant" => Flow::End,
        "tt.addptr" => Flow::Lanes,
        name if name.starts_with("arith.") || name.starts_with("math.") => Flow::Lanes,
        _ => {
            // Whatever has operands and results of one shape works lane by lane.
            let shape = |slot: &Slot| program.slots.get(*slot as usize).map(|ty| &ty.shape);
            let mut shapes = instruction.operands.iter().chain(&instruction.results).map(shape);
            let first = shapes.next();
            if shapes.all(|shape| Some(shape) == first) { Flow::Lanes } else { Flow::Everywhere }
        }
    }
}

/// The one operation that a region consists of.
fn combines<'m>(module: &'m Module, op: &'m Op) -> Option<&'m str> {
    let [region] = op.regions[..] else { return None };
    let [block] = module.region(region).blocks[..] else { return None };
    let [first, _] = module.block(block).ops[..] else { return None };
    Some(&module.op(first).name)
}
