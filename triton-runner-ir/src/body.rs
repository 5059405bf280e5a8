//! From tokens and tree to typed operations.

use std::borrow::Cow;
use std::sync::Arc;

use crate::attribute::Attributes;
use crate::error::IrError;
use crate::location::Locations;
use crate::module::{Block, BlockId, Module, Op, OpId, Region, RegionId, Syntax};
use crate::token::Tokens;
use crate::tree::{Item, Tree};

/// Reads a file of TTIR or TTGIR with all operations of all its functions.
///
/// An operation whose assembly isn't known is no error: it is kept with its text, its operands and what types could be
/// found (`Syntax::Unknown`). Text that MLIR itself would refuse is an error where it is noticed; it is not verified as
/// MLIR does it.
///
/// # Errors
///
/// Text that is cut short or no MLIR, names that are not defined, and operations of a known assembly that are written
/// another way. Each with its line.
pub fn parse(text: &str) -> Result<Module, IrError> {
    let tokens = Tokens::read(text)?;
    let tree = Tree::read(&tokens)?;
    let mut module = Module {
        text: Arc::from(text),
        ops: Vec::with_capacity(tree.ops.len()),
        values: Vec::new(),
        blocks: Vec::new(),
        regions: Vec::with_capacity(tree.regions.len()),
        types: Vec::new(),
        locations: Locations::default(),
        functions: Vec::new(),
        aliases: Vec::new(),
    };
    for (region, content) in tree.regions.iter().enumerate() {
        let region = RegionId(region as u32);
        let block = BlockId(module.blocks.len() as u32);
        let ops = content.items.iter().filter_map(|item| match item {
            Item::Op(op) => Some(OpId(*op as u32)),
            Item::Label(_) => None,
        });
        module.blocks.push(Block { label: 0..0, arguments: Vec::new(), ops: ops.collect(), region });
        module.regions.push(Region { blocks: vec![block], op: None });
    }
    for (id, op) in tree.ops.iter().enumerate() {
        let regions: Vec<_> = op.regions.iter().map(|&region| RegionId(region as u32)).collect();
        for region in &regions {
            module.regions[region.index()].op = Some(OpId(id as u32));
        }
        let start = tokens.get(op.start).map_or(0, |token| token.start);
        let end = tokens.get(op.end.saturating_sub(1)).map_or(start, |token| token.end);
        module.ops.push(Op {
            name: Cow::Owned(tokens.unquoted(op.name).to_owned()),
            syntax: Syntax::Unknown,
            operands: Vec::new(),
            groups: Vec::new(),
            results: Vec::new(),
            properties: Attributes::default(),
            attributes: Attributes::default(),
            regions,
            successors: Vec::new(),
            location: None,
            block: None,
            line: tokens.line(op.name),
            text: start..end,
        });
    }
    for block in 0..module.blocks.len() {
        for op in module.blocks[block].ops.clone() {
            module.ops[op.index()].block = Some(BlockId(block as u32));
        }
    }
    Ok(module)
}
