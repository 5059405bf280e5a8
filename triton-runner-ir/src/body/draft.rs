//! What the text of one operation says, before the operation is made of it.

use crate::assembly::Operation;
use crate::attribute::Attributes;
use crate::location::LocId;
use crate::module::{Successor, Syntax, TypeId, ValueId};

/// An operation to be.
pub(super) struct Draft {
    pub(super) syntax: Syntax,
    pub(super) operation: Option<&'static Operation>,
    /// Operands with their group's place, in the order of the text.
    pub(super) operands: Vec<(u8, ValueId)>,
    /// Types of operands: which group, which of it, at which token.
    pub(super) stated: Vec<Stated>,
    /// Types of all operands in MLIR's order, with their tokens.
    pub(super) types: Vec<(TypeId, usize)>,
    pub(super) results: Vec<TypeId>,
    pub(super) properties: Attributes,
    pub(super) attributes: Attributes,
    pub(super) regions: Vec<Inside>,
    pub(super) successors: Vec<Successor>,
    pub(super) function: Option<super::function::Header>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            syntax: Syntax::Unknown,
            operation: None,
            operands: Vec::new(),
            stated: Vec::new(),
            types: Vec::new(),
            results: Vec::new(),
            properties: Attributes::default(),
            attributes: Attributes::default(),
            regions: Vec::new(),
            successors: Vec::new(),
            function: None,
        }
    }
}

impl Draft {
    /// Begins another one in the same buffers.
    pub(super) fn begin(&mut self, syntax: Syntax, operation: Option<&'static Operation>) {
        (self.syntax, self.operation) = (syntax, operation);
        self.operands.clear();
        self.stated.clear();
        self.types.clear();
        self.results.clear();
        self.properties = Attributes::default();
        self.attributes = Attributes::default();
        self.regions.clear();
        self.successors.clear();
        self.function = None;
    }
}

/// The type of an operand.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    pub(super) group: u8,
    pub(super) place: u32,
    pub(super) ty: TypeId,
    pub(super) at: usize,
}

/// A region to be.
#[derive(Default)]
pub(super) struct Inside {
    /// Its place in the tree; `None` for `{}`, which looks like a dictionary there.
    pub(super) tree: Option<usize>,
    /// Arguments that the operation's own text defines.
    pub(super) arguments: Vec<Argument>,
    /// Sees nothing of what is around it.
    pub(super) isolated: bool,
    /// Has a block even where there is nothing in it.
    pub(super) entered: bool,
}

/// A block's argument.
#[derive(Clone, Copy)]
pub(super) struct Argument {
    /// Its `%name`; `None` for an argument of a declaration that has none.
    pub(super) at: Option<usize>,
    pub(super) ty: TypeId,
    pub(super) location: Option<LocId>,
}
