//! Moving through the tokens of an operation. Nothing is read behind its end.

use super::custom::Reading;
use crate::module::TypeId;
use crate::token::Kind;

impl Reading<'_, '_, '_> {
    pub(super) fn kind(&self) -> Option<Kind> {
        if self.at < self.end { self.body.tokens.kind(self.at) } else { None }
    }

    pub(super) fn is(&self, punct: u8) -> bool {
        self.kind() == Some(Kind::Punct(punct))
    }

    pub(super) fn punct(&mut self, punct: u8) -> Option<()> {
        self.eat(Kind::Punct(punct)).map(|_| ())
    }

    /// The token here, if it is such a one.
    pub(super) fn eat(&mut self, kind: Kind) -> Option<usize> {
        (self.kind() == Some(kind)).then(|| {
            self.at += 1;
            self.at - 1
        })
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.kind() == Some(Kind::Word) && self.body.tokens.text(self.at) == word
    }

    /// Whether this word is here; then it is left behind.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.at += usize::from(found);
        found
    }

    /// What is read again behind each comma.
    pub(super) fn separated(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        item(self)?;
        while self.is(b',') {
            self.at += 1;
            item(self)?;
        }
        Some(())
    }

    /// The same, with what comes of it.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.separated(|reading| {
            items.push(item(reading)?);
            Some(())
        })?;
        Some(items)
    }

    /// A type, and its first token.
    pub(super) fn ty(&mut self) -> Option<(TypeId, usize)> {
        let at = self.at;
        let (ty, behind) = self.body.ty(at).filter(|(_, behind)| *behind <= self.end)?;
        self.at = behind;
        Some((ty, at))
    }
}
