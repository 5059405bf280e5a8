//! The lowest and the highest value of a form where a context holds.
//!
//! Sums of atoms that the context bounds as a whole are taken as a whole; each atom that is left goes to its own end.

mod atom;
mod digits;
mod table;

use crate::space::{AtomId, ContextId, End, FormId, Space};
use crate::uniform::{Interval, Uniform};

impl Space {
    /// The lowest and the highest value. Where no program, lane and iteration is in the context they say nothing: that is
    /// what `guard` tells.
    pub(crate) fn bounds(&mut self, form: FormId, context: ContextId) -> (End, End) {
        if let Some(&known) = self.known.bounds.get(&(form, context)) {
            return known;
        }
        let facts = self.facts(form);
        let wider = self.within(context, facts);
        let plain = self.box_bounds(form, wider);
        let ends = self.substituted(form, wider, plain);
        self.known.bounds.insert((form, context), ends);
        ends
    }

    /// Each group and each atom at its own end.
    fn box_bounds(&mut self, form: FormId, context: ContextId) -> (End, End) {
        let table = self.table(context);
        let form = self.form(form);
        let mut rest = form.terms.to_vec();
        let mut sum = (End::Known(form.constant), End::Known(form.constant));
        for group in &table.groups {
            if let Some(factor) = self.factor_of(&group.terms, &rest) {
                rest.retain(|(atom, _)| !group.terms.iter().any(|(other, _)| other == atom));
                let scaled = self.times(group.ends, factor);
                sum = self.plus(sum, scaled);
            }
        }
        for group in &table.groups {
            if let Some((factor, part)) = self.part_in(&group.terms, &rest) {
                rest.retain(|(atom, _)| !part.contains(atom));
                let ends = self.part_of_group(group, &part);
                let scaled = self.times(ends, factor);
                sum = self.plus(sum, scaled);
            }
        }
        while let Some((atom, factor)) = rest.pop() {
            if let Some((other, pair)) = self.pair(atom, factor, &rest, context) {
                rest.remove(other);
                sum = self.plus(sum, pair);
                continue;
            }
            let range = self.range(atom, context);
            let scaled = self.times(range, factor);
            sum = self.plus(sum, scaled);
        }
        sum
    }

    /// How often a group is in a sum as a whole.
    fn factor_of(&mut self, group: &[(AtomId, Uniform)], sum: &[(AtomId, Uniform)]) -> Option<Uniform> {
        let mut factor = None;
        for &(atom, of_group) in group {
            let &(_, of_sum) = sum.iter().find(|(other, _)| *other == atom)?;
            let ratio = self.uniforms.ratio(of_sum, of_group)?;
            if *factor.get_or_insert(ratio) != ratio {
                return None;
            }
        }
        factor
    }

    /// How often some atoms of a group, at least two, are in a sum.
    fn part_in(&mut self, group: &[(AtomId, Uniform)], sum: &[(AtomId, Uniform)]) -> Option<(Uniform, Vec<AtomId>)> {
        let (mut factor, mut part) = (None, Vec::new());
        for &(atom, of_group) in group {
            let Some(&(_, of_sum)) = sum.iter().find(|(other, _)| *other == atom) else { continue };
            let Some(ratio) = self.uniforms.ratio(of_sum, of_group) else { continue };
            if *factor.get_or_insert(ratio) == ratio {
                part.push(atom);
            }
        }
        (part.len() > 1).then_some((factor?, part))
    }

    /// What one substitution gives where an end is lost: with G ≤ 0 no value of F is above F − λ·G for λ ≥ 0.
    fn substituted(&mut self, form: FormId, context: ContextId, (lo, hi): (End, End)) -> (End, End) {
        if lo.known().is_some() && hi.known().is_some() {
            return (lo, hi);
        }
        let minus = self.uniforms.number(-1);
        let negative = self.scale(form, minus);
        let lo = match lo {
            End::Lost(_) => match self.substituted_above(negative, context) {
                Some(above) => End::Known(self.uniforms.neg(above)),
                None => lo,
            },
            End::Known(_) => lo,
        };
        let hi = match hi {
            End::Lost(_) => self.substituted_above(form, context).map_or(hi, End::Known),
            End::Known(_) => hi,
        };
        (lo, hi)
    }

    fn substituted_above(&mut self, form: FormId, context: ContextId) -> Option<Uniform> {
        let constraints = self.context(context);
        let terms = self.form(form);
        for &constraint in constraints.iter() {
            let of_constraint = self.form(constraint);
            for &(atom, by) in &of_constraint.terms {
                let Some(&(_, of)) = terms.terms.iter().find(|(other, _)| *other == atom) else { continue };
                let Some(factor) = self.uniforms.ratio(of, by) else { continue };
                if self.uniforms.interval(factor).lo < 0 {
                    continue;
                }
                let less = self.uniforms.neg(factor);
                let without = self.add_times(form, constraint, less);
                if let (_, End::Known(above)) = self.box_bounds(without, context) {
                    return Some(above);
                }
            }
        }
        None
    }

    pub(crate) fn plus(&mut self, a: (End, End), b: (End, End)) -> (End, End) {
        let mut add = |a, b| match (a, b) {
            (End::Known(a), End::Known(b)) => End::Known(self.uniforms.add(a, b)),
            (End::Lost(reason), _) | (_, End::Lost(reason)) => End::Lost(reason),
        };
        (add(a.0, b.0), add(a.1, b.1))
    }

    /// Ends of a multiple.
    pub(crate) fn times(&mut self, (lo, hi): (End, End), factor: Uniform) -> (End, End) {
        let scale = |this: &mut Self, end| match end {
            End::Known(end) => End::Known(this.uniforms.mul(end, factor)),
            End::Lost(reason) => End::Lost(reason),
        };
        let (at_lo, at_hi) = (scale(self, lo), scale(self, hi));
        match self.uniforms.interval(factor) {
            Interval { lo: 0.., .. } => (at_lo, at_hi),
            Interval { hi: ..=0, .. } => (at_hi, at_lo),
            _ => (self.lower(at_lo, at_hi), self.upper(at_lo, at_hi)),
        }
    }

    /// The lower of two values, each of which may be taken.
    pub(crate) fn lower(&mut self, a: End, b: End) -> End {
        match (a, b) {
            (End::Known(a), End::Known(b)) => End::Known(self.uniforms.min(a, b)),
            (End::Lost(reason), _) | (_, End::Lost(reason)) => End::Lost(reason),
        }
    }

    /// The higher of two values, each of which may be taken.
    pub(crate) fn upper(&mut self, a: End, b: End) -> End {
        match (a, b) {
            (End::Known(a), End::Known(b)) => End::Known(self.uniforms.max(a, b)),
            (End::Lost(reason), _) | (_, End::Lost(reason)) => End::Lost(reason),
        }
    }

    /// A number that is at least 0 wherever anything is in the context; `None` if there always may be something.
    pub(crate) fn guard(&mut self, context: ContextId) -> Option<Uniform> {
        if let Some(&known) = self.known.guards.get(&context) {
            return known;
        }
        let constraints = self.context(context);
        let mut before = self.everywhere();
        let mut guard: Option<Uniform> = None;
        for &constraint in constraints.iter() {
            if let (End::Known(lowest), _) = self.bounds(constraint, before) {
                let room = self.uniforms.neg(lowest);
                if self.uniforms.interval(room).lo < 0 {
                    guard = Some(guard.map_or(room, |guard| self.uniforms.min(guard, room)));
                }
            }
            before = self.within(before, [constraint]);
        }
        self.known.guards.insert(context, guard);
        guard
    }
}
