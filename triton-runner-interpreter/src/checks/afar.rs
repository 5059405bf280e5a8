//! Programs from afar: whether there may be anything to say. The only flags are those of numbers that aren't finite and
//! rightly so: of constants, arguments and what was loaded. A value has them as a whole.

use super::Checker;
use super::finite::Finite;
use super::infinite::{Count, infinite_lanes};
use super::marks::{INFINITE, Mark, Marks, NAN, Origins};
use super::step::Step;
use crate::program::Instruction;
use crate::value::{Lanes, Value};

impl Checker<'_, '_, '_> {
    /// Any flag of integers and memory is reason to look closer.
    pub(super) fn doubt(&mut self) {
        if !self.is_close() {
            self.doubts |= self.pending.iter().any(Option::is_some);
        }
    }

    /// Lanes that aren't finite of the one operand that has some, where those of the result are the same ones.
    pub(super) fn inherits(
        &self,
        step: &Step,
        instruction: &Instruction,
        operands: &[Value],
        marks: &Marks,
    ) -> Option<Count> {
        let finite = step.float?;
        let mut marked = (0..).zip(&instruction.operands).filter(|(_, slot)| marks.get(**slot).is_some());
        let ((place, slot), None) = (marked.next()?, marked.next()) else { return None };
        let is_carried = place < 64 && finite.carried >> place & 1 == 1;
        let value = operands.get(place).filter(|_| is_carried)?;
        Some(Count::of(value, self.shape(Some(slot))))
    }

    /// An instruction's results.
    pub(super) fn after_from_afar(
        &mut self,
        step: &Step,
        at: usize,
        instruction: &Instruction,
        slots: &[Value],
        marks: &mut Marks,
    ) {
        let is_clean = instruction.operands.iter().all(|slot| marks.get(*slot).is_none());
        let is_known = step.float.is_some_and(|finite| self.is_told(finite) || finite.keeps && is_clean);
        for slot in &instruction.results {
            let value = slots.get(*slot as usize);
            let count = match (step.float, value) {
                (Some(_), Some(value)) if !is_known && is_clean => Count::of_few(value, self.shape(Some(slot))),
                (Some(_), Some(value)) if !is_known => Count::of(value, self.shape(Some(slot))),
                _ => Count::default(),
            };
            if let (Some(finite), 1..) = (step.float, count.infinite) {
                let is_born = finite.bears && !finite.keeps && self.inherited != Some(count);
                // Whoever has told of others, too, has told enough.
                let mistrusted = self.mistrusted.get_mut(at).filter(|_| finite.tells);
                let is_new = mistrusted.is_some_and(|mistrusted| !std::mem::replace(mistrusted, true));
                self.doubts |= is_born || is_new;
            }
            marks.set(*slot, count.mark());
        }
        // What isn't looked at itself is known to be finite at the end alone.
        if instruction.once
            && is_clean
            && (!is_known || step.float.is_none())
            && let Some(settled) = self.settled.get_mut(at)
        {
            *settled = !self.doubts && instruction.results.iter().all(|slot| marks.get(*slot).is_none());
        }
    }

    /// Whether a later instruction tells if a result isn't finite.
    fn is_told(&self, finite: Finite) -> bool {
        finite.told.is_some_and(|by| self.mistrusted.get(by) == Some(&false))
    }

    /// From here on every lane is followed: those that have a flag get it.
    pub(super) fn come_closer(&self, slots: &[Value], marks: &mut Marks) {
        let is_given = |slot: u32| self.plan.initial.iter().any(|(given, _)| *given == slot);
        for (slot, value) in (0..).zip(slots) {
            if marks.get(slot).is_some() && !is_given(slot) {
                let lanes = infinite_lanes(self.shape(Some(&slot)), value);
                marks.set(slot, lanes.map(|lanes| Mark::new(lanes, Origins::default())));
            }
        }
    }
}

impl Count {
    /// A flag of the whole value.
    fn mark(self) -> Option<Mark> {
        let flags = INFINITE | if self.nan > 0 { NAN } else { 0 };
        (self.infinite > 0).then(|| Mark::new(Lanes::Splat(flags), Origins::default()))
    }
}
