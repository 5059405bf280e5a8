//! From tokens and tree to typed operations. Nothing recurses with the nesting of regions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::assembly;
use crate::attribute::text::Source;
use crate::error::{IrError, IrProblem};
use crate::location::{LocId, text::Reader as LocationReader};
use crate::module::{
    Block, BlockId, Def, Function, FunctionArgument, FunctionResult, Group, Module, Op, OpId, Region, RegionId, Syntax,
    TypeId, Value, ValueId,
};
use crate::token::{Kind, Tokens};
use crate::tree::{Item, Tree};
use crate::types::{table::Table, text as type_text};

mod custom;
mod draft;
mod function;
mod generic;
mod names;
mod regions;
mod unknown;

use draft::{Argument, Draft, Inside};
pub(crate) use function::{Header, HeaderArgument};
use names::{Mark, Named, Names};

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
    let body = Body::read(text, &tokens, &tree)?;
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

pub(crate) struct Body<'t, 'a> {
    tokens: &'t Tokens<'a>,
    tree: &'t Tree<'a>,
    types: Table<'a>,
    locations: LocationReader<'t, 'a>,
    names: Names<'a>,
    ops: Vec<Op>,
    values: Vec<Value>,
    blocks: Vec<Block>,
    regions: Vec<Region>,
    functions: Vec<Function>,
    headers: Vec<Header>,
    /// For each operation of the tree the first of its results that the text names, and how many.
    named: Vec<(u32, u32)>,
    /// Operands whose types are known later than they are used: the value, the type that it must have, the token.
    later: Vec<(ValueId, TypeId, usize)>,
    problem: Option<IrError>,
    lost: Option<u32>,
}

/// A region on the way.
struct Frame<'a> {
    region: RegionId,
    /// Its place in the tree.
    tree: usize,
    next: usize,
    mark: Mark<'a>,
    labels: HashMap<&'a str, BlockId>,
    /// The block that is being read, by its place in the region.
    block: usize,
}

enum Step<'a> {
    Enter(RegionId, Inside),
    Inside(Frame<'a>),
}

impl<'t, 'a> Body<'t, 'a> {
    pub(crate) fn read(text: &str, tokens: &'t Tokens<'a>, tree: &'t Tree<'a>) -> Result<Read, IrError> {
        let (types, aliases) = aliases(tokens, tree);
        let mut body = Self {
            tokens,
            tree,
            types: Table::new(types),
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
            problem: None,
            lost: None,
        };
        body.run()?;
        body.check_later();
        Ok(body.finish(text, aliases))
    }

    fn finish(self, text: &str, aliases: Vec<(std::ops::Range<u32>, std::ops::Range<u32>)>) -> Read {
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

    /// Reads an operation and returns its regions, which are to be read next.
    fn op(&mut self, index: usize, frame: &Frame<'a>) -> Result<Vec<(RegionId, Inside)>, IrError> {
        let op = &self.tree.ops[index];
        let (location, end) = self.trailing_location(op.name, op.end);
        let (name, mut draft) = self.draft(index, end, frame)?;
        let id = OpId(self.ops.len() as u32);
        let block = self.regions[frame.region.index()].blocks[frame.block];
        self.blocks[block.index()].ops.push(id);
        let results = self.results(index, id, &draft.results);
        let inner: Vec<_> = std::mem::take(&mut draft.regions)
            .into_iter()
            .map(|inside| {
                let region = RegionId(self.regions.len() as u32);
                self.regions.push(Region { blocks: Vec::new(), op: Some(id) });
                (region, inside)
            })
            .collect();
        if let Some(header) = draft.function.take() {
            self.refuse_nested(&header, block)?;
            self.function(id, header, inner.first().map(|(region, _)| *region));
        }
        let (operands, groups) = self.operands(&mut draft);
        let span = |at: usize| self.tokens.get(at).map_or((0, 0), |token| (token.start, token.end));
        self.ops.push(Op {
            name,
            syntax: draft.syntax.unwrap_or(Syntax::Unknown),
            operation: draft.operation,
            operands,
            groups,
            results,
            properties: draft.properties,
            attributes: draft.attributes,
            regions: inner.iter().map(|(region, _)| *region).collect(),
            successors: draft.successors,
            location,
            block: Some(block),
            line: self.tokens.line(op.name),
            text: span(op.start).0..span(op.end.saturating_sub(1)).1,
        });
        Ok(inner)
    }

    /// What the operation's text says, in the first way of reading that fits.
    fn draft(&mut self, index: usize, end: usize, frame: &Frame<'a>) -> Result<(Cow<'static, str>, Draft), IrError> {
        let at = self.tree.ops[index].name;
        let quoted = self.tokens.kind(at) == Some(Kind::String);
        let name = self.tokens.unquoted(at).unwrap_or(Cow::Borrowed(self.tokens.text(at)));
        let known = assembly::find(&name);
        let result_name =
            || known.map_or_else(|| Cow::Owned(name.clone().into_owned()), |(name, _)| Cow::Borrowed(name));
        let before = (self.problem.is_some(), self.lost.is_some(), self.later.len());
        if quoted {
            if name == "tt.func" {
                return Err(self.tokens.error(at, IrProblem::Generic));
            }
            let operation = known.and_then(|(_, operations)| operations.first().copied());
            if let Some(draft) = self.generic(index, &name, operation, end, &frame.labels) {
                return Ok((result_name(), draft));
            }
        } else if let Some((name, operations)) = known {
            for operation in operations.iter().filter(|operation| !operation.form.is_empty()) {
                if let Some(draft) = self.custom(index, operation, end, &frame.labels)? {
                    return Ok((Cow::Borrowed(name), draft));
                }
                self.forget(before);
            }
        }
        self.forget(before);
        Ok((result_name(), self.unknown(index, end, &frame.labels)))
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
            return (Some(self.locations.location(open)), open - 1);
        }
        (None, end)
    }

    /// The values of an operation's results: those that its region made for the names, else new ones.
    fn results(&mut self, index: usize, op: OpId, types: &[TypeId]) -> Vec<ValueId> {
        let (first, count) = self.named[index];
        let line = self.tokens.line(self.tree.ops[index].name);
        if count == 0 {
            let first = self.values.len() as u32;
            for (place, &ty) in (0..).zip(types) {
                self.values.push(Value { ty, def: Def::Result(op, place), location: None, name: 0..0, line });
            }
            return (first..self.values.len() as u32).map(ValueId).collect();
        }
        for place in 0..count {
            let value = &mut self.values[(first + place) as usize];
            value.def = Def::Result(op, place);
            value.line = line;
            value.ty = types.get(place as usize).copied().unwrap_or(Table::UNKNOWN);
        }
        (first..first + count).map(ValueId).collect()
    }

    /// The operands in MLIR's order with their groups, their types compared.
    fn operands(&mut self, draft: &mut Draft) -> (Vec<ValueId>, Vec<Group>) {
        let (mut operands, mut groups) = (std::mem::take(&mut draft.operands), Vec::new());
        if let Some(operation) = draft.operation.filter(|_| draft.syntax != Some(Syntax::Unknown)) {
            operands.sort_by_key(|(group, _)| *group);
            groups.reserve_exact(operation.operands.len());
            for (place, operand) in (0..).zip(operation.operands) {
                let len = operands.iter().filter(|(group, _)| *group == place).count() as u32;
                groups.push(Group { name: operand.name, len });
            }
        }
        for stated in std::mem::take(&mut draft.stated) {
            let mut group = operands.iter().filter(|(group, _)| *group == stated.group);
            if let Some(&(_, value)) = group.nth(stated.place as usize) {
                self.check(value, stated.ty, stated.at);
            }
        }
        for (&(_, value), (ty, at)) in operands.iter().zip(draft.types.take().unwrap_or_default()) {
            self.check(value, ty, at);
        }
        (operands.into_iter().map(|(_, value)| value).collect(), groups)
    }

    /// Compares a value's type with what the text says.
    fn check(&mut self, value: ValueId, ty: TypeId, at: usize) {
        match self.values[value.index()].ty {
            Table::UNKNOWN => self.later.push((value, ty, at)),
            found if found != ty => self.mismatch(value, ty, at),
            _ => {}
        }
    }

    fn check_later(&mut self) {
        for (value, ty, at) in std::mem::take(&mut self.later) {
            let found = self.values[value.index()].ty;
            if found != Table::UNKNOWN && found != ty {
                self.mismatch(value, ty, at);
            }
        }
    }

    fn mismatch(&mut self, value: ValueId, ty: TypeId, at: usize) {
        let Value { ty: found, name, line, .. } = &self.values[value.index()];
        let problem = IrProblem::OperandType {
            value: format!("%{}", self.tokens.slice(name)),
            line: *line,
            found: self.types.get(*found).to_string(),
            expected: self.types.get(ty).to_string(),
        };
        self.refuse(at, problem);
    }

    /// Notes what MLIR would refuse. The first one counts.
    fn refuse(&mut self, at: usize, problem: IrProblem) {
        if self.problem.is_none() {
            self.problem = Some(self.tokens.error(at, problem));
        }
    }

    fn source(&self) -> Source<'_, 'a> {
        Source { tokens: self.tokens, types: &self.types.aliases }
    }

    /// The type that starts at a token, and the token behind it.
    fn ty(&mut self, at: usize) -> Option<(TypeId, usize)> {
        let end = type_text::end(self.tokens, at);
        (end > at).then(|| (self.types.read(self.tokens.range(at, end)), end))
    }

    /// The value that a name stands for, and the token behind it. One that stands for nothing gets a value of its own.
    fn value(&mut self, at: usize) -> (ValueId, usize) {
        let name = self.tokens.text(at);
        let place = match self.tokens.kind(at + 1) {
            Some(Kind::Hash) => self.tokens.text(at + 1)[1..].parse::<u32>().ok(),
            _ => None,
        };
        let behind = at + 1 + usize::from(place.is_some());
        match self.names.get(name) {
            Some(named) if place.unwrap_or_default() < named.count => {
                (ValueId(named.first.0 + place.unwrap_or_default()), behind)
            }
            _ => {
                self.refuse(at, IrProblem::Undefined { name: self.tokens.range(at, behind).to_owned() });
                self.lost.get_or_insert(self.tokens.line(at));
                let value = ValueId(self.values.len() as u32);
                let (def, line) = (Def::Undefined, self.tokens.line(at));
                let name = self.name_span(at);
                self.values.push(Value { ty: Table::UNKNOWN, def, location: None, name, line });
                (value, behind)
            }
        }
    }

    /// A name without its first character.
    fn name_span(&self, at: usize) -> std::ops::Range<u32> {
        self.tokens.get(at).map_or(0..0, |token| token.start + 1..token.end)
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

    fn argument(&mut self, argument: &Argument, def: Def) -> ValueId {
        let value = ValueId(self.values.len() as u32);
        let (name, line) = match argument.at {
            Some(at) => (self.name_span(at), self.tokens.line(at)),
            None => (0..0, 0),
        };
        self.values.push(Value { ty: argument.ty, def, location: argument.location, name, line });
        value
    }

    fn bind(&mut self, at: usize, named: Named) {
        let name = self.tokens.text(at);
        if self.names.bind(name, named) {
            self.refuse(at, IrProblem::Redefined { name: name.to_owned() });
        }
    }
}

type Span = std::ops::Range<u32>;

/// Aliases of types (without `!`, with their text), and all that are no locations, with what they stand for.
fn aliases<'a>(tokens: &Tokens<'a>, tree: &Tree<'a>) -> (HashMap<&'a str, &'a str>, Vec<(Span, Span)>) {
    let mut types = HashMap::new();
    let mut all = Vec::new();
    for (&name, &(value, end)) in &tree.aliases {
        if tokens.kind(value - 2) == Some(Kind::Bang) {
            types.insert(&name[1..], tokens.range(value, end));
        } else if tokens.text(value) == "loc" && tokens.is(value + 1, b'(') {
            continue;
        }
        let (Some(name), Some(first)) = (tokens.get(value - 2), tokens.get(value)) else { continue };
        let Some(last) = tokens.get(end.saturating_sub(1)).filter(|_| end > value) else { continue };
        all.push((name.start..name.end, first.start..last.end));
    }
    all.sort_by_key(|(name, _)| name.start);
    (types, all)
}
