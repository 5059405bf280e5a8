//! What differs between programs, lanes and iterations.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::{AtomId, ContextId, FormId, ReasonId, Space};
use crate::uniform::Uniform;

/// What forms are made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    /// The program's place along an axis of the grid.
    Program(u8),
    /// The lane's place along an axis of its own tensor, which has so many along it.
    Lane {
        axis: u32,
        size: u64,
    },
    /// Iterations that a loop has behind it, from `first` to below `limit`.
    Counter {
        number: u32,
        depth: u32,
        first: FormId,
        limit: FormId,
        step: Uniform,
    },
    /// Iterations that a loop has behind it whose end can't be known.
    Endless {
        number: u32,
        depth: u32,
        reason: ReasonId,
    },
    /// All iterations of such a loop.
    Trips {
        first: FormId,
        limit: FormId,
        step: Uniform,
    },
    /// Rounded toward zero.
    Quotient {
        of: FormId,
        by: FormId,
    },
    /// With the sign of the dividend.
    Remainder {
        of: FormId,
        by: FormId,
    },
    Min(FormId, FormId),
    Max(FormId, FormId),
    Product(FormId, FormId),
    /// The bits of a number that a mask of ones at the low end leaves.
    LowBits {
        of: FormId,
        ones: i128,
    },
    /// Bits of two numbers that aren't negative, combined by `or` or `xor`; the operation by its first letter.
    Bits {
        operation: char,
        a: FormId,
        b: FormId,
    },
    /// One of these.
    Join(Box<[Way]>),
    /// What nothing is known of but its ends: a number of its own for each lane, by what lane that is.
    Opaque {
        number: u32,
        depth: u32,
        lanes: Box<[FormId]>,
    },
}

/// One of several values: it is this where all of these forms are 0 or less.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Way {
    pub(crate) when: Box<[FormId]>,
    pub(crate) value: FormId,
}

/// The lowest or the highest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Known(Uniform),
    /// None that could be told before the launch.
    Lost(ReasonId),
}

impl End {
    pub(crate) fn known(self) -> Option<Uniform> {
        match self {
            Self::Known(uniform) => Some(uniform),
            Self::Lost(_) => None,
        }
    }
}

/// A combination of several atoms that a context bounds: Σ cᵢ · aᵢ.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) terms: Vec<(AtomId, Uniform)>,
    pub(crate) ends: (End, End),
    /// It isn't below the first and not above the second, if they are there.
    pub(crate) said: (Option<Uniform>, Option<Uniform>),
    /// What the others say of its atoms.
    pub(crate) others: Rc<Table>,
}

/// What a context says of atoms, beside what always holds.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) ends: HashMap<AtomId, (Option<Uniform>, Option<Uniform>)>,
    pub(crate) groups: Vec<Group>,
}

/// What was found out before.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) bounds: HashMap<(FormId, ContextId), (End, End)>,
    pub(crate) ranges: HashMap<(AtomId, ContextId), (End, End)>,
    pub(crate) tables: HashMap<ContextId, Rc<Table>>,
    pub(crate) guards: HashMap<ContextId, Option<Uniform>>,
    /// Atoms that are on their way to be found out.
    pub(crate) pending: HashSet<(AtomId, ContextId)>,
}

impl Space {
    /// The atom's id; how deep it lies is found out when it is new.
    pub(crate) fn add_atom(&mut self, atom: Atom) -> AtomId {
        let depths = self.depths_of(&atom);
        let id = self.atoms.intern(atom);
        if usize::from(id) == self.depths.len() {
            self.depths.push(depths);
        }
        id
    }

    /// Another opaque number between two ends, one for each lane of a tensor of this shape.
    pub(crate) fn opaque(&mut self, shape: &[u64], depth: u32, ends: (End, End)) -> FormId {
        let number = self.opaque.len() as u32;
        self.opaque.push(ends);
        let lanes = (0..).zip(shape).map(|(axis, &size)| self.lane(axis, size)).collect();
        let atom = self.add_atom(Atom::Opaque { number, depth, lanes });
        self.of_atom(atom)
    }

    /// The lane's place along an axis; 0 where there is just one.
    pub(crate) fn lane(&mut self, axis: u32, size: u64) -> FormId {
        match size {
            0 | 1 => self.number(0),
            size => {
                let atom = self.add_atom(Atom::Lane { axis, size });
                self.of_atom(atom)
            }
        }
    }

    /// Ends of an opaque number.
    pub(crate) fn bounds_of_opaque(&self, form: FormId) -> Option<(End, End)> {
        match *self.atom(self.as_atom(form)?) {
            Atom::Opaque { number, .. } => self.opaque.get(number as usize).copied(),
            _ => None,
        }
    }

    fn depths_of(&self, atom: &Atom) -> (u32, u32) {
        let own = match atom {
            Atom::Counter { depth, .. } | Atom::Endless { depth, .. } | Atom::Opaque { depth, .. } => *depth,
            _ => 0,
        };
        let deepest = |forms: &[FormId]| {
            let parts = forms.iter().map(|form| self.form_depths(*form));
            parts.fold((own, 0), |(depth, nest), part| (depth.max(part.0), nest.max(part.1 + 1)))
        };
        deepest(&atom.parts())
    }

    /// How deep the innermost loop lies that a form changes with, 0 for none, and how deep its definition goes.
    pub(crate) fn form_depths(&self, form: FormId) -> (u32, u32) {
        let form = self.form(form);
        let parts = form.terms.iter().map(|(atom, _)| self.depths[usize::from(*atom)]);
        parts.fold((0, 0), |(depth, nest), part| (depth.max(part.0), nest.max(part.1)))
    }
}

impl Atom {
    /// Forms that it is made of.
    pub(crate) fn parts(&self) -> Vec<FormId> {
        match self {
            Self::Program(_) | Self::Lane { .. } | Self::Endless { .. } => vec![],
            Self::Counter { first, limit, .. } | Self::Trips { first, limit, .. } => vec![*first, *limit],
            Self::Quotient { of, by } | Self::Remainder { of, by } => vec![*of, *by],
            Self::Min(a, b) | Self::Max(a, b) | Self::Product(a, b) | Self::Bits { a, b, .. } => vec![*a, *b],
            Self::LowBits { of, .. } => vec![*of],
            Self::Join(ways) => ways.iter().flat_map(|way| way.when.iter().copied().chain([way.value])).collect(),
            Self::Opaque { lanes, .. } => lanes.to_vec(),
        }
    }
}
