//! Operations in their own assembly, piece by piece as the table says.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Body;
use super::draft::{Argument, Stated};
use crate::assembly::{Operation, Part, Results, words};
use crate::attribute::{Attribute, DenseArray};
use crate::module::{BlockId, TypeId};
use crate::token::Kind;
use crate::types::Type;

/// An operation that is being read.
pub(super) struct Reading<'b, 't, 'a> {
    pub(super) body: &'b mut Body<'t, 'a>,
    pub(super) operation: &'static Operation,
    pub(super) labels: &'b HashMap<&'a str, BlockId>,
    /// The operation, by its place in the tree.
    pub(super) index: usize,
    /// The next token.
    pub(super) at: usize,
    pub(super) end: usize,
    /// Arguments of the next region.
    pub(super) arguments: Vec<Argument>,
}

impl<'a> Body<'_, 'a> {
    /// `None` if the text isn't what the table says.
    pub(super) fn custom(
        &mut self,
        index: usize,
        operation: &'static Operation,
        end: usize,
        labels: &HashMap<&'a str, BlockId>,
    ) -> Option<()> {
        let at = self.tree.ops[index].name + 1;
        let (named, inner) = (self.named[index].1 as usize, self.tree.ops[index].regions.len());
        let mut reading = Reading { body: self, operation, labels, index, at, end, arguments: Vec::new() };
        for &part in operation.form {
            reading.part(part)?;
        }
        reading.results()?;
        let draft = &reading.body.draft;
        let complete = reading.at == end && draft.regions.len() >= inner;
        (complete && (named == 0 || named == draft.results.len())).then_some(())
    }
}

impl<'a> Reading<'_, '_, 'a> {
    pub(super) fn part(&mut self, part: Part) -> Option<()> {
        match part {
            Part::Punct(punct) => self.punct(punct),
            Part::Arrow => self.eat(Kind::Arrow).map(|_| ()),
            Part::Keyword(word) => self.word(word).then_some(()),
            Part::Value(name) => self.operand(name),
            Part::CommaValue(name) => match self.is(b',') && self.body.tokens.kind(self.at + 1) == Some(Kind::Value) {
                true => {
                    self.at += 1;
                    self.operand(name)
                }
                false => Some(()),
            },
            Part::WordValue(word, name) => match self.word(word) {
                true => self.operand(name),
                false => Some(()),
            },
            Part::Values(name) => self.values(name),
            Part::Bracketed(name) => {
                self.punct(b'[')?;
                self.values(name)?;
                self.punct(b']')
            }
            Part::Parenthesized(name) => {
                self.punct(b'(')?;
                self.values(name)?;
                self.punct(b')')
            }
            Part::Typed(name) => match self.kind() {
                Some(Kind::Value) => self.typed(name),
                _ => Some(()),
            },
            Part::ColonTyped(name) => match self.is(b':') {
                true => {
                    self.at += 1;
                    self.typed(name)
                }
                false => Some(()),
            },
            Part::Word(name) => {
                let word = self.keyword(name)?;
                self.property(name, word)
            }
            Part::OptionalWord(name) => {
                match self.kind() == Some(Kind::Word) && !self.body.tokens.is(self.at + 1, b'<') {
                    true => self.part(Part::Word(name)),
                    false => Some(()),
                }
            }
            Part::Bars(name) => self.bars(name),
            Part::Assign(word, name) => {
                self.word(word).then_some(())?;
                self.punct(b'=')?;
                self.part(Part::Word(name))
            }
            Part::CommaAssign(word, name) => match self.is(b',') {
                true => {
                    self.at += 1;
                    self.part(Part::Assign(word, name))
                }
                false => Some(()),
            },
            Part::Options(options) => {
                while let Some(&(word, name)) = options.iter().find(|(word, _)| self.at_word(word)) {
                    if self.body.draft.properties.get(name).is_some() {
                        return None;
                    }
                    self.part(Part::Assign(word, name))?;
                }
                Some(())
            }
            Part::Flag(word, name) => match self.word(word) {
                true => self.property(name, Attribute::Unit),
                false => Some(()),
            },
            Part::Flags(word, name) => self.flags(word, name),
            Part::Text(name) => {
                let at = self.eat(Kind::String)?;
                let text = self.body.tokens.unquoted(at)?.into();
                self.property(name, Attribute::String(text))
            }
            Part::Symbol(name) => {
                let (symbol, behind) = self.body.source().attribute(self.at);
                self.at = behind;
                matches!(symbol, Attribute::Symbol(_)).then_some(())?;
                self.property(name, symbol)
            }
            Part::Attribute(name) => {
                let (value, behind) = self.body.source().attribute(self.at);
                self.at = behind;
                self.property(name, value)
            }
            Part::Bracket(name) => match self.is(b'<') {
                true => {
                    self.at += 1;
                    self.part(Part::Attribute(name))?;
                    self.punct(b'>')
                }
                false => Some(()),
            },
            Part::Weights(name) => self.weights(name),
            Part::Attributes => match self.is(b'{') {
                true => self.dictionary(),
                false => Some(()),
            },
            Part::NamedAttributes => match self.word("attributes") {
                true => self.dictionary(),
                false => Some(()),
            },
            Part::Type(names) => {
                let (ty, at) = self.ty()?;
                names.iter().try_for_each(|name| self.state(name, 0, ty, at))
            }
            Part::Types(name) => self.types(name),
            Part::TypeComma(name) => {
                let (ty, at) = self.ty()?;
                if self.is(b',') {
                    self.at += 1;
                    return self.state(name, 0, ty, at);
                }
                self.at = at;
                let boolean = self.body.types.add(Type::int(1));
                self.state(name, 0, boolean, at)
            }
            Part::CommaType(name) => match self.is(b',') {
                true => {
                    self.at += 1;
                    let (ty, at) = self.ty()?;
                    self.state(name, 0, ty, at)
                }
                false => Some(()),
            },
            Part::Short(name, prefix) => self.short(name, prefix),
            Part::Result => self.result(),
            Part::Functional => self.functional(),
            Part::OperandTypes => self.separated(|reading| {
                let ty = reading.ty()?;
                reading.body.draft.types.push(ty);
                Some(())
            }),
            Part::ResultTypes => self.separated(|reading| reading.result()),
            _ => self.structure(part),
        }
    }

    /// Types of the results, where they follow from the operands'.
    fn results(&mut self) -> Option<()> {
        let (name, count) = match self.operation.results {
            Results::None => return self.body.draft.results.is_empty().then_some(()),
            Results::Stated => return Some(()),
            Results::Times(count) => {
                let ty = self.body.draft.results.pop()?;
                self.body.draft.results.extend(std::iter::repeat_n(ty, count));
                return Some(());
            }
            Results::Attribute(name) => {
                let ty = self.body.draft.properties.get(name).and_then(Attribute::ty)?;
                let ty = self.body.types.add(ty);
                self.body.draft.results.push(ty);
                return Some(());
            }
            Results::Like(name, count) => (name, count),
            Results::Pointee(name) | Results::Bool(name) | Results::Element(name) => (name, 1),
        };
        let group = self.group(name)?;
        let operand = self.body.draft.stated.iter().find(|stated| stated.group == group)?.ty;
        let types = &mut self.body.types;
        let ty = match self.operation.results {
            Results::Pointee(_) => {
                let pointer = types.get(operand);
                let pointee = pointer.with_element(pointer.pointee()?.clone());
                types.add(pointee)
            }
            Results::Bool(_) => {
                let boolean = types.get(operand).with_element(Type::int(1));
                types.add(boolean)
            }
            Results::Element(_) => {
                let element = types.get(operand).element().clone();
                types.add(element)
            }
            _ => operand,
        };
        self.body.draft.results.extend(std::iter::repeat_n(ty, count));
        Some(())
    }

    fn group(&self, name: &str) -> Option<u8> {
        (0..).zip(self.operation.operands).find(|(_, operand)| operand.name == name).map(|(place, _)| place)
    }

    /// `%x`.
    pub(super) fn operand(&mut self, name: &str) -> Option<()> {
        (self.kind() == Some(Kind::Value)).then_some(())?;
        let group = self.group(name)?;
        let (value, behind) = self.body.value(self.at);
        self.at = behind;
        self.body.draft.operands.push((group, value));
        Some(())
    }

    fn values(&mut self, name: &str) -> Option<()> {
        if self.kind() != Some(Kind::Value) {
            return Some(());
        }
        self.separated(|reading| reading.operand(name))
    }

    fn typed(&mut self, name: &str) -> Option<()> {
        self.values(name)?;
        self.punct(b':')?;
        self.types(name)
    }

    fn types(&mut self, name: &str) -> Option<()> {
        let group = self.group(name)?;
        let mut place = 0;
        self.separated(|reading| {
            let (ty, at) = reading.ty()?;
            reading.body.draft.stated.push(Stated { group, place, ty, at });
            place += 1;
            Some(())
        })?;
        let count = self.body.draft.operands.iter().filter(|(found, _)| *found == group).count();
        (place as usize == count).then_some(())
    }

    /// The type of a result.
    fn result(&mut self) -> Option<()> {
        let (ty, _) = self.ty()?;
        self.body.draft.results.push(ty);
        Some(())
    }

    pub(super) fn state(&mut self, name: &str, place: u32, ty: TypeId, at: usize) -> Option<()> {
        let group = self.group(name)?;
        self.body.draft.stated.push(Stated { group, place, ty, at });
        Some(())
    }

    fn short(&mut self, name: &str, prefix: &str) -> Option<()> {
        let short = self.is(b'<');
        let (mut ty, at) = self.ty()?;
        if short {
            let text = format!("{prefix}{}", self.body.tokens.range(at, self.at));
            let read = crate::types::text::read(&text, &self.body.types.aliases);
            ty = self.body.types.add(read);
        }
        match name {
            "" => self.body.draft.results.push(ty),
            _ => self.state(name, 0, ty, at)?,
        }
        Some(())
    }

    /// `(i32, f32) -> f32`.
    pub(super) fn functional(&mut self) -> Option<()> {
        self.punct(b'(')?;
        if !self.is(b')') {
            self.part(Part::OperandTypes)?;
        }
        self.punct(b')')?;
        self.eat(Kind::Arrow)?;
        self.one_or_more_results()
    }

    /// One type, or several in parentheses.
    pub(super) fn one_or_more_results(&mut self) -> Option<()> {
        if !self.is(b'(') {
            return self.result();
        }
        self.at += 1;
        if !self.is(b')') {
            self.part(Part::ResultTypes)?;
        }
        self.punct(b')')
    }

    pub(super) fn property(&mut self, name: &'static str, value: Attribute) -> Option<()> {
        self.body.draft.properties.push(name, value);
        Some(())
    }

    /// A word that an attribute is, in quotes or not.
    fn keyword(&mut self, name: &str) -> Option<Attribute> {
        matches!(self.kind(), Some(Kind::Word | Kind::String)).then_some(())?;
        let word = self.body.tokens.unquoted(self.at)?;
        self.at += 1;
        let known = words::of(self.name(), name);
        let known = known.and_then(|words| words.iter().find(|(_, known)| *known == word));
        let word = match known {
            Some((_, known)) => Cow::Borrowed(*known),
            None => Cow::Owned(word.into_owned()),
        };
        Some(Attribute::Keyword(word))
    }

    /// The operation's name.
    fn name(&self) -> &'a str {
        self.body.tokens.text(self.body.tree.ops[self.index].name)
    }

    fn bars(&mut self, name: &'static str) -> Option<()> {
        let mut words = Vec::new();
        loop {
            let at = self.eat(Kind::Word)?;
            words.push(self.body.tokens.text(at).into());
            if !self.is(b'|') {
                return self.property(name, Attribute::Flags(words));
            }
            self.at += 1;
        }
    }

    fn flags(&mut self, word: &str, name: &'static str) -> Option<()> {
        if !self.word(word) {
            return Some(());
        }
        self.punct(b'<')?;
        let words = self.list(|reading| reading.eat(Kind::Word))?;
        self.punct(b'>')?;
        let words = words.into_iter().map(|at| self.body.tokens.text(at).into()).collect();
        self.property(name, Attribute::Flags(words))
    }

    fn weights(&mut self, name: &'static str) -> Option<()> {
        if !self.word("weights") {
            return Some(());
        }
        self.punct(b'(')?;
        self.punct(b'[')?;
        let numbers = self.list(|reading| reading.eat(Kind::Number))?;
        self.punct(b']')?;
        self.punct(b')')?;
        let values = numbers.into_iter().map(|at| self.body.tokens.text(at).parse().ok()).collect::<Option<_>>()?;
        self.property(name, Attribute::DenseArray(DenseArray { element: Type::int(32), values }))
    }

    fn dictionary(&mut self) -> Option<()> {
        let open = self.eat(Kind::Punct(b'{'))?;
        self.at = self.body.tokens.partner(open) + 1;
        self.body.draft.attributes = self.body.source().dictionary(open);
        Some(())
    }
}
