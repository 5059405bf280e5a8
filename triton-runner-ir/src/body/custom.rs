//! Operations in their own assembly, piece by piece as the table says.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Body;
use super::draft::{Argument, Draft, Stated};
use crate::assembly::{Operation, Part, Results, words};
use crate::attribute::{Attribute, DenseArray};
use crate::error::IrError;
use crate::module::{BlockId, Syntax, TypeId};
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
    pub(super) draft: Draft,
    /// Arguments of the next region.
    pub(super) arguments: Vec<Argument>,
}

impl<'t, 'a> Body<'t, 'a> {
    /// `None` if the text isn't what the table says.
    pub(super) fn custom(
        &mut self,
        index: usize,
        operation: &'static Operation,
        end: usize,
        labels: &HashMap<&'a str, BlockId>,
    ) -> Result<Option<Draft>, IrError> {
        let at = self.tree.ops[index].name + 1;
        if matches!(operation.form, [Part::Function]) {
            return self.function_text(index, end).map(Some);
        }
        let draft = Draft { syntax: Some(Syntax::Custom), operation: Some(operation), ..Draft::default() };
        let named = self.named[index].1;
        let arguments = Vec::new();
        let mut reading = Reading { body: self, operation, labels, index, at, end, draft, arguments };
        Ok(reading.parts(named).map(|()| reading.draft))
    }
}

impl<'a> Reading<'_, '_, 'a> {
    fn parts(&mut self, named: u32) -> Option<()> {
        for &part in self.operation.form {
            self.part(part)?;
        }
        self.results()?;
        let complete = self.at == self.end && self.draft.regions.len() >= self.body.tree.ops[self.index].regions.len();
        (complete && (named == 0 || named as usize == self.draft.results.len())).then_some(())
    }

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
                    if self.draft.properties.get(name).is_some() {
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
            Part::Result => self.ty().map(|(ty, _)| self.draft.results.push(ty)),
            Part::Functional => self.functional(),
            Part::OperandTypes => {
                let types = self.list(|reading| reading.ty())?;
                self.draft.types = Some(types);
                Some(())
            }
            Part::ResultTypes => {
                let types = self.list(|reading| reading.ty())?;
                self.draft.results.extend(types.into_iter().map(|(ty, _)| ty));
                Some(())
            }
            _ => self.structure(part),
        }
    }

    /// Types of the results, where they follow from the operands'.
    fn results(&mut self) -> Option<()> {
        let (name, count) = match self.operation.results {
            Results::None => return self.draft.results.is_empty().then_some(()),
            Results::Stated => return Some(()),
            Results::Times(count) => {
                let ty = self.draft.results.pop()?;
                self.draft.results.extend(std::iter::repeat_n(ty, count));
                return Some(());
            }
            Results::Attribute(name) => {
                let ty = self.draft.properties.get(name).and_then(Attribute::ty)?;
                let ty = self.body.types.add(ty);
                self.draft.results.push(ty);
                return Some(());
            }
            Results::Like(name, count) => (name, count),
            Results::Pointee(name) | Results::Bool(name) | Results::Element(name) => (name, 1),
        };
        let group = self.group(name)?;
        let operand = self.draft.stated.iter().find(|stated| stated.group == group)?.ty;
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
        self.draft.results.extend(std::iter::repeat_n(ty, count));
        Some(())
    }

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

    fn at_word(&self, word: &str) -> bool {
        self.kind() == Some(Kind::Word) && self.body.tokens.text(self.at) == word
    }

    /// Whether this word is here; then it is left behind.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.at += usize::from(found);
        found
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
        self.draft.operands.push((group, value));
        Some(())
    }

    fn values(&mut self, name: &str) -> Option<()> {
        if self.kind() != Some(Kind::Value) {
            return Some(());
        }
        self.list(|reading| reading.operand(name)).map(|_| ())
    }

    /// What is read again behind each comma.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.is(b',') {
            self.at += 1;
            items.push(item(self)?);
        }
        Some(items)
    }

    fn typed(&mut self, name: &str) -> Option<()> {
        self.values(name)?;
        self.punct(b':')?;
        self.types(name)
    }

    fn types(&mut self, name: &str) -> Option<()> {
        let types = self.list(|reading| reading.ty())?;
        let group = self.group(name)?;
        let count = self.draft.operands.iter().filter(|(found, _)| *found == group).count();
        for (place, (ty, at)) in (0..).zip(types.iter().copied()) {
            self.state(name, place, ty, at)?;
        }
        (types.len() == count).then_some(())
    }

    /// A type, and its first token.
    pub(super) fn ty(&mut self) -> Option<(TypeId, usize)> {
        let at = self.at;
        let (ty, behind) = self.body.ty(at).filter(|(_, behind)| *behind <= self.end)?;
        self.at = behind;
        Some((ty, at))
    }

    pub(super) fn state(&mut self, name: &str, place: u32, ty: TypeId, at: usize) -> Option<()> {
        let group = self.group(name)?;
        self.draft.stated.push(Stated { group, place, ty, at });
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
            "" => self.draft.results.push(ty),
            _ => self.state(name, 0, ty, at)?,
        }
        Some(())
    }

    /// `(i32, f32) -> f32`.
    pub(super) fn functional(&mut self) -> Option<()> {
        let types = self.parenthesized_types()?;
        self.draft.types = Some(types);
        self.eat(Kind::Arrow)?;
        self.one_or_more_results()
    }

    /// One type, or several in parentheses.
    pub(super) fn one_or_more_results(&mut self) -> Option<()> {
        let results = match self.is(b'(') {
            true => self.parenthesized_types()?,
            false => vec![self.ty()?],
        };
        self.draft.results.extend(results.into_iter().map(|(ty, _)| ty));
        Some(())
    }

    fn parenthesized_types(&mut self) -> Option<Vec<(TypeId, usize)>> {
        self.punct(b'(')?;
        let types = if self.is(b')') { Vec::new() } else { self.list(|reading| reading.ty())? };
        self.punct(b')')?;
        Some(types)
    }

    pub(super) fn property(&mut self, name: &'static str, value: Attribute) -> Option<()> {
        self.draft.properties.push(name, value);
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
        self.draft.attributes = self.body.source().dictionary(open);
        Some(())
    }
}
