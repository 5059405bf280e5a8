//! What an operation knows of its operands and results beside their values.

use crate::numbers::format::Format;
use crate::trap::{Outcome, Trap};
use crate::types::{Slot, SlotType};
use crate::value::{Value, Values};

/// Types and shapes of an instruction's operands and results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'p> {
    slots: &'p [SlotType],
    operands: &'p [Slot],
    results: &'p [Slot],
    /// In a region that combines elements, which are scalars in the IR: how many are combined at once.
    together: Option<[usize; 1]>,
}

impl<'p> Scope<'p> {
    pub(crate) fn new(slots: &'p [SlotType], operands: &'p [Slot], results: &'p [Slot]) -> Self {
        Self { slots, operands, results, together: None }
    }

    /// Of scalars, so many at once.
    pub(crate) fn with_lanes(self, lanes: usize) -> Self {
        Self { together: Some([lanes]), ..self }
    }

    fn slot(&self, slots: &[Slot], place: usize) -> Option<&'p SlotType> {
        self.slots.get(*slots.get(place)? as usize)
    }

    /// An operand's shape.
    pub(crate) fn shape(&self, operand: usize) -> &[usize] {
        match &self.together {
            Some(lanes) => lanes,
            None => self.slot(self.operands, operand).map_or(&[], |slot| &slot.shape),
        }
    }

    /// A result's shape.
    pub(crate) fn result_shape(&self, result: usize) -> &[usize] {
        match &self.together {
            Some(lanes) => lanes,
            None => self.slot(self.results, result).map_or(&[], |slot| &slot.shape),
        }
    }

    /// How lanes of an operand are represented.
    pub(crate) fn format(&self, operand: usize) -> Format {
        self.slot(self.operands, operand).map_or(Format::I64, SlotType::format)
    }

    /// How lanes of a result are represented.
    pub(crate) fn result_format(&self, result: usize) -> Format {
        self.slot(self.results, result).map_or(Format::I64, SlotType::format)
    }

    /// An operand's type.
    pub(crate) fn ty(&self, operand: usize) -> Option<&'p SlotType> {
        self.slot(self.operands, operand)
    }

    /// How many results there are.
    pub(crate) fn results(&self) -> usize {
        self.results.len()
    }
}

/// An operand that must be there.
pub(crate) fn need(operands: &mut Values, place: usize) -> Outcome<Value> {
    operands.get_mut(place).map(std::mem::take).ok_or_else(|| Trap::form(place))
}
