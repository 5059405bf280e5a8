//! Quotients, remainders, extremes and products of forms, simplified where that is exact.

use super::{Atom, FormId, Space, Way};
use crate::uniform::Uniform;

impl Space {
    pub(crate) fn product(&mut self, a: FormId, b: FormId) -> FormId {
        match (self.as_uniform(a), self.as_uniform(b)) {
            (_, Some(by)) => self.scale(a, by),
            (Some(by), _) => self.scale(b, by),
            _ => {
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                let atom = self.add_atom(Atom::Product(a, b));
                self.of_atom(atom)
            }
        }
    }

    /// Rounded toward zero; the divisor is positive, which is a duty.
    pub(crate) fn quotient(&mut self, of: FormId, by: FormId) -> FormId {
        if let (Some(of), Some(by)) = (self.as_uniform(of), self.as_uniform(by)) {
            let quotient = self.uniforms.div(of, by);
            return self.of_uniform(quotient);
        }
        if let Some((whole, _)) = self.split(of, by) {
            return whole;
        }
        let atom = self.add_atom(Atom::Quotient { of, by });
        self.of_atom(atom)
    }

    /// What the quotient leaves.
    pub(crate) fn remainder(&mut self, of: FormId, by: FormId) -> FormId {
        if let (Some(of), Some(by)) = (self.as_uniform(of), self.as_uniform(by)) {
            let rest = self.uniforms.rem(of, by);
            return self.of_uniform(rest);
        }
        if let Some((_, rest)) = self.split(of, by) {
            return rest;
        }
        let atom = self.add_atom(Atom::Remainder { of, by });
        self.of_atom(atom)
    }

    /// Quotient and remainder where the one is made of multiples of the divisor and the other lies below it.
    fn split(&mut self, of: FormId, by: FormId) -> Option<(FormId, FormId)> {
        let divisor = self.as_uniform(by)?;
        let by_one = self.uniforms.as_number(divisor) == Some(1);
        if self.uniforms.interval(divisor).lo < 1 || !by_one && self.span(of).lo < 0 {
            return None;
        }
        let form = self.form(of);
        let (mut whole, mut rest) = (self.number(0), self.number(0));
        for &(atom, factor) in &form.terms {
            let atom = self.of_atom(atom);
            match self.uniforms.ratio(factor, divisor) {
                Some(ratio) => whole = self.add_times(whole, atom, ratio),
                None => rest = self.add_times(rest, atom, factor),
            }
        }
        match self.uniforms.ratio(form.constant, divisor) {
            Some(ratio) => {
                let ratio = self.of_uniform(ratio);
                whole = self.add(whole, ratio);
            }
            None => {
                let constant = self.of_uniform(form.constant);
                rest = self.add(rest, constant);
            }
        }
        let room = self.sub(by, rest);
        (self.span(rest).lo >= 0 && self.span(room).lo >= 1).then_some((whole, rest))
    }

    pub(crate) fn min_of(&mut self, a: FormId, b: FormId) -> FormId {
        self.extreme(a, b, Atom::Min, |space, a, b| space.uniforms.min(a, b), true)
    }

    pub(crate) fn max_of(&mut self, a: FormId, b: FormId) -> FormId {
        self.extreme(a, b, Atom::Max, |space, a, b| space.uniforms.max(a, b), false)
    }

    fn extreme(
        &mut self,
        a: FormId,
        b: FormId,
        atom: fn(FormId, FormId) -> Atom,
        uniform: fn(&mut Self, Uniform, Uniform) -> Uniform,
        smaller: bool,
    ) -> FormId {
        if let (Some(a), Some(b)) = (self.as_uniform(a), self.as_uniform(b)) {
            let extreme = uniform(self, a, b);
            return self.of_uniform(extreme);
        }
        let difference = self.sub(a, b);
        let span = self.span(difference);
        if span.hi <= 0 {
            return if smaller { a } else { b };
        }
        if span.lo >= 0 {
            return if smaller { b } else { a };
        }
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        let atom = self.add_atom(atom(a, b));
        self.of_atom(atom)
    }

    /// `x & (2ⁿ − 1)`, of any number.
    pub(crate) fn low_bits(&mut self, of: FormId, ones: i128) -> FormId {
        if self.span(of).lo >= 0 {
            let by = self.number(ones.saturating_add(1));
            return self.remainder(of, by);
        }
        let atom = self.add_atom(Atom::LowBits { of, ones });
        self.of_atom(atom)
    }

    /// `or` (`'o'`) or `xor` (`'x'`) of numbers that aren't negative, which is a duty.
    pub(crate) fn bits(&mut self, operation: char, a: FormId, b: FormId) -> FormId {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        let atom = self.add_atom(Atom::Bits { operation, a, b });
        self.of_atom(atom)
    }

    /// One of several values.
    pub(crate) fn join(&mut self, ways: Vec<Way>) -> FormId {
        match &ways[..] {
            [first, rest @ ..] if rest.iter().all(|way| way.value == first.value) => first.value,
            _ => {
                let atom = self.add_atom(Atom::Join(ways.into()));
                self.of_atom(atom)
            }
        }
    }

    /// Iterations of a loop from `first` to below `limit`.
    pub(crate) fn trips(&mut self, first: FormId, limit: FormId, step: Uniform) -> FormId {
        let length = self.sub(limit, first);
        if let Some(length) = self.as_uniform(length) {
            let rounded = self.uniforms.add(length, step);
            let rounded = self.uniforms.add_number(rounded, -1);
            let trips = self.uniforms.floor(rounded, step);
            let zero = self.uniforms.number(0);
            let trips = self.uniforms.max(trips, zero);
            return self.of_uniform(trips);
        }
        let atom = self.add_atom(Atom::Trips { first, limit, step });
        self.of_atom(atom)
    }
}
