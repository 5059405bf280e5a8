//! Which numbers needn't be looked at to know that none is NaN or infinite: what is computed of them tells it, or they
//! were computed of such.

use std::collections::{HashMap, HashSet};

use triton_runner_ir::{Module, Op};

use crate::numbers::format::Format;
use crate::program::{Code, Instruction, Program};
use crate::types::Slot;

/// What is known of an instruction's results, which are floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finite {
    /// Whether NaN may be born here.
    pub(super) bears: bool,
    /// Of finite operands they are finite.
    pub(super) keeps: bool,
    /// A bit for each operand of which the lanes that aren't finite are the same ones in the result.
    pub(super) carried: u64,
    /// A later instruction, before others see what the program does, whose result isn't finite unless these are.
    pub(super) told: Option<usize>,
    /// This is such an instruction for others.
    pub(super) tells: bool,
}

impl Finite {
    /// Of an instruction where NaN may be born or not, which goes lane by lane or not.
    pub(super) fn of(program: &Program, op: &Op, instruction: &Instruction, bears: bool, by_lanes: bool) -> Self {
        let places = (0..instruction.operands.len().min(64)).filter(|_| by_lanes);
        let carried = places.filter(|place| carries(program, op, instruction, *place)).map(|place| 1 << place).sum();
        Self { bears, keeps: keeps(program, op, instruction), carried, told: None, tells: false }
    }
}

/// Whether finite operands give finite results, and no lane is NaN or infinite that wasn't so before.
fn keeps(program: &Program, op: &Op, instruction: &Instruction) -> bool {
    match &*op.name {
        "arith.extf" | "arith.select" | "arith.negf" | "math.absf" | "math.floor" | "math.ceil" | "math.tanh"
        | "math.erf" | "arith.maxnumf" | "arith.minnumf" | "arith.maximumf" | "arith.minimumf" | "tt.clampf" => true,
        "arith.sitofp" | "arith.uitofp" => matches!(result(program, instruction), Format::F32 | Format::F64),
        "tt.reduce" => {
            let word = combiner(&program.module, op);
            matches!(word, Some("arith.maxnumf" | "arith.minnumf" | "arith.maximumf" | "arith.minimumf"))
        }
        "tt.splat" | "tt.unsplat" | "tt.broadcast" | "tt.expand_dims" | "tt.trans" | "tt.reshape" | "tt.join"
        | "tt.split" | "tt.cat" => true,
        _ => false,
    }
}

/// Whether a result isn't finite where this operand isn't.
fn carries(program: &Program, op: &Op, instruction: &Instruction, place: usize) -> bool {
    match &*op.name {
        // Sums with a product in them too.
        "arith.addf" | "arith.subf" | "arith.mulf" | "math.fma" | "arith.negf" | "math.absf" | "math.sqrt"
        | "tt.precise_sqrt" | "math.log" | "math.log2" | "math.sin" | "math.cos" | "math.floor" | "math.ceil"
        | "arith.extf" => true,
        "arith.divf" | "tt.precise_divf" => place == 0,
        // To fp8 an infinity becomes the largest number.
        "arith.truncf" | "tt.fp_to_fp" => {
            matches!(result(program, instruction), Format::F16 | Format::Bf16 | Format::F32 | Format::F64)
        }
        "tt.splat" | "tt.broadcast" | "tt.expand_dims" | "tt.trans" | "tt.reshape" | "tt.join" | "tt.cat" => true,
        "tt.dot" => true,
        "tt.reduce" => combiner(&program.module, op) == Some("arith.addf"),
        _ => false,
    }
}

fn result(program: &Program, instruction: &Instruction) -> Format {
    let slot = instruction.results.first().and_then(|slot| program.slots.get(*slot as usize));
    slot.map_or(Format::I64, |ty| ty.format())
}

/// The operation by which a reduction combines two numbers, where it is just that.
fn combiner<'m>(module: &'m Module, op: &Op) -> Option<&'m str> {
    let [region] = op.regions[..] else { return None };
    let [block] = module.region(region).blocks[..] else { return None };
    let block = module.block(block);
    let [first, last] = block.ops[..] else { return None };
    let (first, last) = (module.op(first), module.op(last));
    let arguments = &block.arguments[..];
    (arguments.len() == 2 && first.operands[..] == *arguments && last.operands == first.results).then_some(&*first.name)
}

/// Finds the results that others tell of: in a run of instructions of which all are executed, and nobody sees what the
/// program does before the last.
pub(super) fn mark_told(program: &Program, mut floats: Vec<Option<&mut Finite>>) {
    let targets: HashSet<usize> = program.code.iter().filter_map(|instruction| target(&instruction.code)).collect();
    let mut told: HashMap<Slot, usize> = HashMap::new();
    for (at, instruction) in program.code.iter().enumerate().rev() {
        match &instruction.code {
            Code::Compute(operation) if !operation.acts() => {}
            Code::Drop => {}
            _ => told.clear(),
        }
        if let Some(finite) = floats.get_mut(at).and_then(Option::as_deref_mut) {
            finite.told = match instruction.results[..] {
                [slot] => told.get(&slot).copied(),
                _ => None,
            };
            if finite.told.is_some() || !finite.keeps {
                let by = finite.told.unwrap_or(at);
                let op = program.module.op(instruction.origin);
                let carried = instruction.operands.iter().enumerate();
                for (_, slot) in carried.filter(|(place, _)| carries(program, op, instruction, *place)) {
                    told.insert(*slot, by);
                    finite.tells = finite.told.is_none();
                }
            }
        }
        // Whoever comes from elsewhere has computed nothing of what is in front.
        if targets.contains(&at) {
            told.clear();
        }
    }
}

/// Where an instruction may go on.
fn target(code: &Code) -> Option<usize> {
    match code {
        Code::Jump(to) | Code::Repeat(to) | Code::Unless(to) => Some(*to),
        Code::Head { exit, .. } => Some(*exit),
        Code::Next { head, .. } => Some(*head),
        _ => None,
    }
}
