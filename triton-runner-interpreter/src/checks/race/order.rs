//! Which of two programs comes first, by the atomic operations through which they talk.

use std::collections::HashMap;

use super::log::{Event, Row};

/// Atomic operations of all programs.
pub(super) struct Order<'e> {
    pub(super) events: &'e HashMap<u64, Vec<Event>>,
}

impl Order<'_> {
    /// Whether one of two accesses is sure to come before the other: one program told of it afterwards, and the other
    /// heard of it before, at the same place.
    pub(super) fn orders(&self, a: &Row, b: &Row) -> bool {
        self.precedes(a, b) || self.precedes(b, a)
    }

    fn precedes(&self, first: &Row, second: &Row) -> bool {
        let (Some(told), Some(heard)) = (self.events.get(&first.who.index), self.events.get(&second.who.index)) else {
            return false;
        };
        let told = told.get(first.epoch as usize..).unwrap_or_default();
        let heard = heard.get(..second.epoch as usize).unwrap_or_default();
        told.iter().filter(|event| event.releases).any(|event| {
            heard.iter().any(|other| other.acquires && other.place == event.place && event.first < other.last)
        })
    }
}
