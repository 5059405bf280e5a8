//! Integers on the way to an address: where they wrap, and whether that makes a difference.

use super::marks::{Mark, Marks, WRAPPED, either, index};
use super::sink::Sink;
use super::step::{Shadow, Step, Wraps};
use super::wide::{self, Again};
use super::{Checker, source};
use crate::finding::FindingKind;
use crate::program::Instruction;
use crate::value::Value;

impl<'r> Checker<'_, 'r, '_> {
    /// What an instruction does to integers that wrap there, or did before.
    pub(super) fn on_integers(
        &mut self,
        at: usize,
        step: &Step,
        instruction: &'r Instruction,
        operands: &[Value],
        marks: &mut Marks,
    ) {
        let plan = self.plan;
        let shape = self.shape(instruction.results.first());
        let has_wrapped = |slot: &u32| marks.get(*slot).is_some_and(|mark| mark.any() & WRAPPED != 0);
        let has_wrapped = instruction.operands.iter().any(has_wrapped);
        let wrapped = match step.wraps {
            None => None,
            Some(Wraps::Together { sum }) => {
                let shape = self.shape(instruction.operands.first());
                if !has_wrapped && !source::may_wrap(shape, step.flow, sum, operands) {
                    return;
                }
                None
            }
            Some(wraps) => {
                let slot = instruction.results.first();
                let format = slot.and_then(|slot| plan.program.slots.get(*slot as usize)).map(|ty| ty.format());
                format.and_then(|format| wraps.wrapped(marks, at, shape, format, operands))
            }
        };
        if !has_wrapped && wrapped.is_none() && !matches!(step.wraps, Some(Wraps::Together { .. })) {
            return;
        }
        if !self.is_close() {
            self.doubts = true;
            return;
        }
        let again = match step.shadow {
            Some(Shadow::Again { unsigned }) => wide::again(plan, instruction, operands, marks, unsigned),
            _ => None,
        };
        if again.is_some() || step.shadow == Some(Shadow::Mixed) {
            for (place, slot) in instruction.results.iter().enumerate() {
                let shape = self.shape(Some(slot));
                if let Some(pending) = self.pending.get_mut(place) {
                    *pending = pending.take().and_then(|mark| mark.without(shape, WRAPPED));
                }
            }
        }
        match again {
            Some(again) => {
                let from = wrapped.map_or(again.from, |mark| again.from.or(mark.from));
                self.again = Some(Again { from, ..again });
            }
            None if wrapped.is_some() => {
                let before = self.pending.pop().flatten();
                self.pending = vec![either(shape, before, wrapped)];
            }
            None => {}
        }
    }

    /// Results that aren't what was meant.
    pub(super) fn compare(
        &mut self,
        at: usize,
        again: Again,
        instruction: &'r Instruction,
        slots: &[Value],
        marks: &mut Marks,
    ) {
        for (place, (slot, meant)) in instruction.results.iter().zip(again.values).enumerate() {
            let shape = self.shape(Some(slot));
            let unlike = slots.get(*slot as usize).and_then(|value| wide::unlike(shape, value, meant));
            let Some((mark, [first, here, meant])) = unlike else { continue };
            let from = match again.from.get(WRAPPED) {
                0 => marks.bear(WRAPPED, at, || {
                    let text = format!("numbers along an axis come to {meant}, which wraps to {here} in 32 bits");
                    (index(shape, first as usize), text, String::new())
                }),
                _ => again.from,
            };
            if self.pending.len() <= place {
                self.pending.resize_with(place + 1, || None);
            }
            if let Some(pending) = self.pending.get_mut(place) {
                *pending = either(shape, pending.take(), Some(Mark { from, ..mark }));
            }
        }
    }

    /// Lanes that are picked by their numbers.
    pub(super) fn on_gather(
        &mut self,
        at: usize,
        axis: usize,
        instruction: &'r Instruction,
        operands: &[Value],
        marks: &mut Marks,
    ) {
        let (plan, shape) = (self.plan, self.shape(instruction.results.first()));
        let size = self.shape(instruction.operands.first()).get(axis).copied().unwrap_or(1);
        if instruction.operands.get(1).is_some_and(|slot| marks.get(*slot).is_some()) {
            Sink { plan, who: self.who, at, instruction, marks, found: &mut self.found }.picks();
        }
        if self.wants(FindingKind::Undefined)
            && let Some(picks) = operands.get(1)
            && let Some(mark) = source::outside(marks, at, shape, size, picks)
        {
            let before = self.pending.pop().flatten();
            self.pending = vec![either(shape, before, Some(mark))];
        }
    }
}
