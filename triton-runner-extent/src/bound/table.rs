//! What the constraints of a context say of single atoms and of sums of atoms.

use std::rc::Rc;

use crate::space::{Atom, AtomId, ContextId, End, FormId, Group, Space, Table};
use crate::uniform::Uniform;

/// Of so many contexts of a kernel it is found out what they say; of more only if they are short, and else nothing is known,
/// which is sound. Kernels have up to 150 of them, but one that sorts has thousands of long ones, and each takes milliseconds
/// in a build script, which isn't optimized.
const MOST_TABLES: usize = 400;

/// Constraints that a mask has, and the branch or loop that it stands in.
const FEW_CONSTRAINTS: usize = 8;

/// How often facts of atoms in facts are looked for.
const FACTS_OF_FACTS: usize = 3;

impl Space {
    /// What always holds of the atoms in a form: forms that are 0 or less.
    pub(super) fn facts(&mut self, form: FormId) -> Vec<FormId> {
        let (mut facts, mut seen) = (Vec::new(), Vec::new());
        let mut next = vec![form];
        for _ in 0..FACTS_OF_FACTS {
            let mut found = Vec::new();
            for form in std::mem::take(&mut next) {
                for &(atom, _) in self.form(form).terms.iter() {
                    if !seen.contains(&atom) {
                        seen.push(atom);
                        found.extend(self.facts_of(atom));
                    }
                }
            }
            facts.extend(found.iter().copied());
            next = found;
        }
        facts
    }

    fn facts_of(&mut self, id: AtomId) -> Vec<FormId> {
        let this = self.of_atom(id);
        match *self.atom(id) {
            Atom::Min(a, b) => vec![self.sub(this, a), self.sub(this, b)],
            Atom::Max(a, b) => vec![self.sub(a, this), self.sub(b, this)],
            // Below its divisor, and so below each of which that is the smaller one.
            Atom::Remainder { by, .. } if self.as_uniform(by).is_none() => {
                let parts = match self.as_atom(by).map(|by| self.atom(by)).as_deref() {
                    Some(&Atom::Min(a, b)) => vec![a, b],
                    _ => vec![by],
                };
                let below = |space: &mut Self, by| {
                    let above = space.sub(this, by);
                    space.add_number(above, 1)
                };
                parts.into_iter().map(|by| below(self, by)).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn table(&mut self, context: ContextId) -> Rc<Table> {
        if let Some(known) = self.known.tables.get(&context) {
            return known.clone();
        }
        let constraints = self.context(context);
        if self.known.tables.len() >= MOST_TABLES && constraints.len() > FEW_CONSTRAINTS {
            return Rc::default();
        }
        let mut table = self.tightened(&constraints, None);
        for &constraint in constraints.iter() {
            // What it says of its atoms one by one it says better of their sum.
            let others = self.tightened(&constraints, Some(constraint));
            self.group(constraint, &others, &mut table);
        }
        table.groups.sort_by_key(|group| std::cmp::Reverse(group.terms.len()));
        let table = Rc::new(table);
        self.known.tables.insert(context, table.clone());
        table
    }

    /// What constraints say of single atoms, one of them left out.
    fn tightened(&mut self, constraints: &[FormId], but: Option<FormId>) -> Table {
        let mut table = Table::default();
        for round in 0..2 {
            for &constraint in constraints.iter().filter(|constraint| Some(**constraint) != but) {
                self.tighten(constraint, &mut table, round > 0);
            }
        }
        table
    }

    /// What a constraint says of each of its atoms where the others are at their best; with `only_lost` of those alone of
    /// which nothing is known so far.
    fn tighten(&mut self, constraint: FormId, table: &mut Table, only_lost: bool) {
        let form = self.form(constraint);
        let ranges: Vec<(End, End)> = form.terms.iter().map(|(atom, _)| self.range_so_far(*atom, table)).collect();
        for (place, &(atom, factor)) in form.terms.iter().enumerate() {
            let sign = self.uniforms.interval(factor);
            let up = sign.lo >= 1;
            if !up && sign.hi > -1 {
                continue;
            }
            let (own_lo, own_hi) = ranges[place];
            let is_known = if up { own_hi } else { own_lo }.known().is_some();
            if only_lost && is_known {
                continue;
            }
            // The others as low as they go: what is left of 0 is this atom's.
            let mut rest = (End::Known(form.constant), End::Known(form.constant));
            for (other, &(_, factor)) in form.terms.iter().enumerate().filter(|(other, _)| *other != place) {
                let scaled = self.times(ranges[other], factor);
                rest = self.plus(rest, scaled);
            }
            let End::Known(rest) = rest.0 else { continue };
            let entry = table.ends.entry(atom).or_default();
            if up {
                let room = self.uniforms.neg(rest);
                let most = self.uniforms.floor(room, factor);
                entry.1 = Some(entry.1.map_or(most, |hi| self.uniforms.min(hi, most)));
            } else {
                let by = self.uniforms.neg(factor);
                let room = self.uniforms.neg(rest);
                let most = self.uniforms.floor(room, by);
                let least = self.uniforms.neg(most);
                entry.0 = Some(entry.0.map_or(least, |lo| self.uniforms.max(lo, least)));
            }
        }
    }

    /// Where an atom lies by itself and by the constraints before.
    fn range_so_far(&mut self, atom: AtomId, table: &Table) -> (End, End) {
        let everywhere = self.everywhere();
        let own = self.range(atom, everywhere);
        let said = table.ends.get(&atom).copied().unwrap_or_default();
        self.narrowed(own, said)
    }

    /// Both have to hold, so the closer end is right; a known one is closer than a lost one.
    pub(super) fn narrowed(&mut self, own: (End, End), said: (Option<Uniform>, Option<Uniform>)) -> (End, End) {
        let lo = match (own.0, said.0) {
            (end, None) => end,
            (End::Known(own), Some(said)) => End::Known(self.uniforms.max(own, said)),
            (End::Lost(_), Some(said)) => End::Known(said),
        };
        let hi = match (own.1, said.1) {
            (end, None) => end,
            (End::Known(own), Some(said)) => End::Known(self.uniforms.min(own, said)),
            (End::Lost(_), Some(said)) => End::Known(said),
        };
        (lo, hi)
    }

    /// What a constraint says of the sum of its atoms.
    fn group(&mut self, constraint: FormId, others: &Table, table: &mut Table) {
        let form = self.form(constraint);
        if form.terms.len() < 2 {
            return;
        }
        let mut ends = (End::Known(self.uniforms.number(0)), End::Known(self.uniforms.number(0)));
        for &(atom, factor) in &form.terms {
            let range = self.range_so_far(atom, others);
            let scaled = self.times(range, factor);
            ends = self.plus(ends, scaled);
        }
        let most = self.uniforms.neg(form.constant);
        let negated: Vec<(AtomId, Uniform)> =
            form.terms.iter().map(|&(atom, factor)| (atom, self.uniforms.neg(factor))).collect();
        let same = |group: &Group| *group.terms == *form.terms;
        let opposite = |group: &Group| group.terms == negated;
        let (at, said) = match (table.groups.iter().position(same), table.groups.iter().position(opposite)) {
            (Some(at), _) => (at, (None, Some(most))),
            (None, Some(at)) => (at, (Some(self.uniforms.neg(most)), None)),
            (None, None) => {
                let others = Rc::new(Table { ends: others.ends.clone(), groups: Vec::new() });
                table.groups.push(Group { terms: form.terms.to_vec(), ends, said: (None, None), others });
                (table.groups.len() - 1, (None, Some(most)))
            }
        };
        let group = &mut table.groups[at];
        group.ends = self.narrowed(group.ends, said);
        let before = (group.said.0.map(End::Known), group.said.1.map(End::Known));
        group.said.0 = match (before.0, said.0) {
            (Some(before), said) => self.narrowed((before, before), (said, None)).0.known(),
            (None, said) => said,
        };
        group.said.1 = match (before.1, said.1) {
            (Some(before), said) => self.narrowed((before, before), (None, said)).1.known(),
            (None, said) => said,
        };
    }

    /// Of some of a group's atoms, where the others are at their best.
    pub(super) fn part_of_group(&mut self, group: &Group, part: &[AtomId]) -> (End, End) {
        let zero = End::Known(self.uniforms.number(0));
        let (mut own, mut rest) = ((zero, zero), (zero, zero));
        for &(atom, factor) in &group.terms {
            let range = self.range_so_far(atom, &group.others);
            let scaled = self.times(range, factor);
            let of = if part.contains(&atom) { &mut own } else { &mut rest };
            *of = self.plus(*of, scaled);
        }
        let without = |this: &mut Self, end: Option<Uniform>, rest: End| Some(this.uniforms.sub(end?, rest.known()?));
        let said = (without(self, group.said.0, rest.1), without(self, group.said.1, rest.0));
        self.narrowed(own, said)
    }
}
