//! What a value's name stands for at a place in the text: names come back in regions side by side.

use std::collections::HashMap;

use crate::module::ValueId;

/// A value, and how many behind it have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) first: ValueId,
    pub(super) count: u32,
    /// Whether it may be used before its definition in the text: in regions of several blocks.
    pub(super) forward: bool,
}

/// The names that are visible.
#[derive(Default)]
pub(super) struct Names<'a> {
    visible: HashMap<&'a str, Named>,
    /// What names stood for before.
    hidden: Vec<(&'a str, Option<Named>)>,
}

/// The names at some time.
pub(super) struct Mark<'a> {
    hidden: usize,
    /// All of them, where nothing of them is visible further in.
    outside: Option<HashMap<&'a str, Named>>,
}

impl<'a> Names<'a> {
    /// Begins a region; one that is isolated sees nothing of what is around it.
    pub(super) fn enter(&mut self, isolated: bool) -> Mark<'a> {
        Mark { hidden: self.hidden.len(), outside: isolated.then(|| std::mem::take(&mut self.visible)) }
    }

    /// Says whether the name stood for something already.
    pub(super) fn bind(&mut self, name: &'a str, named: Named) -> bool {
        let before = self.visible.insert(name, named);
        self.hidden.push((name, before));
        before.is_some()
    }

    /// Forgets what was bound since.
    pub(super) fn leave(&mut self, mark: Mark<'a>) {
        if let Some(outside) = mark.outside {
            self.hidden.truncate(mark.hidden);
            self.visible = outside;
            return;
        }
        for (name, before) in self.hidden.drain(mark.hidden..).rev() {
            match before {
                Some(before) => self.visible.insert(name, before),
                None => self.visible.remove(name),
            };
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Named> {
        self.visible.get(name).copied()
    }
}
