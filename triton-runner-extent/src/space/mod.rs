//! Linear forms: Σ cᵢ · aᵢ + c₀, with factors that are the same for the whole launch and atoms that differ between programs,
//! lanes and iterations. A form stands for the number that a lane of one program has at one time, in unbounded integers:
//! duties say where the machine's would wrap.

mod atom;
mod compared;
mod derive;
mod duty;
mod form;
mod remap;

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

pub(crate) use atom::{Atom, End, Known, Way};
pub(crate) use atom::{Group, Table};
pub(crate) use duty::{Duties, Duty};
pub(crate) use form::Form;
pub(crate) use remap::Lanes;

use crate::reason::{Cause, Place, Reason};
use crate::uniform::{Interval, Uniforms};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(u32);

        impl From<usize> for $name {
            fn from(place: usize) -> Self {
                Self(place as u32)
            }
        }

        impl From<$name> for usize {
            fn from(id: $name) -> Self {
                id.0 as usize
            }
        }
    )* };
}

ids! {
    /// A linear form; equal forms have equal ids.
    FormId
    /// An atom; equal atoms have equal ids.
    AtomId
    /// A duty.
    DutyId
    /// Why something can't be known.
    ReasonId
    /// A list of forms, each of which is 0 or less.
    ContextId
}

/// Values that are there once each, by their places.
#[derive(Debug)]
pub(crate) struct Interned<Id, T> {
    list: Vec<Rc<T>>,
    by_value: HashMap<Rc<T>, Id>,
}

impl<Id, T> Default for Interned<Id, T> {
    fn default() -> Self {
        Self { list: Vec::new(), by_value: HashMap::new() }
    }
}

impl<Id: Copy + From<usize> + Into<usize>, T: Hash + Eq> Interned<Id, T> {
    fn intern(&mut self, value: T) -> Id {
        if let Some(&known) = self.by_value.get(&value) {
            return known;
        }
        let (id, value) = (Id::from(self.list.len()), Rc::new(value));
        self.list.push(value.clone());
        self.by_value.insert(value, id);
        id
    }

    fn get(&self, id: Id) -> Rc<T> {
        self.list[id.into()].clone()
    }
}

/// So many forms are known to be 0 or less in a context. In kernels that sort, choices are in choices a hundred deep.
const MOST_CONSTRAINTS: usize = 32;

/// All forms of a kernel, with what they are made of.
#[derive(Debug, Default)]
pub(crate) struct Space {
    pub(crate) uniforms: Uniforms,
    forms: Interned<FormId, Form>,
    atoms: Interned<AtomId, Atom>,
    /// Of each atom: how deep the innermost loop lies that it changes with, and how deep its definition goes.
    depths: Vec<(u32, u32)>,
    /// Lowest and highest value of each opaque atom, by its number.
    pub(crate) opaque: Vec<(End, End)>,
    duties: Interned<DutyId, Duty>,
    reasons: Interned<ReasonId, Reason>,
    contexts: Interned<ContextId, Vec<FormId>>,
    spans: HashMap<FormId, Interval>,
    /// What was found out of forms and contexts before.
    pub(crate) known: Known,
    /// Where loops are written, by their numbers.
    loops: Vec<Place>,
}

impl Space {
    pub(crate) fn form(&self, id: FormId) -> Rc<Form> {
        self.forms.get(id)
    }

    pub(crate) fn atom(&self, id: AtomId) -> Rc<Atom> {
        self.atoms.get(id)
    }

    pub(crate) fn duty(&self, id: DutyId) -> Rc<Duty> {
        self.duties.get(id)
    }

    pub(crate) fn add_duty(&mut self, duty: Duty) -> DutyId {
        self.duties.intern(duty)
    }

    pub(crate) fn reason(&self, id: ReasonId) -> Rc<Reason> {
        self.reasons.get(id)
    }

    pub(crate) fn add_reason(&mut self, cause: Cause, place: Place) -> ReasonId {
        self.reasons.intern(Reason { cause, place })
    }

    /// A number for a loop that no other has.
    pub(crate) fn next_loop(&mut self, place: Place) -> u32 {
        self.loops.push(place);
        self.loops.len() as u32 - 1
    }

    /// Where a loop is written.
    pub(crate) fn place_of_loop(&self, number: u32) -> Place {
        self.loops.get(number as usize).cloned().unwrap_or_default()
    }

    /// Where nothing holds but what always does.
    pub(crate) fn everywhere(&mut self) -> ContextId {
        self.contexts.intern(Vec::new())
    }

    pub(crate) fn context(&self, id: ContextId) -> Rc<Vec<FormId>> {
        self.contexts.get(id)
    }

    /// Where these are 0 or less too. What goes beyond the most that a context has isn't looked at: leaving it out is sound.
    pub(crate) fn within(&mut self, context: ContextId, forms: impl IntoIterator<Item = FormId>) -> ContextId {
        let mut all = self.context(context).to_vec();
        for form in forms {
            if all.len() < MOST_CONSTRAINTS && !all.contains(&form) {
                all.push(form);
            }
        }
        self.contexts.intern(all)
    }
}
