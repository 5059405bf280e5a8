//! Instructions: what an operation of the IR comes to, with its operands' places.

use smallvec::SmallVec;
use triton_runner_ir::OpId;

use crate::ops;
use crate::types::{Slot, SlotType};
use crate::value::axes;

/// One step of a program.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    pub(crate) code: Code,
    pub(crate) operands: SmallVec<[Slot; 4]>,
    /// A bit for each operand that nothing uses afterwards, so that it may change in place.
    pub(crate) dying: u64,
    pub(crate) results: SmallVec<[Slot; 2]>,
    /// Its results are the same in every program, and stay where they are once they are known.
    pub(crate) once: bool,
    /// Lanes that it works on, in units of [`LANES_PER_STEP`].
    pub(crate) cost: u32,
    /// The operation it comes from.
    pub(crate) origin: OpId,
}

/// Lanes that cost as much as one instruction.
const LANES_PER_STEP: usize = 64;

impl Instruction {
    /// Whose operands and results are in these slots. `dying` has a bit for each operand.
    pub(crate) fn new(
        code: Code,
        operands: &[Slot],
        dying: u64,
        results: &[Slot],
        types: &[SlotType],
        origin: OpId,
    ) -> Self {
        let first = |slots: &[Slot]| slots.first().and_then(|slot| types.get(*slot as usize));
        let lanes = [first(operands), first(results)].into_iter().flatten().map(|ty| axes::lanes(&ty.shape)).max();
        let cost = (lanes.unwrap_or(1) / LANES_PER_STEP) as u32;
        Self { code, operands: operands.into(), dying, results: results.into(), once: false, cost, origin }
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    /// Goes on there.
    Jump(usize),
    /// Goes on there, and that is backwards, with no bound: another program may be waited for.
    Repeat(usize),
    /// Goes on there if the operand is false.
    Unless(usize),
    /// A counted loop's head: with the counter, its end and its step. Goes to `exit` when it is over, else gives the counter.
    Head { exit: usize, unsigned: bool },
    /// Adds a counted loop's step to its counter, and goes to the head.
    Next { head: usize, bits: u32, unsigned: bool },
    /// Each operand into its result, all at once.
    Move,
    /// Forgets the operands.
    Drop,
    /// The program is over.
    End,
    /// Computes.
    Compute(ops::Operation),
}
