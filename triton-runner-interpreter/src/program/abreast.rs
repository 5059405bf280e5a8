//! Programs side by side: where a kernel works element by element, several neighbours of the grid are one program whose
//! tensors have one more axis. What each instruction costs by itself is then paid once for all of them.

use super::instruction::{Code, Instruction};
use crate::ops::{Constant, Operation};
use crate::types::{Slot, SlotType};
use crate::value::axes::lanes;

/// Lanes that are worked on at once: a few tensors of that size stay in the processor's second cache.
const LANES: usize = 1 << 15;
/// Programs that are run at once.
const MOST: usize = 32;

/// A kernel's programs side by side: the same instructions.
#[derive(Debug)]
pub(crate) struct Abreast {
    /// How many are one.
    pub(crate) count: usize,
    /// Types of their values, which have an axis for the programs in front.
    pub(crate) slots: Vec<SlotType>,
    /// What one of them costs.
    pub(crate) steps: u64,
}

impl Abreast {
    /// `None` where the programs are large, or do more than to load, to compute lane by lane and at last to store: no
    /// program may see that others are not done, and what fails must not have changed anything.
    pub(super) fn of(code: &[Instruction], slots: &[SlotType], constants: &[(Slot, Constant)]) -> Option<Self> {
        let largest = slots.iter().map(|slot| lanes(&slot.shape)).max()?;
        let count = (LANES / largest.max(1)).min(MOST);
        let (end, body) = code.split_last()?;
        let (last, before) = body.split_last()?;
        let computes =
            |code: &Code, f: fn(&Operation) -> bool| matches!(code, Code::Compute(operation) if f(operation));
        let fits = count > 1
            && matches!(end.code, Code::End)
            && computes(&last.code, Operation::is_store)
            && before.iter().all(|instruction| computes(&instruction.code, Operation::goes_abreast))
            && constants.iter().all(|(_, constant)| constant.is_splat());
        let widened = |slot: &SlotType| {
            let mut slot = slot.clone();
            slot.shape.insert(0, count);
            slot
        };
        let steps = || code.iter().map(|instruction| 1 + u64::from(instruction.cost)).sum();
        fits.then(|| Self { count, slots: slots.iter().map(widened).collect(), steps: steps() })
    }
}
