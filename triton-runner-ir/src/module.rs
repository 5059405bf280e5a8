//! A file as typed operations: arenas of operations, values, blocks and regions, which name each other by ids.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::assembly::Operation;
use crate::attribute::{Attribute, Attributes};
use crate::location::{LocId, Locations};
use crate::types::Type;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// Its place among all of its kind in the module, for tables beside it.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

ids! {
    /// An operation of a module.
    OpId
    /// A value of a module.
    ValueId
    /// A block of a module.
    BlockId
    /// A region of a module.
    RegionId
    /// A type of a module; equal types have equal ids.
    TypeId
}

/// A file of TTIR or TTGIR. Ids are those of the module that gave them; another module's mean something else.
#[derive(Clone, Debug)]
pub struct Module {
    pub(crate) text: Arc<str>,
    pub(crate) ops: Vec<Op>,
    pub(crate) values: Vec<Value>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) regions: Vec<Region>,
    pub(crate) types: Vec<Type>,
    pub(crate) locations: Locations,
    pub(crate) functions: Vec<Function>,
    /// Aliases of attributes and types, with what they stand for, as text.
    pub(crate) aliases: Vec<(Range<u32>, Range<u32>)>,
    /// Aliases of locations.
    pub(crate) location_aliases: Vec<(Range<u32>, LocId)>,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Op {
    /// With its dialect, without quotes: `tt.load`.
    pub name: Cow<'static, str>,
    /// How it is written, and how much of it is understood.
    pub syntax: Syntax,
    /// All operands in order, those for successors left out.
    pub operands: Vec<ValueId>,
    /// In order; they are neighbours in the module.
    pub results: Vec<ValueId>,
    /// What belongs to the operation: `<{…}>` in generic syntax, and what its own syntax says.
    pub properties: Attributes,
    /// `{…}`: what belongs to the operation up to 3.x, and what passes left there.
    pub attributes: Attributes,
    /// In order.
    pub regions: Vec<RegionId>,
    /// Where a branch goes, in order.
    pub successors: Vec<Successor>,
    /// `None` where the file has no locations.
    pub location: Option<LocId>,
    /// The block it is in; `None` for what stands in the file itself.
    pub block: Option<BlockId>,
    /// Line of its name in this file, counted from 1.
    pub line: u32,
    /// From its first result to its last token, its regions included.
    pub(crate) text: Range<u32>,
    /// How it is written, if it is known.
    pub(crate) operation: Option<&'static Operation>,
    /// How many operands each group has; `None` if each has one.
    pub(crate) lens: Option<Box<[u32]>>,
}

/// How an operation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// In its own assembly, which is known.
    Custom,
    /// In MLIR's generic syntax: all of it is understood, whether the operation is known or not.
    Generic,
    /// In an assembly that isn't known. Operands are all values in the text; results that no type could be found for
    /// have the type `Opaque("")`; there are no attributes but those of a `{…}`, and operands have no purpose.
    Unknown,
}

/// Where a branch may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// A block of the same region.
    pub block: BlockId,
    /// What the block's arguments get.
    pub arguments: Vec<ValueId>,
}

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its type, by id.
    pub ty: TypeId,
    /// Where it comes from.
    pub def: Def,
    /// Of an argument; a result has its operation's.
    pub location: Option<LocId>,
    /// Its name without `%` and `#`; `None` for a result that the text doesn't name.
    pub(crate) name: Range<u32>,
    /// Line of its definition in this file, counted from 1.
    pub line: u32,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Def {
    /// A result of an operation, by its place.
    Result(OpId, u32),
    /// An argument of a block, by its place. A function's arguments are those of its first block.
    Argument(BlockId, u32),
    /// An argument of a function without a body, by its place.
    Declared(OpId, u32),
    /// Nowhere: a name that stands for nothing. Only what is read for a summary has some; `parse` refuses them.
    Undefined,
}

/// A straight run of operations.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its label without `^`; empty for a first block that has none.
    pub(crate) label: Range<u32>,
    /// In order. Those that stand in the operation's own text (`iter_args`) come before those of the label.
    pub arguments: Vec<ValueId>,
    /// In order.
    pub ops: Vec<OpId>,
    /// The region it is in.
    pub region: RegionId,
}

/// Blocks that an operation holds.
#[derive(Clone, Debug)]
pub struct Region {
    /// The first one is entered first. May be empty.
    pub blocks: Vec<BlockId>,
    /// The operation that holds it; `None` for the file.
    pub op: Option<OpId>,
}

/// A `tt.func`.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its operation.
    pub op: OpId,
    /// Without `@` and quotes.
    pub name: Box<str>,
    /// Not `private` and not `nested`: a kernel.
    pub public: bool,
    /// In order.
    pub arguments: Vec<FunctionArgument>,
    /// In order.
    pub results: Vec<FunctionResult>,
    /// `None` for a declaration.
    pub body: Option<RegionId>,
    /// Line of its name in this file, counted from 1.
    pub line: u32,
}

/// An argument of a function.
#[derive(Clone, Debug)]
pub struct FunctionArgument {
    /// The value in the function's body.
    pub value: ValueId,
    /// `tt.divisibility` and others.
    pub attributes: Attributes,
}

/// A result of a function.
#[derive(Clone, Debug)]
pub struct FunctionResult {
    /// Its type, by id.
    pub ty: TypeId,
    /// As a rule none.
    pub attributes: Attributes,
}

impl Op {
    /// An attribute by name, wherever it stands.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.properties.get(name).or_else(|| self.attributes.get(name))
    }

    /// The operands by what they are for, in MLIR's order. Nothing if the operation isn't known.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &[ValueId])> {
        let mut start = 0;
        self.operation.into_iter().flat_map(|operation| operation.operands).enumerate().map(move |(place, operand)| {
            let len = self.lens.as_ref().map_or(1, |lens| lens.get(place).copied().unwrap_or_default());
            let end = start + len as usize;
            let values = self.operands.get(start..end).unwrap_or_default();
            start = end;
            (operand.name, values)
        })
    }

    /// The operands of this purpose, in Triton's words (`ptr`, `mask`, `offsets`); empty if there are none.
    pub fn group(&self, name: &str) -> &[ValueId] {
        self.groups().find(|(found, _)| *found == name).map_or(&[], |(_, values)| values)
    }

    /// The one operand of this purpose, if it is there.
    pub fn operand(&self, name: &str) -> Option<ValueId> {
        self.group(name).first().copied()
    }

    /// The one result, if there is just one.
    pub fn result(&self) -> Option<ValueId> {
        match self.results[..] {
            [result] => Some(result),
            _ => None,
        }
    }
}

impl Module {
    /// An operation.
    pub fn op(&self, id: OpId) -> &Op {
        &self.ops[id.index()]
    }

    /// A value.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// A block.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// A region.
    pub fn region(&self, id: RegionId) -> &Region {
        &self.regions[id.index()]
    }

    /// The arguments of an operation's region: those of its first block.
    pub fn region_arguments(&self, op: &Op, region: usize) -> &[ValueId] {
        let region = op.regions.get(region).map(|&region| self.region(region));
        let block = region.and_then(|region| region.blocks.first());
        block.map_or(&[], |&block| &self.block(block).arguments)
    }

    /// A type by its id.
    pub fn type_of(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    /// A value's type.
    pub fn ty(&self, value: ValueId) -> &Type {
        self.type_of(self.value(value).ty)
    }

    /// A value's name in the text, without `%`: `x_ptr`, `0`, `0#1`. `None` for a result that has none.
    pub fn name(&self, value: ValueId) -> Option<String> {
        let name = self.span(&self.value(value).name);
        match self.value(value).def {
            _ if name.is_empty() => None,
            // One name for several results.
            Def::Result(op, place) => {
                let is_same = |other: &&ValueId| self.value(**other).name == self.value(value).name;
                let group: Vec<_> = self.op(op).results.iter().filter(is_same).collect();
                let first = group.first().map_or(0, |first| match self.value(**first).def {
                    Def::Result(_, first) => first,
                    _ => 0,
                });
                Some(if group.len() > 1 { format!("{name}#{}", place - first) } else { name.to_owned() })
            }
            _ => Some(name.to_owned()),
        }
    }

    /// A block's label, without `^`; empty for a first block that has none.
    pub fn label(&self, block: BlockId) -> &str {
        self.span(&self.block(block).label)
    }

    /// An operation as it stands in the file, with what is inside it.
    pub fn text(&self, op: OpId) -> &str {
        self.span(&self.op(op).text)
    }

    /// All functions of the file, in order.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function of this name, without `@` and quotes.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| &*function.name == name)
    }

    /// The file itself: the region that holds the module, or the functions where there is no module around them.
    pub fn file(&self) -> RegionId {
        RegionId(0)
    }

    /// All operations, each before what is inside it.
    pub fn ops(&self) -> impl Iterator<Item = (OpId, &Op)> {
        (0..).map(OpId).zip(&self.ops)
    }

    /// How many values there are: the length of a table by `ValueId::index`.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Locations of operations and arguments.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// Where a value comes from.
    pub fn location(&self, value: ValueId) -> Option<LocId> {
        match self.value(value).def {
            Def::Result(op, _) => self.op(op).location,
            Def::Argument(..) | Def::Declared(..) | Def::Undefined => self.value(value).location,
        }
    }

    /// What an alias (`#blocked`) stands for, as text.
    pub fn alias(&self, name: &str) -> Option<&str> {
        let (_, value) = self.aliases.iter().find(|(alias, _)| self.span(alias) == name)?;
        Some(self.span(value))
    }

    pub(crate) fn span(&self, span: &Range<u32>) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}
