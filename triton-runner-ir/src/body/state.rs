//! What is known while a file is read.

use std::collections::HashMap;

use super::draft::{Draft, Header};
use super::names::{Mark, Names};
use super::types::Table;
use crate::attribute::{Attributes, text::Source};
use crate::error::IrError;
use crate::location::text::Reader as LocationReader;
use crate::module::{Block, BlockId, Function, Op, Region, RegionId, TypeId, Value, ValueId};
use crate::token::Tokens;
use crate::tree::Tree;
use crate::types::text as type_text;

/// What should be there, if it is none.
pub(super) const IN_DICTIONARY: &str = "a name that is new, `=` and an attribute, or `,` and the next";

/// A file on the way to its module.
pub(crate) struct Body<'t, 'a> {
    pub(super) tokens: &'t Tokens<'a>,
    pub(super) tree: &'t Tree<'a>,
    pub(super) types: Table<'a>,
    pub(super) locations: LocationReader<'t, 'a>,
    pub(super) names: Names<'a>,
    pub(super) ops: Vec<Op>,
    pub(super) values: Vec<Value>,
    pub(super) blocks: Vec<Block>,
    pub(super) regions: Vec<Region>,
    pub(super) functions: Vec<Function>,
    pub(super) headers: Vec<Header>,
    /// For each operation of the tree the first of its results that the text names, and how many.
    pub(super) named: Vec<(u32, u32)>,
    /// Operands whose types are known later than they are used: the value, the type that it must have, the token.
    pub(super) later: Vec<(ValueId, TypeId, usize)>,
    /// The operation that is being read; its buffers are used again.
    pub(super) draft: Draft,
    /// Whether operations' locations are read too.
    pub(super) with_locations: bool,
    pub(super) problem: Option<IrError>,
    pub(super) lost: Option<u32>,
}

/// A region on the way.
pub(super) struct Frame<'a> {
    pub(super) region: RegionId,
    /// Its place in the tree.
    pub(super) tree: usize,
    pub(super) next: usize,
    pub(super) mark: Mark<'a>,
    pub(super) labels: HashMap<&'a str, BlockId>,
    /// The block that is being read, by its place in the region.
    pub(super) block: usize,
}

impl<'t, 'a> Body<'t, 'a> {
    pub(super) fn new(
        tokens: &'t Tokens<'a>,
        tree: &'t Tree<'a>,
        aliases: HashMap<&'a str, &'a str>,
        with_locations: bool,
    ) -> Self {
        Self {
            tokens,
            tree,
            types: Table::new(aliases),
            locations: LocationReader::new(tokens, &tree.aliases),
            names: Names::default(),
            ops: Vec::with_capacity(tree.ops.len()),
            values: Vec::with_capacity(tree.ops.len()),
            blocks: Vec::with_capacity(tree.regions.len()),
            regions: Vec::with_capacity(tree.regions.len()),
            functions: Vec::new(),
            headers: Vec::new(),
            named: vec![(0, 0); tree.ops.len()],
            later: Vec::new(),
            draft: Draft::default(),
            with_locations,
            problem: None,
            lost: None,
        }
    }

    pub(super) fn source(&self) -> Source<'_, 'a> {
        Source { tokens: self.tokens, types: &self.types.aliases }
    }

    /// The dictionary with this `{`; none is what MLIR refuses.
    pub(super) fn dictionary(&mut self, open: usize) -> Option<Attributes> {
        let read = self.source().dictionary(open);
        read.map_err(|at| self.problem.get_or_insert_with(|| self.tokens.unexpected(at, IN_DICTIONARY))).ok()
    }

    /// The type that starts at a token, and the token behind it.
    pub(super) fn ty(&mut self, at: usize) -> Option<(TypeId, usize)> {
        let end = type_text::end(self.tokens, at);
        (end > at).then(|| (self.types.read(self.tokens.range(at, end)), end))
    }
}
