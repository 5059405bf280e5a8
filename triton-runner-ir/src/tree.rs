//! Operations and the regions inside them, for any dialect.
//!
//! Custom assembly says nowhere where an operation ends: it ends where the next one begins, or its region does. An
//! operation begins with its results and `=`, or with a name that has a dot (`tt.store`), or with a name in quotes and
//! `(`.

use std::collections::HashMap;

use super::error::{IrError, IrProblem};
use super::token::{Kind, Tokens};

/// An operation, from its first result or its name to where the next one begins.
#[derive(Debug)]
pub(super) struct Op {
    /// First token: a result or the name.
    pub(super) start: usize,
    /// The name: a word, or a string in generic syntax.
    pub(super) name: usize,
    /// Behind the last token.
    pub(super) end: usize,
    /// In the order of the text.
    pub(super) regions: Vec<usize>,
}

/// What a region holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An operation, by index.
    Op(usize),
    /// A block's label, by token.
    Label(usize),
}

/// A region: `{` … `}`, or the whole file.
#[derive(Debug)]
pub(super) struct Region {
    /// Its `{`; unused for the file.
    pub(super) open: usize,
    pub(super) items: Vec<Item>,
}

/// A file's operations.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) ops: Vec<Op>,
    /// The first one is the file.
    pub(super) regions: Vec<Region>,
    /// Aliases (`#loc1`, `!type`) with the first token of their values, and the token behind.
    pub(super) aliases: HashMap<&'a str, (usize, usize)>,
}

/// What is open in a region.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Nothing,
    Op(usize),
    /// By the token of its name.
    Alias(usize),
}

struct Frame {
    region: usize,
    open: Open,
    /// Brackets that are open since the operation began.
    depth: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn read(tokens: &Tokens<'a>) -> Result<Self, IrError> {
        let file = Region { open: usize::MAX, items: Vec::new() };
        let tree = Tree { ops: Vec::new(), regions: vec![file], aliases: HashMap::new() };
        let frame = Frame { region: 0, open: Open::Nothing, depth: 0 };
        let mut reader = Reader { tokens, tree, outer: Vec::new(), frame, redefined: None };
        let mut index = 0;
        while index < tokens.len() {
            index = reader.step(index)?;
        }
        reader.finish(index);
        match reader.redefined {
            Some(name) => Err(tokens.error(name, IrProblem::Redefined { name: tokens.text(name).to_owned() })),
            None => Ok(reader.tree),
        }
    }
}

struct Reader<'t, 'a> {
    tokens: &'t Tokens<'a>,
    tree: Tree<'a>,
    /// The frames around `frame`.
    outer: Vec<Frame>,
    frame: Frame,
    /// An alias that was defined before.
    redefined: Option<usize>,
}

impl Reader<'_, '_> {
    /// Looks at one token, and returns the one to look at next.
    fn step(&mut self, index: usize) -> Result<usize, IrError> {
        if self.frame.depth == 0
            && let Some(next) = self.start(index)
        {
            return Ok(next);
        }
        let Some(Kind::Punct(punct)) = self.tokens.kind(index) else {
            return self.inside(index);
        };
        match punct {
            b'}' => {
                // Dictionaries are jumped over, so it closes the region.
                self.finish(index);
                if let Some(outer) = self.outer.pop() {
                    self.frame = outer;
                }
                return Ok(index + 1);
            }
            b'(' | b'[' => self.frame.depth += 1,
            b')' | b']' => self.frame.depth = self.frame.depth.saturating_sub(1),
            b'<' => return Ok(self.tokens.partner(index) + 1),
            b'{' if !self.is_region(index) => return Ok(self.tokens.partner(index) + 1),
            b'{' => {
                let Open::Op(op) = self.frame.open else {
                    return Err(self.tokens.unexpected(index, "an operation"));
                };
                let region = self.tree.regions.len();
                self.tree.regions.push(Region { open: index, items: Vec::new() });
                self.tree.ops[op].regions.push(region);
                let frame = Frame { region, open: Open::Nothing, depth: 0 };
                self.outer.push(std::mem::replace(&mut self.frame, frame));
                return Ok(index + 1);
            }
            _ => {}
        }
        self.inside(index)
    }

    /// A token that belongs to what is open.
    fn inside(&self, index: usize) -> Result<usize, IrError> {
        match self.frame.open {
            Open::Nothing => Err(self.tokens.unexpected(index, "an operation")),
            Open::Op(_) | Open::Alias(_) => Ok(index + 1),
        }
    }

    fn finish(&mut self, end: usize) {
        match self.frame.open {
            Open::Op(op) => self.tree.ops[op].end = end,
            Open::Alias(name) => {
                let before = self.tree.aliases.insert(self.tokens.text(name), (name + 2, end));
                if before.is_some() {
                    self.redefined.get_or_insert(name);
                }
            }
            Open::Nothing => {}
        }
        self.frame.open = Open::Nothing;
    }

    fn items(&mut self) -> &mut Vec<Item> {
        &mut self.tree.regions[self.frame.region].items
    }

    /// If an operation, an alias or a block starts here, opens it and returns the token behind its name.
    fn start(&mut self, index: usize) -> Option<usize> {
        let tokens = self.tokens;
        let open = self.frame.open != Open::Nothing;
        let name = match tokens.kind(index)? {
            Kind::Value if index == 0 || !tokens.is(index - 1, b',') => self.behind_results(index)?,
            Kind::Word if !open => index,
            // Behind these an operation goes on.
            Kind::Word
                if index > 0
                    && matches!(tokens.kind(index - 1), Some(Kind::Punct(b',' | b'=' | b':') | Kind::Arrow)) =>
            {
                return None;
            }
            Kind::Word if tokens.text(index).contains('.') => index,
            Kind::Word if self.outer.is_empty() && tokens.text(index) == "module" => index,
            Kind::String if tokens.is(index + 1, b'(') => index,
            Kind::Hash | Kind::Bang if self.outer.is_empty() && tokens.is(index + 1, b'=') => {
                self.finish(index);
                self.frame.open = Open::Alias(index);
                return Some(index + 2);
            }
            Kind::Block => {
                let after = if tokens.is(index + 1, b'(') { tokens.partner(index + 1) + 1 } else { index + 1 };
                if !tokens.is(after, b':') {
                    return None;
                }
                self.finish(index);
                self.items().push(Item::Label(index));
                return Some(after + 1);
            }
            _ => return None,
        };
        self.finish(index);
        let op = self.tree.ops.len();
        self.tree.ops.push(Op { start: index, name, end: tokens.len(), regions: Vec::new() });
        self.items().push(Item::Op(op));
        self.frame.open = Open::Op(op);
        Some(name + 1)
    }

    /// The operation's name behind `%a:2, %b =`, if this is what starts here.
    fn behind_results(&self, index: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut at = index;
        loop {
            if tokens.kind(at) != Some(Kind::Value) {
                return None;
            }
            at += if tokens.is(at + 1, b':') && tokens.kind(at + 2) == Some(Kind::Number) { 3 } else { 1 };
            if tokens.is(at, b'=') {
                break;
            }
            if !tokens.is(at, b',') {
                return None;
            }
            at += 1;
        }
        let name = at + 1;
        let starts = match tokens.kind(name)? {
            Kind::Word => self.frame.open == Open::Nothing || tokens.text(name).contains('.'),
            Kind::String => tokens.is(name + 1, b'('),
            _ => false,
        };
        starts.then_some(name)
    }

    /// Whether a `{` opens a region, not a dictionary of attributes.
    fn is_region(&self, index: usize) -> bool {
        let first = index + 1;
        match (self.tokens.kind(first), self.tokens.kind(first + 1)) {
            (Some(Kind::Block | Kind::Value), _) => true,
            // An attribute without value, or an operation that ends its block.
            (Some(Kind::Word), Some(Kind::Punct(b'}'))) => {
                let name = self.tokens.text(first);
                name.contains('.') && (name.ends_with("return") || name.ends_with("yield"))
            }
            (Some(Kind::Word | Kind::String), Some(Kind::Punct(b'=' | b',' | b'}'))) => false,
            (Some(Kind::Word | Kind::String), _) => true,
            _ => false,
        }
    }
}
