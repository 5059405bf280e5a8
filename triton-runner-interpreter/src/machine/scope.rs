//! What an operation knows of its operands and results beside their values.

use crate::numbers::format::Format;
use crate::program::{Instruction, Slot, SlotType};
use crate::value::axes;

/// Types and shapes of an instruction's operands and results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'p> {
    slots: &'p [SlotType],
    instruction: &'p Instruction,
    /// In a region that combines elements, which are scalars in the IR: how many are combined at once.
    together: Option<[usize; 1]>,
}

impl<'p> Scope<'p> {
    pub(crate) fn new(slots: &'p [SlotType], instruction: &'p Instruction) -> Self {
        Self { slots, instruction, together: None }
    }

    pub(crate) fn with_lanes(slots: &'p [SlotType], instruction: &'p Instruction, lanes: usize) -> Self {
        Self { slots, instruction, together: Some([lanes]) }
    }

    fn slot(&self, slots: &[Slot], place: usize) -> Option<&'p SlotType> {
        self.slots.get(*slots.get(place)? as usize)
    }

    /// An operand's shape.
    pub(crate) fn shape(&self, operand: usize) -> &[usize] {
        match &self.together {
            Some(lanes) => lanes,
            None => self.slot(&self.instruction.operands, operand).map_or(&[], |slot| &slot.shape),
        }
    }

    /// A result's shape.
    pub(crate) fn result_shape(&self, result: usize) -> &[usize] {
        match &self.together {
            Some(lanes) => lanes,
            None => self.slot(&self.instruction.results, result).map_or(&[], |slot| &slot.shape),
        }
    }

    /// How lanes of an operand are represented.
    pub(crate) fn format(&self, operand: usize) -> Format {
        self.slot(&self.instruction.operands, operand).map_or(Format::I64, SlotType::format)
    }

    /// How lanes of a result are represented.
    pub(crate) fn result_format(&self, result: usize) -> Format {
        self.slot(&self.instruction.results, result).map_or(Format::I64, SlotType::format)
    }

    /// An operand's type.
    pub(crate) fn ty(&self, operand: usize) -> Option<&'p SlotType> {
        self.slot(&self.instruction.operands, operand)
    }

    /// The instruction itself.
    pub(crate) fn instruction(&self) -> &'p Instruction {
        self.instruction
    }

    /// Lanes of the largest of operands and results: what the instruction costs.
    pub(crate) fn lanes(&self) -> usize {
        let operand = self.slot(&self.instruction.operands, 0).map_or(1, |slot| axes::lanes(&slot.shape));
        let result = self.slot(&self.instruction.results, 0).map_or(1, |slot| axes::lanes(&slot.shape));
        operand.max(result)
    }
}
