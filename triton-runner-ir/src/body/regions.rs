//! Regions, blocks and where branches go.

use std::collections::HashMap;

use super::cursor::Reading;
use super::draft::{Argument, Inside};
use super::names::Named;
use super::state::{Body, Frame};
use super::types::Table;
use crate::assembly::Part;
use crate::attribute::{Attribute, Dense, Elements};
use crate::error::IrProblem;
use crate::module::{Block, BlockId, Def, FunctionArgument, RegionId, Successor, Value, ValueId};
use crate::token::Kind;
use crate::tree::Item;
use crate::types::{TensorType, Type};

impl Reading<'_, '_, '_> {
    /// The pieces of an assembly that are more than values, attributes and types.
    pub(super) fn structure(&mut self, part: Part) -> Option<()> {
        match part {
            Part::ArrowResults => match self.eat(Kind::Arrow) {
                Some(_) => self.one_or_more_results(),
                None => Some(()),
            },
            Part::Successor => self.successor(),
            Part::Cases(name) => self.cases(name),
            Part::Region => self.region(),
            Part::Else => match self.word("else") {
                true => self.region(),
                false => Some(()),
            },
            Part::Counter => {
                let at = self.eat(Kind::Value)?;
                self.arguments.push(Argument { at: Some(at), ty: Table::UNKNOWN, location: None });
                self.punct(b'=')
            }
            Part::CounterType(names) => {
                let (ty, at) = match self.is(b':') {
                    true => {
                        self.at += 1;
                        self.ty()?
                    }
                    false => (self.body.types.add(Type::Index), self.at),
                };
                self.arguments.first_mut()?.ty = ty;
                names.iter().try_for_each(|name| self.state(name, 0, ty, at))
            }
            Part::IterArgs(name) => {
                if !self.word("iter_args") {
                    return Some(());
                }
                self.carried(name)?;
                self.eat(Kind::Arrow)?;
                self.one_or_more_results()?;
                let first = self.arguments.len().checked_sub(self.body.draft.results.len())?;
                for (place, i) in (0..).zip(first..self.arguments.len()) {
                    let ty = self.body.draft.results[i - first];
                    self.arguments[i].ty = ty;
                    self.state(name, place, ty, self.at - 1)?;
                }
                // The counter is no such argument.
                (first == 1).then_some(())
            }
            Part::WhileArgs(name) => match self.is(b'(') {
                true => self.carried(name),
                false => Some(()),
            },
            Part::Module => {
                if let Some(at) = self.eat(Kind::Symbol) {
                    let name = self.body.tokens.unquoted(at)?.into();
                    self.property("sym_name", Attribute::Symbol(vec![name]))?;
                }
                self.part(Part::NamedAttributes)?;
                self.region()
            }
            _ => None,
        }
    }

    /// `(%a = %x, %b = %y)`.
    fn carried(&mut self, name: &str) -> Option<()> {
        self.punct(b'(')?;
        if !self.is(b')') {
            self.list(|reading| {
                let at = reading.eat(Kind::Value)?;
                reading.arguments.push(Argument { at: Some(at), ty: Table::UNKNOWN, location: None });
                reading.punct(b'=')?;
                reading.operand(name)
            })?;
        }
        self.punct(b')')
    }

    fn region(&mut self) -> Option<()> {
        let open = self.eat(Kind::Punct(b'{'))?;
        let close = self.body.tokens.partner(open);
        let regions = &self.body.tree.ops[self.index].regions;
        let next = self.body.draft.regions.iter().filter(|region| region.tree.is_some()).count();
        let tree = regions.get(next).copied().filter(|&region| self.body.tree.regions[region].open == open);
        if tree.is_none() && close != open + 1 {
            return None;
        }
        let mut arguments = std::mem::take(&mut self.arguments);
        // Those of `scf.while`, whose types came behind all of them.
        for (argument, (ty, _)) in arguments.iter_mut().zip(&self.body.draft.types) {
            if argument.ty == Table::UNKNOWN {
                argument.ty = *ty;
            }
        }
        self.body.draft.regions.push(Inside { tree, arguments, isolated: false, entered: true });
        self.at = close + 1;
        Some(())
    }

    fn successor(&mut self) -> Option<()> {
        let at = self.eat(Kind::Block)?;
        let block = self.body.label(at, self.labels)?;
        let mut arguments = Vec::new();
        if self.is(b'(') {
            self.at += 1;
            let values = self.list(|reading| {
                let at = (reading.kind() == Some(Kind::Value)).then_some(reading.at)?;
                let (value, behind) = reading.body.value(at);
                reading.at = behind;
                Some(value)
            })?;
            self.punct(b':')?;
            let types = self.list(|reading| reading.ty())?;
            self.punct(b')')?;
            if types.len() != values.len() {
                return None;
            }
            for (&value, (ty, at)) in values.iter().zip(types) {
                self.body.check(value, ty, at);
            }
            arguments = values;
        }
        self.body.draft.successors.push(Successor { block, arguments });
        Some(())
    }

    fn cases(&mut self, name: &'static str) -> Option<()> {
        self.punct(b'[')?;
        self.word("default").then_some(())?;
        self.punct(b':')?;
        self.successor()?;
        let flag = self.body.draft.stated.first()?.ty;
        let element = self.body.types.get(flag).clone();
        let mut numbers = Vec::new();
        while self.is(b',') {
            self.at += 1;
            let negative = self.is(b'-');
            self.at += usize::from(negative);
            let at = self.eat(Kind::Number)?;
            let number: i64 = self.body.tokens.text(at).parse().ok()?;
            numbers.push(if negative { number.wrapping_neg() } else { number } as u64);
            self.punct(b':')?;
            self.successor()?;
        }
        self.punct(b']')?;
        if numbers.is_empty() {
            return Some(());
        }
        let mask = u64::MAX.checked_shr(64_u32.checked_sub(element.bits()?)?)?;
        let shape = [numbers.len() as u64].into();
        let ty = Type::Tensor(TensorType { shape, element: Box::new(element), encoding: None });
        let elements = Elements::List(numbers.into_iter().map(|number| number & mask).collect());
        self.property(name, Attribute::Dense(Dense { ty, elements }))
    }
}

impl<'a> Body<'_, 'a> {
    /// The block that a label names; none is what MLIR refuses.
    pub(super) fn label(&mut self, at: usize, labels: &HashMap<&'a str, BlockId>) -> Option<BlockId> {
        let label = self.tokens.text(at);
        let block = labels.get(label).copied();
        if block.is_none() {
            self.refuse(at, IrProblem::Undefined { name: label.to_owned() });
        }
        block
    }

    /// Begins a region: makes its blocks, and binds all names that it defines, for blocks may use values that come later
    /// in the text. `None` if there is nothing inside.
    pub(super) fn enter(&mut self, region: RegionId, inside: Inside) -> Option<Frame<'a>> {
        let mark = self.names.enter(inside.isolated);
        let items = inside.tree.map_or(&[][..], |tree| &self.tree.regions[tree].items);
        let mut labels = HashMap::new();
        let starts_with_label = matches!(items.first(), Some(Item::Label(_)));
        if !starts_with_label && (!items.is_empty() || inside.entered) {
            self.block(region, 0..0, &inside.arguments);
        }
        let forward = items.iter().skip(1).any(|item| matches!(item, Item::Label(_)));
        for (place, item) in items.iter().enumerate() {
            match *item {
                Item::Op(op) => self.bind_results(op, region, forward),
                Item::Label(at) => {
                    let mut arguments = if place == 0 { inside.arguments.clone() } else { Vec::new() };
                    if self.regions[region.index()].op.is_none() {
                        let problem = self.tokens.unexpected(at, "an operation");
                        self.problem.get_or_insert(problem);
                    }
                    if !arguments.is_empty() {
                        let problem = self.tokens.unexpected(at, "no label, for the block has its arguments already");
                        self.problem.get_or_insert(problem);
                    }
                    self.label_arguments(at, &mut arguments);
                    let block = self.block(region, self.name_span(at), &arguments);
                    if labels.insert(self.tokens.text(at), block).is_some() {
                        self.refuse(at, IrProblem::Redefined { name: self.tokens.text(at).to_owned() });
                    }
                }
            }
        }
        self.function_arguments(region);
        match inside.tree {
            Some(tree) if !items.is_empty() => Some(Frame { region, tree, next: 0, mark, labels, block: 0 }),
            _ => {
                self.names.leave(mark);
                None
            }
        }
    }

    fn block(&mut self, region: RegionId, label: std::ops::Range<u32>, arguments: &[Argument]) -> BlockId {
        let block = BlockId(self.blocks.len() as u32);
        let mut values = Vec::with_capacity(arguments.len());
        for (place, argument) in (0..).zip(arguments) {
            let value = self.argument(argument, Def::Argument(block, place));
            if let Some(at) = argument.at {
                self.bind(at, Named { first: value, count: 1, forward: false, region });
            }
            values.push(value);
        }
        self.blocks.push(Block { label, arguments: values, ops: Vec::new(), region });
        self.regions[region.index()].blocks.push(block);
        block
    }

    /// `(%a: i32 loc(…), %b: f32)` behind a label.
    fn label_arguments(&mut self, label: usize, arguments: &mut Vec<Argument>) {
        if !self.tokens.is(label + 1, b'(') {
            return;
        }
        let close = self.tokens.partner(label + 1);
        let mut at = label + 2;
        while at < close {
            if self.tokens.kind(at) == Some(Kind::Value) && self.tokens.is(at + 1, b':') {
                let (ty, mut behind) = self.ty(at + 2).unwrap_or_else(|| {
                    let problem = self.tokens.unexpected(at + 2, "the argument's type");
                    self.problem.get_or_insert(problem);
                    (Table::UNKNOWN, at + 2)
                });
                let mut location = None;
                if self.tokens.text(behind) == "loc" && self.tokens.is(behind + 1, b'(') {
                    location = Some(self.locations.location(behind + 1));
                    behind = self.tokens.partner(behind + 1) + 1;
                }
                arguments.push(Argument { at: Some(at), ty, location });
                at = behind;
            } else {
                if !self.tokens.is(at, b',') {
                    let problem = self.tokens.unexpected(at, "a block's argument such as `%x: i32`");
                    self.problem.get_or_insert(problem);
                }
                at += 1;
            }
        }
    }

    /// Makes values for the results that an operation's text names.
    fn bind_results(&mut self, op: usize, region: RegionId, forward: bool) {
        let (start, name, end) = (self.tree.ops[op].start, self.tree.ops[op].name, self.tree.ops[op].end);
        let first = self.values.len() as u32;
        let mut at = start;
        while at < name {
            if self.tokens.kind(at) != Some(Kind::Value) {
                at += 1;
                continue;
            }
            let several = self.tokens.is(at + 1, b':');
            // No operation has more results than its text has words for their types; two of one type are the exception.
            let most = (end - start).max(2) as u32;
            let count = if several { self.tokens.text(at + 2).parse().unwrap_or(most).min(most) } else { 1 };
            let value = ValueId(self.values.len() as u32);
            let name = self.name_span(at);
            for _ in 0..count {
                let (ty, def, name) = (Table::UNKNOWN, Def::Undefined, name.clone());
                self.values.push(Value { ty, def, location: None, name, line: 0 });
            }
            self.bind(at, Named { first: value, count, forward, region });
            at += if several { 3 } else { 1 };
        }
        self.named[op] = (first, self.values.len() as u32 - first);
    }

    /// If the region is a function's, its first block's arguments are the function's.
    fn function_arguments(&mut self, region: RegionId) {
        let Some(function) = self.functions.last_mut().filter(|function| function.body == Some(region)) else { return };
        let Some(header) = self.headers.last() else { return };
        let first = self.regions[region.index()].blocks.first();
        let values = first.map(|block| self.blocks[block.index()].arguments.iter().copied()).into_iter().flatten();
        let arguments = values.zip(&header.arguments);
        function.arguments = arguments
            .map(|(value, argument)| FunctionArgument { value, attributes: argument.attributes.clone() })
            .collect();
    }
}
