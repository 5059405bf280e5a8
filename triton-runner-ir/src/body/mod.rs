//! From tokens and tree to typed operations. Nothing recurses with the nesting of regions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::assembly::{self, Part};
use crate::error::{IrError, IrProblem};
use crate::location::LocId;
use crate::module::{
    BlockId, Def, Function, FunctionArgument, FunctionResult, Module, Op, OpId, Region, RegionId, Syntax,
};
use crate::token::{Kind, Tokens};
use crate::tree::{Item, Tree};

mod aliases;
mod check;
mod cursor;
mod custom;
mod draft;
mod function;
mod generic;
mod names;
mod regions;
mod state;
mod types;
mod unknown;
mod values;

use draft::Inside;
pub(crate) use draft::{Header, HeaderArgument};
pub(crate) use state::Body;
use state::Frame;

/// Reads a file of TTIR or TTGIR with all operations of all its functions.
///
/// An operation whose assembly isn't known is no error: it is kept with its text, its operands and what types could be
/// found (`Syntax::Unknown`). Text that MLIR itself would refuse is an error where it is noticed; it is not verified as
/// MLIR does it.
///
/// # Errors
///
/// Text that is cut short or no MLIR, names that are not defined or defined twice, and operands of another type than the
/// operation says. Each with its line.
pub fn parse(text: &str) -> Result<Module, IrError> {
    let tokens = Tokens::read(text)?;
    let tree = Tree::read(&tokens)?;
    let body = Body::read(text, &tokens, &tree, true)?;
    body.problem.map_or(Ok(body.module), Err)
}

/// A file that was read, with what is wrong with it for those who want to run it.
pub(crate) struct Read {
    pub(crate) module: Module,
    /// The first thing that MLIR would refuse.
    pub(crate) problem: Option<IrError>,
    /// The first line with a name that stands for nothing.
    pub(crate) lost: Option<u32>,
    /// For each function its text.
    pub(crate) headers: Vec<Header>,
}

enum Step<'a> {
    Enter(RegionId, Inside),
    Inside(Frame<'a>),
}

impl<'t, 'a> Body<'t, 'a> {
    /// Reads a file, with the locations of its operations or with those of arguments alone.
    pub(crate) fn read(
        text: &str,
        tokens: &'t Tokens<'a>,
        tree: &'t Tree<'a>,
        with_locations: bool,
    ) -> Result<Read, IrError> {
        let (types, aliases) = aliases::read(tokens, tree)?;
        let mut body = Self::new(tokens, tree, types, with_locations);
        body.run()?;
        body.check_later();
        Ok(body.finish(text, aliases))
    }

    fn finish(mut self, text: &str, aliases: Vec<(std::ops::Range<u32>, std::ops::Range<u32>)>) -> Read {
        let location_aliases = if self.with_locations { self.locations.all() } else { Vec::new() };
        let module = Module {
            text: Arc::from(text),
            ops: self.ops,
            values: self.values,
            blocks: self.blocks,
            regions: self.regions,
            types: self.types.into_types(),
            locations: self.locations.locations,
            functions: self.functions,
            aliases,
            location_aliases,
        };
        Read { module, problem: self.problem, lost: self.lost, headers: self.headers }
    }

    fn run(&mut self) -> Result<(), IrError> {
        self.regions.push(Region { blocks: Vec::new(), op: None });
        let mut steps = vec![Step::Enter(RegionId(0), Inside { tree: Some(0), ..Inside::default() })];
        while let Some(step) = steps.pop() {
            let mut frame = match step {
                Step::Inside(frame) => frame,
                Step::Enter(region, inside) => match self.enter(region, inside) {
                    Some(frame) => frame,
                    None => continue,
                },
            };
            let Some(item) = self.tree.regions[frame.tree].items.get(frame.next) else {
                self.names.leave(frame.mark);
                continue;
            };
            frame.next += 1;
            match *item {
                // The first block's is there already.
                Item::Label(_) if frame.next == 1 => steps.push(Step::Inside(frame)),
                Item::Label(_) => {
                    frame.block += 1;
                    steps.push(Step::Inside(frame));
                }
                Item::Op(op) => {
                    let regions = self.op(op, &frame)?;
                    steps.push(Step::Inside(frame));
                    steps.extend(regions.into_iter().rev().map(|(region, inside)| Step::Enter(region, inside)));
                }
            }
        }
        Ok(())
    }

    /// Reads an operation and puts its regions on the list of what is to be read next.
    fn op(&mut self, index: usize, frame: &Frame<'a>) -> Result<Vec<(RegionId, Inside)>, IrError> {
        let op = &self.tree.ops[index];
        let (location, end) = self.trailing_location(op.name, op.end);
        let name = self.text_of(index, end, &frame.labels)?;
        let id = OpId(self.ops.len() as u32);
        let block = self.regions[frame.region.index()].blocks[frame.block];
        self.blocks[block.index()].ops.push(id);
        let results = self.results(index, id);
        let inner: Vec<_> = std::mem::take(&mut self.draft.regions)
            .into_iter()
            .map(|inside| {
                let region = RegionId(self.regions.len() as u32);
                self.regions.push(Region { blocks: Vec::new(), op: Some(id) });
                (region, inside)
            })
            .collect();
        if let Some(header) = self.draft.function.take() {
            self.refuse_nested(&header, block)?;
            self.function(id, header, inner.first().map(|(region, _)| *region));
        }
        let (operands, lens) = self.operands(op.name);
        let span = |at: usize| self.tokens.get(at).map_or((0, 0), |token| (token.start, token.end));
        self.ops.push(Op {
            name,
            syntax: self.draft.syntax,
            operation: self.draft.operation,
            operands,
            lens,
            results,
            properties: std::mem::take(&mut self.draft.properties),
            attributes: std::mem::take(&mut self.draft.attributes),
            regions: inner.iter().map(|(region, _)| *region).collect(),
            successors: std::mem::take(&mut self.draft.successors),
            location,
            block: Some(block),
            line: self.tokens.line(op.name),
            text: span(op.start).0..span(op.end.saturating_sub(1)).1,
        });
        Ok(inner)
    }

    /// Drafts an operation in the first way of reading that fits, and returns its name.
    fn text_of(
        &mut self,
        index: usize,
        end: usize,
        labels: &HashMap<&'a str, BlockId>,
    ) -> Result<Cow<'static, str>, IrError> {
        let at = self.tree.ops[index].name;
        let name = self.tokens.unquoted(at).unwrap_or(Cow::Borrowed(self.tokens.text(at)));
        let known = assembly::find(&name);
        let result = known.map(|(name, _)| Cow::Borrowed(name));
        let before = (self.problem.is_some(), self.lost.is_some(), self.later.len());
        if self.tokens.kind(at) == Some(Kind::String) {
            if name == "tt.func" {
                return Err(self.tokens.error(at, IrProblem::Generic));
            }
            let operation = known.and_then(|(_, operations)| operations.first().copied());
            self.draft.begin(Syntax::Generic, operation);
            if self.generic(index, &name, end, labels).is_some() {
                return Ok(result.unwrap_or_else(|| Cow::Owned(name.into_owned())));
            }
            self.forget(before);
        } else if let Some((_, operations)) = known {
            for operation in operations.iter().copied().filter(|operation| !operation.form.is_empty()) {
                self.draft.begin(Syntax::Custom, Some(operation));
                if matches!(operation.form, [Part::Function]) {
                    self.function_text(index, end)?;
                    return Ok(result.unwrap_or_default());
                }
                if self.custom(index, operation, end, labels).is_some() {
                    return Ok(result.unwrap_or_default());
                }
                self.forget(before);
            }
        }
        if self.tokens.kind(at) == Some(Kind::Word) && !name.contains('.') {
            let problem = self.tokens.unexpected(at, "an operation such as `tt.load`");
            self.problem.get_or_insert(problem);
        }
        self.draft.begin(Syntax::Unknown, None);
        self.unknown(index, end, labels);
        Ok(result.unwrap_or_else(|| Cow::Owned(name.into_owned())))
    }

    /// Takes back what a way of reading that didn't fit has noted: whether there was a problem, whether names were lost, and
    /// how many types were to be compared.
    fn forget(&mut self, (problem, lost, later): (bool, bool, usize)) {
        self.problem = self.problem.take().filter(|_| problem);
        self.lost = self.lost.filter(|_| lost);
        self.later.truncate(later);
    }

    /// The `loc(…)` that ends an operation, and where the operation ends without it.
    fn trailing_location(&mut self, start: usize, end: usize) -> (Option<LocId>, usize) {
        let open = self.tokens.partner(end.saturating_sub(1));
        if open > start + 1 && self.tokens.is(open, b'(') && self.tokens.text(open - 1) == "loc" {
            return (self.with_locations.then(|| self.locations.location(open)), open - 1);
        }
        (None, end)
    }

    /// Types of a function that has no body, and of its results.
    fn function(&mut self, op: OpId, header: Header, body: Option<RegionId>) {
        let mut arguments = Vec::new();
        if body.is_none() {
            for (place, argument) in (0..).zip(&header.arguments) {
                let value = self.argument(&argument.argument, Def::Declared(op, place));
                arguments.push(FunctionArgument { value, attributes: argument.attributes.clone() });
            }
        }
        let results = header.results.iter();
        self.functions.push(Function {
            op,
            name: header.name.clone(),
            public: header.public,
            arguments,
            results: results
                .map(|(ty, attributes)| FunctionResult { ty: *ty, attributes: attributes.clone() })
                .collect(),
            body,
            line: header.line,
        });
        self.headers.push(header);
    }
}
