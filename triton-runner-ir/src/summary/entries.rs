//! Dictionaries of attributes by their tokens, for errors that say where: `{"ttg.num-warps" = 4 : i32}`.

use std::borrow::Cow;

use crate::token::{Kind, Tokens};

/// The entries of a dictionary that have a value: key, and the value's first token.
pub(super) struct Entries<'t, 'a> {
    tokens: &'t Tokens<'a>,
    at: usize,
    close: usize,
}

impl<'t, 'a> Entries<'t, 'a> {
    /// Of the dictionary with this `{`.
    pub(super) fn of(tokens: &'t Tokens<'a>, open: usize) -> Self {
        Self { tokens, at: open + 1, close: tokens.partner(open) }
    }
}

impl<'a> Iterator for Entries<'_, 'a> {
    type Item = (Cow<'a, str>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.close {
            let key = self.at;
            let entry = match self.tokens.kind(key) {
                Some(Kind::Word | Kind::String) if self.tokens.is(key + 1, b'=') => {
                    Some((self.tokens.unquoted(key)?, key + 2))
                }
                _ => None,
            };
            // To the comma that ends the entry; brackets are jumped over.
            while self.at < self.close && !self.tokens.is(self.at, b',') {
                self.at = self.tokens.partner(self.at).max(self.at) + 1;
            }
            self.at += 1;
            if entry.is_some() {
                return entry;
            }
        }
        None
    }
}
