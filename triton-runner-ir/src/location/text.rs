//! Locations as text: `loc(…)` behind operations and arguments, and the aliases that they name.

use std::collections::HashMap;
use std::sync::Arc;

use super::{LocId, Location, Locations, Position};
use crate::token::{Kind, Tokens};

/// Locations inside locations without an alias in between: more than any file has. What is deeper is `Opaque`.
const MAX_DEPTH: u32 = 32;

/// Reads the locations of a file, each alias once.
pub(crate) struct Reader<'t, 'a> {
    tokens: &'t Tokens<'a>,
    /// Aliases of all kinds with the first token of their values.
    aliases: &'t HashMap<&'a str, (usize, usize)>,
    read: HashMap<&'a str, State>,
    files: HashMap<&'a str, Arc<str>>,
    pub(crate) locations: Locations,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    Read(LocId),
}

impl<'t, 'a> Reader<'t, 'a> {
    pub(crate) fn new(tokens: &'t Tokens<'a>, aliases: &'t HashMap<&'a str, (usize, usize)>) -> Self {
        let locations = Locations::default();
        Self { tokens, aliases, read: HashMap::new(), files: HashMap::new(), locations }
    }

    /// The location in these parentheses.
    pub(crate) fn location(&mut self, open: usize) -> LocId {
        let close = self.tokens.partner(open);
        match self.tokens.kind(open + 1) {
            Some(Kind::Hash) if open + 2 == close => self.alias(self.tokens.text(open + 1)),
            _ => {
                self.aliases_between(open, close);
                self.nested(open + 1, close, 0)
            }
        }
    }

    /// What an alias stands for. One that stands for no location, or for itself, is `Opaque`.
    pub(crate) fn alias(&mut self, name: &'a str) -> LocId {
        if let Some(State::Read(id)) = self.read.get(name) {
            return *id;
        }
        // Those that it names come first. Chains may be long, so that nothing recurses here.
        let mut open = vec![name];
        while let Some(&name) = open.last() {
            if let Some(State::Read(_)) = self.read.get(name) {
                open.pop();
                continue;
            }
            let Some(value) = self.value(name) else {
                self.done(name, Location::Opaque(name.into()));
                open.pop();
                continue;
            };
            let close = self.tokens.partner(value);
            if !matches!(self.read.get(name), Some(State::Open)) {
                self.read.insert(name, State::Open);
                let before = open.len();
                let inner = (value + 1..close).filter(|&i| self.tokens.kind(i) == Some(Kind::Hash));
                open.extend(inner.map(|i| self.tokens.text(i)).filter(|inner| !self.read.contains_key(inner)));
                if open.len() > before {
                    continue;
                }
            }
            open.pop();
            let id = self.nested(value + 1, close, 0);
            self.read.insert(name, State::Read(id));
        }
        match self.read.get(name) {
            Some(State::Read(id)) => *id,
            _ => self.locations.push(Location::Opaque(name.into())),
        }
    }

    /// All aliases that are locations, by the span of their names; each behind those that it names.
    pub(crate) fn all(&mut self) -> Vec<(std::ops::Range<u32>, LocId)> {
        let mut names: Vec<_> = self.aliases.iter().map(|(&name, &(value, _))| (value, name)).collect();
        names.sort_unstable();
        names.retain(|(_, name)| self.value(name).is_some());
        let mut aliases: Vec<_> = names.into_iter().map(|(value, name)| (self.alias(name), name, value)).collect();
        aliases.sort_unstable();
        let span = |value: usize| self.tokens.get(value - 2).map_or(0..0, |token| token.start..token.end);
        aliases.into_iter().map(|(id, _, value)| (span(value), id)).collect()
    }

    /// The aliases that are named between two tokens.
    fn aliases_between(&mut self, open: usize, close: usize) {
        for i in open + 1..close {
            if self.tokens.kind(i) == Some(Kind::Hash) {
                self.alias(self.tokens.text(i));
            }
        }
    }

    /// The `(` of the location that an alias stands for.
    fn value(&self, name: &str) -> Option<usize> {
        let (value, _) = *self.aliases.get(name)?;
        (self.tokens.text(value) == "loc" && self.tokens.is(value + 1, b'(')).then_some(value + 1)
    }

    fn done(&mut self, name: &'a str, location: Location) {
        let id = self.locations.push(location);
        self.read.insert(name, State::Read(id));
    }

    /// The location of these tokens.
    fn nested(&mut self, at: usize, end: usize, depth: u32) -> LocId {
        let known = if depth > MAX_DEPTH { None } else { self.known(at, end, depth) };
        known.unwrap_or_else(|| {
            let text = self.tokens.range(at, end).into();
            self.locations.push(Location::Opaque(text))
        })
    }

    fn known(&mut self, at: usize, end: usize, depth: u32) -> Option<LocId> {
        let tokens = self.tokens;
        let location = match (tokens.kind(at)?, tokens.text(at)) {
            (Kind::Hash, name) if at + 1 == end => {
                return Some(match self.read.get(name) {
                    Some(State::Read(id)) => *id,
                    _ => self.locations.push(Location::Opaque(name.into())),
                });
            }
            (Kind::Word, "unknown") if at + 1 == end => Location::Unknown,
            // In another location's parentheses `loc` is there or not.
            (Kind::Word, "loc") if tokens.is(at + 1, b'(') && tokens.partner(at + 1) + 1 == end => {
                return Some(self.nested(at + 2, end - 1, depth + 1));
            }
            (Kind::Word, "callsite") if tokens.is(at + 1, b'(') && tokens.partner(at + 1) + 1 == end => {
                let middle = self.split(at + 2, end - 1, |tokens, i| tokens.text(i) == "at")?;
                let callee = self.nested(at + 2, middle, depth + 1);
                Location::CallSite { callee, caller: self.nested(middle + 1, end - 1, depth + 1) }
            }
            (Kind::Word, "fused") => {
                let list = if tokens.is(at + 1, b'<') { tokens.partner(at + 1) + 1 } else { at + 1 };
                if !tokens.is(list, b'[') || tokens.partner(list) + 1 != end {
                    return None;
                }
                let metadata = (list > at + 1).then(|| tokens.range(at + 2, list - 1).into());
                Location::Fused { metadata, parts: self.parts(list + 1, end - 1, depth)? }
            }
            (Kind::String, _) if at + 1 == end => Location::Named { name: self.string(at)?, inner: None },
            (Kind::String, _) if tokens.is(at + 1, b'(') && tokens.partner(at + 1) + 1 == end => {
                let name = self.string(at)?;
                Location::Named { name, inner: Some(self.nested(at + 2, end - 1, depth + 1)) }
            }
            (Kind::String, _) => Location::File(self.position(at, end)?),
            _ => return None,
        };
        Some(self.locations.push(location))
    }

    /// The first token that is so, outside brackets.
    fn split(&self, at: usize, end: usize, is: impl Fn(&Tokens<'_>, usize) -> bool) -> Option<usize> {
        let mut at = at;
        while at < end {
            if is(self.tokens, at) {
                return Some(at);
            }
            at = self.tokens.partner(at).max(at) + 1;
        }
        None
    }

    fn parts(&mut self, at: usize, end: usize, depth: u32) -> Option<Vec<LocId>> {
        let mut parts = Vec::new();
        let mut at = at;
        while at < end {
            let behind = self.split(at, end, |tokens, i| tokens.is(i, b',')).unwrap_or(end);
            parts.push(self.nested(at, behind, depth + 1));
            at = behind + 1;
        }
        Some(parts)
    }

    /// `"file.py":12:8`, `… to 13:1`, `… to :20`.
    fn position(&mut self, at: usize, end: usize) -> Option<Position> {
        let tokens = self.tokens;
        let number = |i: usize| -> Option<u32> { tokens.text(i).parse().ok() };
        let colon = |i: usize| tokens.is(i, b':').then_some(());
        colon(at + 1)?;
        colon(at + 3)?;
        let (line, column) = (number(at + 2)?, number(at + 4)?);
        let rest = at + 5;
        let last = match end.checked_sub(rest)? {
            0 => None,
            3 if tokens.text(rest) == "to" => {
                colon(rest + 1)?;
                Some((line, number(rest + 2)?))
            }
            4 if tokens.text(rest) == "to" => {
                colon(rest + 2)?;
                Some((number(rest + 1)?, number(rest + 3)?))
            }
            _ => return None,
        };
        Some(Position { file: self.string(at)?, line, column, end: last })
    }

    fn string(&mut self, at: usize) -> Option<Arc<str>> {
        let text = self.tokens.text(at);
        if let Some(string) = self.files.get(text) {
            return Some(Arc::clone(string));
        }
        let string: Arc<str> = self.tokens.unquoted(at)?.into();
        self.files.insert(text, Arc::clone(&string));
        Some(string)
    }
}
