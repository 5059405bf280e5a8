//! Values of a kernel, as far as they matter for what it touches.

use std::rc::Rc;

use crate::space::{Duties, FormId, ReasonId};

/// A value, or each lane of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(Int),
    Truth(Truth),
    Address(Address),
    Descriptor(Rc<Descriptor>),
    /// Of no use for an address, or not understood; this is why.
    Lost(ReasonId),
}

/// An integer: the form is the machine's number where the duties are met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Int {
    pub(crate) form: FormId,
    pub(crate) duties: Duties,
}

/// A form that is 0 or less, if the duties are met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constraint {
    pub(crate) form: FormId,
    pub(crate) duties: Duties,
}

/// What holds together.
pub(crate) type All = Vec<Constraint>;

/// A truth value: what follows from it. One of the lists holds; an empty list of lists is what never is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Truth {
    pub(crate) yes: Vec<All>,
    pub(crate) no: Vec<All>,
}

/// An address: one of these.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) ways: Vec<AddressWay>,
}

/// An address where it is this one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AddressWay {
    pub(crate) base: Base,
    /// Bytes behind the base.
    pub(crate) offset: FormId,
    pub(crate) when: All,
    pub(crate) duties: Duties,
}

/// What an address is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// An argument, by its place.
    Argument(usize),
    Lost(ReasonId),
}

/// A tensor descriptor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Descriptor {
    /// Made on the host: what it reaches is checked where it is made.
    Host,
    /// Made by the kernel.
    Made { base: Address, shape: Vec<Int>, strides: Vec<Int>, bytes: i128 },
}

/// More lists aren't kept apart.
const MOST_LISTS: usize = 4;

/// Longer lists lose what came last.
const MOST_TOGETHER: usize = 16;

impl Truth {
    /// Nothing follows.
    pub(crate) fn unknown() -> Self {
        Self { yes: vec![vec![]], no: vec![vec![]] }
    }

    pub(crate) fn constant(truth: bool) -> Self {
        let (always, never) = (vec![vec![]], vec![]);
        if truth { Self { yes: always, no: never } } else { Self { yes: never, no: always } }
    }

    pub(crate) fn not(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self { yes: both(&self.yes, &other.yes), no: either(&self.no, &other.no) }
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        Self { yes: either(&self.yes, &other.yes), no: both(&self.no, &other.no) }
    }

    /// The same as another.
    pub(crate) fn same(&self, other: &Self) -> Self {
        let (different, also) = (self.clone().not(), other.clone().not());
        self.and(other).or(&different.and(&also))
    }

    /// One where this is so, the other where it isn't.
    pub(crate) fn select(&self, yes: &Self, no: &Self) -> Self {
        let not = self.clone().not();
        Self {
            yes: either(&both(&self.yes, &yes.yes), &both(&not.yes, &no.yes)),
            no: either(&both(&self.yes, &yes.no), &both(&not.yes, &no.no)),
        }
    }

    /// Everything that it follows from.
    pub(crate) fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.yes.iter().chain(&self.no).flatten()
    }
}

/// What follows where both hold.
pub(crate) fn both(a: &[All], b: &[All]) -> Vec<All> {
    if a.len() * b.len() > MOST_LISTS {
        // What follows from one of them alone does too.
        return if a.len() <= b.len() { a.to_vec() } else { b.to_vec() };
    }
    let join = |a: &All, b: &All| {
        let mut all = a.clone();
        all.extend(b.iter().filter(|one| !a.contains(one)).cloned());
        all.truncate(MOST_TOGETHER);
        all
    };
    a.iter().flat_map(|a| b.iter().map(move |b| join(a, b))).collect()
}

/// What follows where one of them holds.
fn either(a: &[All], b: &[All]) -> Vec<All> {
    let mut lists = a.to_vec();
    lists.extend(b.iter().filter(|one| !a.contains(one)).cloned());
    if lists.len() > MOST_LISTS || lists.iter().any(Vec::is_empty) { vec![vec![]] } else { lists }
}
