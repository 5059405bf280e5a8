//! The same value in a tensor of another shape: lanes of one are those of the other by a rule.

use std::collections::HashMap;

use super::{Atom, AtomId, Duties, Duty, DutyId, FormId, Space, Way};

/// For each axis of the old tensor its lane in terms of the new one's.
#[derive(Debug)]
pub(crate) struct Lanes {
    axes: Vec<FormId>,
    atoms: HashMap<AtomId, FormId>,
}

impl Lanes {
    pub(crate) fn new(axes: Vec<FormId>) -> Self {
        Self { axes, atoms: HashMap::new() }
    }
}

impl Space {
    pub(crate) fn remap(&mut self, form: FormId, lanes: &mut Lanes) -> FormId {
        let form = self.form(form);
        let mut result = self.of_uniform(form.constant);
        for &(atom, factor) in &form.terms {
            let atom = self.remap_atom(atom, lanes);
            result = self.add_times(result, atom, factor);
        }
        result
    }

    pub(crate) fn remap_duties(&mut self, duties: &Duties, lanes: &mut Lanes) -> Duties {
        let list: Vec<DutyId> = duties.iter().collect();
        Duties::of(list.into_iter().map(|id| {
            let duty = self.duty(id);
            let form = self.remap(duty.form, lanes);
            self.add_duty(Duty { form, ..(*duty).clone() })
        }))
    }

    fn remap_atom(&mut self, id: AtomId, lanes: &mut Lanes) -> FormId {
        if let Some(&known) = lanes.atoms.get(&id) {
            return known;
        }
        let result = match &*self.atom(id) {
            Atom::Program(_) | Atom::Counter { .. } | Atom::Endless { .. } | Atom::Trips { .. } => self.of_atom(id),
            Atom::Lane { axis, .. } => match lanes.axes.get(*axis as usize) {
                Some(&lane) => lane,
                None => self.of_atom(id),
            },
            &Atom::Quotient { of, by } => {
                let (of, by) = (self.remap(of, lanes), self.remap(by, lanes));
                self.quotient(of, by)
            }
            &Atom::Remainder { of, by } => {
                let (of, by) = (self.remap(of, lanes), self.remap(by, lanes));
                self.remainder(of, by)
            }
            &Atom::Min(a, b) => {
                let (a, b) = (self.remap(a, lanes), self.remap(b, lanes));
                self.min_of(a, b)
            }
            &Atom::Max(a, b) => {
                let (a, b) = (self.remap(a, lanes), self.remap(b, lanes));
                self.max_of(a, b)
            }
            &Atom::Product(a, b) => {
                let (a, b) = (self.remap(a, lanes), self.remap(b, lanes));
                self.product(a, b)
            }
            &Atom::LowBits { of, ones } => {
                let of = self.remap(of, lanes);
                self.low_bits(of, ones)
            }
            &Atom::Bits { operation, a, b } => {
                let (a, b) = (self.remap(a, lanes), self.remap(b, lanes));
                self.bits(operation, a, b)
            }
            Atom::Join(ways) => {
                let ways = ways.iter().map(|way| Way {
                    when: way.when.iter().map(|form| self.remap(*form, lanes)).collect(),
                    value: self.remap(way.value, lanes),
                });
                let ways = ways.collect();
                self.join(ways)
            }
            &Atom::Opaque { number, depth, lanes: ref own } => {
                let own = own.iter().map(|form| self.remap(*form, lanes)).collect();
                let atom = self.add_atom(Atom::Opaque { number, depth, lanes: own });
                self.of_atom(atom)
            }
        };
        lanes.atoms.insert(id, result);
        result
    }
}
