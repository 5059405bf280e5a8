//! What has to hold so that the machine's numbers are those of the forms.

use std::rc::Rc;

use super::{ContextId, DutyId, FormId, Space};
use crate::check::Kind;
use crate::reason::Place;

/// A form that has to lie between two numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Duty {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) form: FormId,
    pub(crate) lo: Option<i128>,
    pub(crate) hi: Option<i128>,
    /// Where it has to; everywhere that the value is used if this is `None`.
    pub(crate) within: Option<Rc<[ContextId]>>,
}

/// Duties of a value: each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Duties(Rc<[DutyId]>);

impl Duties {
    pub(crate) fn iter(&self) -> impl Iterator<Item = DutyId> {
        self.0.iter().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of(duties: impl IntoIterator<Item = DutyId>) -> Self {
        let mut list: Vec<DutyId> = duties.into_iter().collect();
        list.sort_unstable();
        list.dedup();
        Self(list.into())
    }

    /// These and the others.
    #[must_use]
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (_, true) => self.clone(),
            (true, _) => other.clone(),
            _ if Rc::ptr_eq(&self.0, &other.0) => self.clone(),
            _ => Self::of(self.iter().chain(other.iter())),
        }
    }

    #[must_use]
    pub(crate) fn with(&self, duty: DutyId) -> Self {
        if self.0.contains(&duty) { self.clone() } else { Self::of(self.iter().chain([duty])) }
    }
}

impl Space {
    /// The same duties, but everywhere in these contexts and not only where the value is used.
    pub(crate) fn everywhere_in(&mut self, duties: &Duties, contexts: &[ContextId]) -> Duties {
        let list: Vec<DutyId> = duties.iter().collect();
        Duties::of(list.into_iter().map(|id| {
            let duty = self.duty(id);
            match duty.within {
                Some(_) => id,
                None => self.add_duty(Duty { within: Some(contexts.into()), ..(*duty).clone() }),
            }
        }))
    }
}
