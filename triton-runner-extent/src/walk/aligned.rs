//! Lanes as compilers see them: which of them they take for neighbours in memory.

use triton_runner_ir::Op;

use crate::check::Kind;
use crate::reason::Cause;
use crate::space::{Atom, FormId};
use crate::value::{Address, Base};

use super::Walk;

impl Walk<'_> {
    /// Makes it a condition that an access starts at a multiple of its element's size, where that isn't plain: a GPU stops
    /// where it doesn't.
    pub(super) fn starts_at_elements(&mut self, op: &Op, address: &Address, bytes: i128) {
        if self.quiet > 0 || bytes <= 1 {
            return;
        }
        for way in &address.ways {
            let Base::Argument(place) = way.base else { continue };
            let promised = self.arguments.get(place).map_or(1, |argument| i128::from(argument.divisible_by));
            let own = self.elements.get(place).copied().flatten().unwrap_or(1);
            let starts = own % bytes == 0 || promised % bytes == 0;
            if starts && self.is_plain_multiple(way.offset, bytes) {
                continue;
            }
            if !starts || !self.is_multiple(op, way.offset, bytes, None, Kind::Misaligned) {
                let reason = self.lost(way.offset).unwrap_or_else(|| self.reason(Cause::Alignment, op));
                self.lost.insert((Some(place), reason));
            }
        }
    }

    /// Whether all that a form is made of are multiples of a number, whatever a launch passes.
    fn is_plain_multiple(&self, form: FormId, by: i128) -> bool {
        let form = self.space.form(form);
        let parts = form.terms.iter().map(|(_, factor)| *factor).chain([form.constant]);
        parts.into_iter().all(|part| self.space.uniforms.content(part).is_multiple_of(by.unsigned_abs()))
    }

    fn has_lanes(&self, form: FormId) -> bool {
        self.space.form(form).terms.iter().any(|&(atom, _)| match &*self.space.atom(atom) {
            Atom::Lane { .. } => true,
            Atom::Opaque { .. } => false,
            other => other.parts().into_iter().any(|part| self.has_lanes(part)),
        })
    }

    /// Whether compilers may find that lanes count up by one from a multiple of 2 or more. Of such a number they take
    /// quotients and remainders for equal, and for counting up, between multiples of the divisor, which they aren't where
    /// it is negative: −512 % 512 is 0 and −511 % 512 is −511.
    pub(super) fn may_be_aligned(&self, form: FormId) -> bool {
        let form = self.space.form(form);
        // What an author promises of a value of the kernel's own may make anything even.
        let mut ops = self.module.ops();
        let is_promised = ops.any(|(_, op)| op.attribute("tt.divisibility").is_some());
        let is_even =
            |place: u32| is_promised || self.arguments.get(place as usize).is_none_or(|one| one.divisible_by % 2 == 0);
        let mut counts_up = false;
        for &(atom, factor) in &form.terms {
            let is_one = self.space.uniforms.as_number(factor) == Some(1);
            let is_odd = self.space.uniforms.has_odd_term(factor, is_even);
            match &*self.space.atom(atom) {
                Atom::Lane { .. } if is_one => counts_up = true,
                Atom::Program(_) | Atom::Counter { .. } | Atom::Endless { .. } | Atom::Opaque { .. }
                    if is_odd && !is_promised =>
                {
                    return false;
                }
                Atom::Lane { .. } | Atom::Opaque { .. } => {}
                // One of several may count up, as long as all do.
                other => counts_up |= other.parts().into_iter().any(|part| self.has_lanes(part)),
            }
        }
        counts_up && !self.space.uniforms.has_odd_term(form.constant, is_even)
    }
}
