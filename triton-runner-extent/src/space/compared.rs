//! Which atoms the proof compares.

use super::{Atom, AtomId, FormId, Space};

impl Space {
    /// Whether any constraint, or any smaller or larger one of two, rests on an atom.
    pub(crate) fn is_compared(&self, atom: AtomId) -> bool {
        let compared = self.atoms.list.iter().flat_map(|atom| match &**atom {
            Atom::Min(a, b) | Atom::Max(a, b) => vec![*a, *b],
            Atom::Join(ways) => ways.iter().flat_map(|way| way.when.iter().copied()).collect(),
            Atom::LowBits { of, .. } => vec![*of],
            _ => Vec::new(),
        });
        let constraints = self.contexts.list.iter().flat_map(|context| context.iter().copied());
        constraints.chain(compared).any(|form| self.mentions(form, atom))
    }

    fn mentions(&self, form: FormId, atom: AtomId) -> bool {
        let form = self.form(form);
        form.terms.iter().any(|&(other, _)| {
            other == atom || self.atom(other).parts().into_iter().any(|part| self.mentions(part, atom))
        })
    }
}
