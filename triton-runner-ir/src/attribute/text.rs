//! Attributes as text.

use std::collections::HashMap;

use super::{Attribute, Attributes, DenseArray, Float, Integer, number};
use crate::token::{Kind, Tokens};
use crate::types::{self, FloatType, Type};

/// Attributes inside attributes: more than any file has. What is deeper is `Opaque`.
const MAX_DEPTH: u32 = 32;

/// What attributes are read from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s, 'a> {
    pub(crate) tokens: &'s Tokens<'a>,
    /// Aliases of types, without `!`, with their text.
    pub(crate) types: &'s HashMap<&'a str, &'a str>,
}

impl<'a> Source<'_, 'a> {
    /// The attribute that starts at a token, and the token behind it.
    pub(crate) fn attribute(self, at: usize) -> (Attribute, usize) {
        self.nested(at, 0)
    }

    /// The type whose tokens these are.
    pub(crate) fn ty(self, at: usize, end: usize) -> Type {
        types::text::read(self.tokens.range(at, end), self.types)
    }

    /// The dictionary with this `{`, or the token that fits in none.
    pub(crate) fn dictionary(self, open: usize) -> Result<Attributes, usize> {
        self.entries(open, 0)
    }

    fn nested(self, at: usize, depth: u32) -> (Attribute, usize) {
        let tokens = self.tokens;
        let behind = self.end(at);
        let attribute = if depth > MAX_DEPTH { None } else { self.known(at, behind, depth) };
        (attribute.unwrap_or_else(|| Attribute::Opaque(tokens.range(at, behind).into())), behind)
    }

    /// Whether an attribute may start at a token.
    pub(crate) fn is_start(self, at: usize) -> bool {
        match self.tokens.kind(at) {
            Some(Kind::Punct(punct)) => b"-[{(".contains(&punct),
            Some(Kind::Value | Kind::Block | Kind::Arrow) | None => false,
            Some(_) => true,
        }
    }

    /// The token behind an attribute, `: type` included.
    pub(crate) fn end(self, at: usize) -> usize {
        let tokens = self.tokens;
        let mut behind = match tokens.kind(at) {
            Some(Kind::Punct(b'-')) => at + 2,
            Some(Kind::Symbol) => {
                let mut behind = at + 1;
                while tokens.is(behind, b':')
                    && tokens.is(behind + 1, b':')
                    && tokens.kind(behind + 2) == Some(Kind::Symbol)
                {
                    behind += 3;
                }
                behind
            }
            Some(Kind::Punct(b'{' | b'[')) => tokens.partner(at) + 1,
            Some(Kind::Word | Kind::Hash) if tokens.is(at + 1, b'<') => tokens.partner(at + 1) + 1,
            Some(Kind::Word) if tokens.text(at) == "loc" && tokens.is(at + 1, b'(') => tokens.partner(at + 1) + 1,
            Some(Kind::Word | Kind::Bang | Kind::Punct(b'(')) => types::text::end(tokens, at),
            _ => at + 1,
        };
        if tokens.is(behind, b':') {
            let end = types::text::end(tokens, behind + 1);
            behind = if end > behind + 1 { end } else { behind };
        }
        behind.min(tokens.len())
    }

    fn known(self, at: usize, behind: usize, depth: u32) -> Option<Attribute> {
        let tokens = self.tokens;
        let typed = |from: usize| (tokens.is(from, b':') && from < behind).then(|| self.ty(from + 1, behind));
        let attribute = match (tokens.kind(at)?, tokens.text(at)) {
            (Kind::Word, "unit") => Attribute::Unit,
            (Kind::Word, "true") => Attribute::Bool(true),
            (Kind::Word, "false") => Attribute::Bool(false),
            (Kind::Word, "dense") if tokens.is(at + 1, b'<') => {
                let close = tokens.partner(at + 1);
                Attribute::Dense(number::dense(tokens, at + 2, close, typed(close + 1)?)?)
            }
            (Kind::Word, "array") if tokens.is(at + 1, b'<') => self.array(at + 2, tokens.partner(at + 1))?,
            (Kind::Punct(b'-') | Kind::Number, _) => {
                let number = if tokens.is(at, b'-') { at + 1 } else { at };
                return self.number(tokens.is(at, b'-'), number, typed(number + 1));
            }
            (Kind::String, _) if behind == at + 1 => Attribute::String(tokens.unquoted(at)?.into()),
            (Kind::Symbol, _) => {
                let parts = (at..behind).filter(|&i| tokens.kind(i) == Some(Kind::Symbol));
                Attribute::Symbol(parts.map(|i| tokens.unquoted(i).map(Into::into)).collect::<Option<_>>()?)
            }
            (Kind::Punct(b'['), _) => self.list(at, depth)?,
            (Kind::Punct(b'{'), _) => Attribute::Dictionary(self.entries(at, depth + 1).ok()?),
            (Kind::Word | Kind::Bang | Kind::Punct(b'('), _) => {
                return Some(Attribute::Type(self.ty(at, behind))).filter(|ty| !is_opaque(ty));
            }
            _ => return None,
        };
        Some(attribute)
    }

    fn number(self, negative: bool, at: usize, ty: Option<Type>) -> Option<Attribute> {
        let text = self.tokens.text(at);
        let is_float = text.contains('.');
        match ty {
            None if is_float => float(negative, text, FloatType::F64),
            None => integer(negative, text, Type::int(64)),
            Some(Type::Float(ty)) => float(negative, text, ty),
            Some(ty @ (Type::Integer(_) | Type::Index)) if !is_float => integer(negative, text, ty),
            Some(_) => None,
        }
    }

    /// `i32: 1, 2` between the brackets of `array<…>`.
    fn array(self, at: usize, close: usize) -> Option<Attribute> {
        let tokens = self.tokens;
        let element = self.ty(at, at + 1);
        if !matches!(element, Type::Integer(_) | Type::Float(_)) {
            return None;
        }
        let mut values = Vec::new();
        let mut at = at + 1;
        let mut separator = b':';
        while at < close {
            if !tokens.is(at, separator) {
                return None;
            }
            let (bits, behind) = number::literal(tokens, at + 1, &element)?;
            values.push(number::signed(bits, &element));
            at = behind;
            separator = b',';
        }
        Some(Attribute::DenseArray(DenseArray { element, values }))
    }

    fn list(self, open: usize, depth: u32) -> Option<Attribute> {
        let close = self.tokens.partner(open);
        let mut list = Vec::new();
        let mut at = open + 1;
        while at < close {
            let (attribute, behind) = self.nested(at, depth + 1);
            list.push(attribute);
            at = match behind {
                _ if behind == close => close,
                _ if self.tokens.is(behind, b',') => behind + 1,
                _ => return None,
            };
        }
        Some(Attribute::Array(list))
    }

    fn entries(self, open: usize, depth: u32) -> Result<Attributes, usize> {
        let tokens = self.tokens;
        let close = tokens.partner(open);
        let mut entries = Attributes::default();
        let mut at = open + 1;
        while at < close {
            let is_name = matches!(tokens.kind(at), Some(Kind::Word | Kind::String));
            let name = tokens.unquoted(at).filter(|name| is_name && entries.get(name).is_none()).ok_or(at)?;
            let mut behind = at + 1;
            let mut value = Attribute::Unit;
            if tokens.is(behind, b'=') {
                if !self.is_start(behind + 1) {
                    return Err(behind + 1);
                }
                (value, behind) = self.nested(behind + 1, depth);
            }
            entries.push(name.into_owned(), value);
            at = match behind {
                _ if behind == close => close,
                _ if tokens.is(behind, b',') && behind + 1 < close => behind + 1,
                _ => return Err(behind),
            };
        }
        Ok(entries)
    }
}

fn is_opaque(attribute: &Attribute) -> bool {
    matches!(attribute, Attribute::Type(Type::Opaque(_)))
}

fn float(negative: bool, text: &str, ty: FloatType) -> Option<Attribute> {
    Some(Attribute::Float(Float { bits: number::float(negative, text, ty)?, ty }))
}

fn integer(negative: bool, text: &str, ty: Type) -> Option<Attribute> {
    let value = number::integer(negative, text, &ty)?;
    match ty.bits() {
        Some(1) => Some(Attribute::Bool(value != 0)),
        _ => Some(Attribute::Integer(Integer { value, ty })),
    }
}
