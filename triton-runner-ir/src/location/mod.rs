//! Where operations and values come from: locations down to Python's file, line and variable.

use std::sync::Arc;

pub(crate) mod text;

/// A location of a module, by its place in the module's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocId(pub(crate) u32);

/// A location. Those inside it come earlier in the table, so that no chain has a circle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// `unknown`.
    Unknown,
    /// `"file.py":12:8`, and a range where the text has one.
    File(Position),
    /// `"x"(…)` or `"x"`: the variable's name, or a pass's note.
    Named {
        /// The name.
        name: Arc<str>,
        /// What is named.
        inner: Option<LocId>,
    },
    /// `callsite(… at …)`: a function that was inlined.
    CallSite {
        /// Inside the function.
        callee: LocId,
        /// Where it was called.
        caller: LocId,
    },
    /// `fused[…]` or `fused<…>[…]`: an operation that was made from several.
    Fused {
        /// Between `<` and `>`, as text.
        metadata: Option<Arc<str>>,
        /// In the order of the text.
        parts: Vec<LocId>,
    },
    /// A location that isn't known, as its text.
    Opaque(Arc<str>),
}

/// A place in a Python file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// As the text has it, escapes resolved: as a rule an absolute path.
    pub file: Arc<str>,
    /// Counted from 1. 0 where Triton doesn't know.
    pub line: u32,
    /// Counted from 1, as Triton counts it; 0 where it doesn't know.
    pub column: u32,
    /// Line and column of the end, where the text has one.
    pub end: Option<(u32, u32)>,
}

/// How far a chain is followed: more than any file has, and a bound for aliases that share their parts.
const MAX_STEPS: usize = 4096;

/// A module's locations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations {
    list: Vec<Location>,
    /// Whether there is a place in a file inside.
    placed: Vec<bool>,
}

impl Locations {
    /// The location of this id.
    pub fn get(&self, id: LocId) -> &Location {
        self.list.get(id.0 as usize).unwrap_or(&Location::Unknown)
    }

    /// Where the operation itself is written: in the innermost function.
    pub fn innermost(&self, id: LocId) -> Option<&Position> {
        self.frames(id).into_iter().next()
    }

    /// Where the kernel calls what holds the operation; the same as `innermost` where nothing was inlined.
    pub fn outermost(&self, id: LocId) -> Option<&Position> {
        self.frames(id).into_iter().next_back()
    }

    /// The chain of calls, from the innermost function to the kernel. Of a fused location its first part that has a
    /// place.
    pub fn frames(&self, id: LocId) -> Vec<&Position> {
        let mut frames = Vec::new();
        let mut open = vec![id];
        for _ in 0..MAX_STEPS {
            let Some(id) = open.pop() else { break };
            match self.get(id) {
                Location::File(position) => frames.push(position),
                Location::Named { inner, .. } => open.extend(inner.filter(|&inner| self.is_placed(inner))),
                Location::CallSite { callee, caller } => {
                    open.extend([*caller, *callee].into_iter().filter(|&part| self.is_placed(part)));
                }
                Location::Fused { parts, .. } => open.extend(parts.iter().copied().find(|&part| self.is_placed(part))),
                Location::Unknown | Location::Opaque(_) => {}
            }
        }
        frames
    }

    /// The variable that the value is assigned to: the outermost name.
    pub fn variable(&self, id: LocId) -> Option<&str> {
        let mut open = vec![id];
        for _ in 0..MAX_STEPS {
            match self.get(open.pop()?) {
                Location::Named { name, .. } if !name.is_empty() => return Some(name),
                Location::Named { inner, .. } => open.extend(inner),
                Location::CallSite { callee, .. } => open.push(*callee),
                Location::Fused { parts, .. } => open.extend(parts.iter().rev()),
                Location::File(_) | Location::Unknown | Location::Opaque(_) => {}
            }
        }
        None
    }

    fn is_placed(&self, id: LocId) -> bool {
        self.placed.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Adds a location whose parts are here already.
    pub(crate) fn push(&mut self, location: Location) -> LocId {
        let placed = match &location {
            Location::File(_) => true,
            Location::Named { inner, .. } => inner.is_some_and(|inner| self.is_placed(inner)),
            Location::CallSite { callee, caller } => self.is_placed(*callee) || self.is_placed(*caller),
            Location::Fused { parts, .. } => parts.iter().any(|&part| self.is_placed(part)),
            Location::Unknown | Location::Opaque(_) => false,
        };
        self.placed.push(placed);
        self.list.push(location);
        LocId(self.list.len() as u32 - 1)
    }
}
