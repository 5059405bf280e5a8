//! Sums of atoms.

use super::{AtomId, FormId, Space};
use crate::space::Atom;
use crate::uniform::{Interval, Uniform};

/// Σ cᵢ · aᵢ + c₀.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    /// In the order of atoms, each once, with factors that aren't 0.
    pub(crate) terms: Box<[(AtomId, Uniform)]>,
    pub(crate) constant: Uniform,
}

impl Space {
    pub(crate) fn add_form(&mut self, terms: Vec<(AtomId, Uniform)>, constant: Uniform) -> FormId {
        self.forms.intern(Form { terms: terms.into(), constant })
    }

    pub(crate) fn of_uniform(&mut self, uniform: Uniform) -> FormId {
        self.add_form(Vec::new(), uniform)
    }

    pub(crate) fn number(&mut self, number: i128) -> FormId {
        let number = self.uniforms.number(number);
        self.of_uniform(number)
    }

    pub(crate) fn of_atom(&mut self, atom: AtomId) -> FormId {
        let (one, zero) = (self.uniforms.number(1), self.uniforms.number(0));
        self.add_form(vec![(atom, one)], zero)
    }

    /// What it is if it is the same for the whole launch.
    pub(crate) fn as_uniform(&self, form: FormId) -> Option<Uniform> {
        let form = self.form(form);
        form.terms.is_empty().then_some(form.constant)
    }

    pub(crate) fn as_number(&self, form: FormId) -> Option<i128> {
        self.uniforms.as_number(self.as_uniform(form)?)
    }

    /// The atom that it is, and nothing else.
    pub(crate) fn as_atom(&self, form: FormId) -> Option<AtomId> {
        let form = self.form(form);
        match *form.terms {
            [(atom, factor)] => {
                let is_plain = self.uniforms.as_number(factor) == Some(1);
                (is_plain && self.uniforms.as_number(form.constant) == Some(0)).then_some(atom)
            }
            _ => None,
        }
    }

    pub(crate) fn add(&mut self, a: FormId, b: FormId) -> FormId {
        let one = self.uniforms.number(1);
        self.add_times(a, b, one)
    }

    pub(crate) fn sub(&mut self, a: FormId, b: FormId) -> FormId {
        let minus = self.uniforms.number(-1);
        self.add_times(a, b, minus)
    }

    pub(crate) fn add_number(&mut self, a: FormId, number: i128) -> FormId {
        let number = self.number(number);
        self.add(a, number)
    }

    pub(crate) fn scale(&mut self, a: FormId, by: Uniform) -> FormId {
        let zero = self.number(0);
        self.add_times(zero, a, by)
    }

    /// `a + b · by`.
    pub(crate) fn add_times(&mut self, a: FormId, b: FormId, by: Uniform) -> FormId {
        let (a, b) = (self.form(a), self.form(b));
        let mut terms = a.terms.to_vec();
        for &(atom, factor) in &b.terms {
            let factor = self.uniforms.mul(factor, by);
            match terms.binary_search_by_key(&atom, |term| term.0) {
                Ok(at) => terms[at].1 = self.uniforms.add(terms[at].1, factor),
                Err(at) => terms.insert(at, (atom, factor)),
            }
        }
        terms.retain(|(_, factor)| self.uniforms.as_number(*factor) != Some(0));
        let constant = self.uniforms.mul(b.constant, by);
        let constant = self.uniforms.add(a.constant, constant);
        self.add_form(terms, constant)
    }

    /// Where a form lies, whatever a launch passes: what types and shapes alone say.
    pub(crate) fn span(&mut self, id: FormId) -> Interval {
        if let Some(&known) = self.spans.get(&id) {
            return known;
        }
        let form = self.form(id);
        let mut span = self.uniforms.interval(form.constant);
        for &(atom, factor) in &form.terms {
            let of_atom = self.atom_span(atom);
            span = span.add(self.uniforms.interval(factor).mul(of_atom));
        }
        self.spans.insert(id, span);
        span
    }

    fn atom_span(&mut self, atom: AtomId) -> Interval {
        match *self.atom(atom) {
            Atom::Program(axis) => {
                let programs = self.uniforms.grid(axis);
                Interval::new(0, self.uniforms.interval(programs).hi - 1)
            }
            Atom::Lane { size, .. } => Interval::new(0, i128::from(size) - 1),
            Atom::Counter { .. } | Atom::Endless { .. } | Atom::Trips { .. } => Interval::new(0, i128::MAX),
            Atom::Quotient { of, by } => {
                let (of, by) = (self.span(of), self.span(by));
                of.div(by)
            }
            Atom::Remainder { of, by } => {
                let (of, by) = (self.span(of), self.span(by));
                let most = if by.hi == i128::MAX { i128::MAX } else { (by.hi - 1).max(0) };
                let lo = if of.lo >= 0 {
                    0
                } else if most == i128::MAX {
                    of.lo
                } else {
                    of.lo.max(-most)
                };
                Interval::new(lo, if of.hi <= 0 { 0 } else { of.hi.min(most) })
            }
            Atom::Min(a, b) => {
                let (a, b) = (self.span(a), self.span(b));
                Interval::new(a.lo.min(b.lo), a.hi.min(b.hi))
            }
            Atom::Max(a, b) => {
                let (a, b) = (self.span(a), self.span(b));
                Interval::new(a.lo.max(b.lo), a.hi.max(b.hi))
            }
            Atom::Product(a, b) => {
                let (a, b) = (self.span(a), self.span(b));
                a.mul(b)
            }
            Atom::LowBits { ones, .. } => Interval::new(0, ones),
            Atom::Bits { .. } => Interval::new(0, i128::MAX),
            Atom::Join(ref ways) => {
                let spans: Vec<Interval> = ways.iter().map(|way| self.span(way.value)).collect();
                spans.into_iter().reduce(Interval::hull).unwrap_or(Interval::ANY)
            }
            Atom::Opaque { number, .. } => {
                let (lo, hi) = self.opaque[number as usize];
                let lo = lo.known().map_or(i128::MIN, |lo| self.uniforms.interval(lo).lo);
                Interval::new(lo, hi.known().map_or(i128::MAX, |hi| self.uniforms.interval(hi).hi))
            }
        }
    }
}
