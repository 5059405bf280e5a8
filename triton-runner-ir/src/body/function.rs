//! `tt.func`: a function's name, arguments and results.

use super::draft::{Argument, Header, HeaderArgument, Inside};
use super::state::{Body, IN_DICTIONARY};
use crate::attribute::{Attribute, Attributes};
use crate::error::{IrError, IrProblem};
use crate::module::Syntax;
use crate::token::Kind;

impl Body<'_, '_> {
    /// Reads a function. What stands behind its arguments and isn't understood makes it an operation that isn't known.
    pub(super) fn function_text(&mut self, index: usize, end: usize) -> Result<(), IrError> {
        let tokens = self.tokens;
        let mut symbol = self.tree.ops[index].name + 1;
        let mut public = true;
        if tokens.kind(symbol) == Some(Kind::Word) {
            public = match tokens.text(symbol) {
                "public" => true,
                "private" | "nested" => false,
                _ => return Err(tokens.unexpected(symbol, "`public`, `private` or the function's name")),
            };
            self.draft.properties.push("sym_visibility", Attribute::String(tokens.text(symbol).into()));
            symbol += 1;
        }
        if tokens.kind(symbol) != Some(Kind::Symbol) {
            return Err(tokens.unexpected(symbol, "the function's name, such as `@kernel`"));
        }
        if !tokens.is(symbol + 1, b'(') {
            return Err(tokens.unexpected(symbol + 1, "`(` and the function's arguments"));
        }
        let name: Box<str> = tokens.unquoted(symbol).unwrap_or(tokens.text(symbol).into()).into();
        let close = tokens.partner(symbol + 1);
        let declared = self.tree.ops[index].regions.is_empty() && !public;
        let mut arguments = Vec::new();
        let mut at = symbol + 2;
        while at < close {
            let (argument, behind) = self.function_argument(at, declared)?;
            arguments.push(argument);
            at = match behind {
                _ if behind == close => close,
                _ if tokens.is(behind, b',') => behind + 1,
                _ => return Err(tokens.unexpected(behind, "`,` or `)` behind an argument")),
            };
        }
        let line = tokens.line(symbol);
        let mut header = Header { name, public, line, at: symbol, arguments, results: Vec::new() };
        let complete = self.function_tail(index, close + 1, end, &mut header).is_some();
        if !complete {
            self.draft.syntax = Syntax::Unknown;
        }
        let regions = self.tree.ops[index].regions.iter();
        self.draft.regions.extend(regions.map(|&tree| inside(Some(tree))));
        if self.draft.regions.is_empty() && complete && tokens.is(end - 1, b'}') && tokens.is(end - 2, b'{') {
            // An empty body.
            self.draft.regions.push(inside(None));
        }
        if let Some(body) = self.draft.regions.first_mut() {
            body.arguments = header.arguments.iter().map(|argument| argument.argument).collect();
        }
        self.draft.function = Some(header);
        Ok(())
    }

    /// `%x: !tt.ptr<f32> {tt.divisibility = 16 : i32} loc("x")`, and the token behind it. Declarations may leave out
    /// the name.
    fn function_argument(&mut self, at: usize, declared: bool) -> Result<(HeaderArgument, usize), IrError> {
        let tokens = self.tokens;
        let named = tokens.kind(at) == Some(Kind::Value);
        if !named && !declared {
            return Err(tokens.unexpected(at, "an argument such as `%arg0: i32`"));
        }
        if named && !tokens.is(at + 1, b':') {
            return Err(tokens.unexpected(at + 1, "`:` and the argument's type"));
        }
        let start = if named { at + 2 } else { at };
        let (ty, mut behind) = self.ty(start).ok_or_else(|| tokens.unexpected(start, "the argument's type"))?;
        let end = behind;
        let mut dictionary = None;
        let mut attributes = Attributes::default();
        if tokens.is(behind, b'{') {
            dictionary = Some(behind);
            let read = self.source().dictionary(behind);
            attributes = read.map_err(|at| tokens.unexpected(at, IN_DICTIONARY))?;
            behind = tokens.partner(behind) + 1;
        }
        let mut location = None;
        if tokens.text(behind) == "loc" && tokens.is(behind + 1, b'(') {
            location = Some(self.locations.location(behind + 1));
            behind = tokens.partner(behind + 1) + 1;
        }
        let argument = Argument { at: named.then_some(at), ty, location };
        Ok((HeaderArgument { argument, ty: (start, end), dictionary, attributes }, behind))
    }

    /// `-> (f32 {…}, i32) attributes {…}` and the body.
    fn function_tail(&mut self, index: usize, at: usize, end: usize, header: &mut Header) -> Option<()> {
        let tokens = self.tokens;
        let mut at = at;
        if tokens.kind(at) == Some(Kind::Arrow) {
            at += 1;
            if tokens.is(at, b'(') {
                let close = tokens.partner(at);
                at += 1;
                while at < close {
                    let (ty, mut behind) = self.ty(at)?;
                    let mut attributes = Attributes::default();
                    if tokens.is(behind, b'{') {
                        attributes = self.dictionary(behind)?;
                        behind = tokens.partner(behind) + 1;
                    }
                    header.results.push((ty, attributes));
                    at = match behind {
                        _ if behind == close => close,
                        _ if tokens.is(behind, b',') => behind + 1,
                        _ => return None,
                    };
                }
                at = close + 1;
            } else {
                let (ty, behind) = self.ty(at)?;
                header.results.push((ty, Attributes::default()));
                at = behind;
            }
        }
        if tokens.text(at) == "attributes" && tokens.is(at + 1, b'{') {
            self.draft.attributes = self.dictionary(at + 1)?;
            at = tokens.partner(at + 1) + 1;
        }
        match self.tree.ops[index].regions[..] {
            [] if at == end || (tokens.is(at, b'{') && tokens.partner(at) == at + 1 && at + 2 == end) => Some(()),
            [body] if self.tree.regions[body].open == at && tokens.partner(at) + 1 == end => Some(()),
            _ => None,
        }
    }

    /// A function in a module that is inside another one is named there alone.
    pub(super) fn refuse_nested(&self, header: &Header, block: crate::module::BlockId) -> Result<(), IrError> {
        let around = |block: crate::module::BlockId| {
            let op = self.regions[self.blocks[block.index()].region.index()].op?;
            let op = &self.ops[op.index()];
            matches!(&*op.name, "module" | "builtin.module").then_some(op.block).flatten()
        };
        match around(block).and_then(around) {
            Some(_) => Err(self.tokens.error(header.at, IrProblem::Nested { name: header.name.clone().into() })),
            None => Ok(()),
        }
    }
}

fn inside(tree: Option<usize>) -> Inside {
    Inside { tree, arguments: Vec::new(), isolated: true, entered: true }
}
