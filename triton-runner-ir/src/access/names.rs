//! What a value's name stands for at a place in the text: names come back in regions side by side.

use std::collections::HashMap;

use super::graph::Node;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// An argument of a block or function.
    Argument(Node),
    /// Results of an operation, from this place on.
    Results(usize, u32),
}

/// The names that are visible.
#[derive(Default)]
pub(super) struct Names<'a> {
    visible: HashMap<&'a str, Binding>,
    /// What names stood for before.
    hidden: Vec<(&'a str, Option<Binding>)>,
}

/// How many names were bound at some time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

impl<'a> Names<'a> {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.hidden.len())
    }

    pub(super) fn bind(&mut self, name: &'a str, binding: Binding) {
        self.hidden.push((name, self.visible.insert(name, binding)));
    }

    /// Forgets what was bound since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        for (name, binding) in self.hidden.drain(mark.0..).rev() {
            match binding {
                Some(binding) => self.visible.insert(name, binding),
                None => self.visible.remove(name),
            };
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Binding> {
        self.visible.get(name).copied()
    }
}
