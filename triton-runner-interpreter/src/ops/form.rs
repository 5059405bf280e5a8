//! An operation of the IR while it is decoded: its types, attributes and what must hold of them.

use triton_runner_ir::{Attribute, Module, Op, OpId};

use crate::numbers::format::{Class, Format};
use crate::types::SlotType;

/// What is wrong with an operation, in words.
pub(crate) type Reason = String;

/// An operation with the types of its operands and results.
pub(crate) struct Form<'m> {
    pub(crate) op: &'m Op,
    pub(crate) operands: Vec<SlotType>,
    pub(crate) results: Vec<SlotType>,
}

impl<'m> Form<'m> {
    pub(crate) fn new(module: &'m Module, id: OpId) -> Result<Self, Reason> {
        let op = module.op(id);
        let of = |value: &triton_runner_ir::ValueId| {
            let ty = module.ty(*value);
            SlotType::of(ty).ok_or_else(|| match ty.is_opaque() {
                true => "its types are not known: it is written in an assembly that isn't".to_owned(),
                false => format!("values of type `{ty}` are not supported"),
            })
        };
        let operands = op.operands.iter().map(of).collect::<Result<_, _>>()?;
        let results = op.results.iter().map(of).collect::<Result<_, _>>()?;
        Ok(Self { op, operands, results })
    }

    pub(crate) fn name(&self) -> &str {
        &self.op.name
    }

    /// An operand's type.
    pub(crate) fn operand(&self, place: usize) -> Result<&SlotType, Reason> {
        self.operands.get(place).ok_or_else(|| format!("it has {} operands", self.operands.len()))
    }

    /// Which operands are for this purpose.
    pub(crate) fn places(&self, purpose: &str) -> std::ops::Range<usize> {
        let mut start = 0;
        for (name, values) in self.op.groups() {
            let end = start + values.len();
            if name == purpose {
                return start..end;
            }
            start = end;
        }
        0..0
    }

    /// The operand for this purpose, if there is one.
    pub(crate) fn place(&self, purpose: &str) -> Option<usize> {
        self.places(purpose).next()
    }

    /// A result's type.
    pub(crate) fn result(&self, place: usize) -> Result<&SlotType, Reason> {
        self.results.get(place).ok_or_else(|| format!("it has {} results", self.results.len()))
    }

    /// So many operands and results.
    pub(crate) fn count(&self, operands: usize, results: usize) -> Result<(), Reason> {
        if self.operands.len() == operands && self.results.len() == results {
            return Ok(());
        }
        let (o, r) = (self.operands.len(), self.results.len());
        Err(format!("it has {o} operands and {r} results, expected {operands} and {results}"))
    }

    /// Operands and results all have one shape.
    pub(crate) fn elementwise(&self) -> Result<(), Reason> {
        let mut shapes = self.operands.iter().chain(&self.results).map(|ty| &ty.shape);
        let first = shapes.next();
        match shapes.all(|shape| Some(shape) == first) {
            true => Ok(()),
            false => Err("its operands and results have different shapes".to_owned()),
        }
    }

    /// These operands have the type of the result.
    pub(crate) fn like_result(&self, operands: impl IntoIterator<Item = usize>) -> Result<(), Reason> {
        let result = self.result(0)?;
        for place in operands {
            if self.operand(place)? != result {
                return Err("operands and result have different types".to_owned());
            }
        }
        Ok(())
    }

    /// The format of all operands and results.
    pub(crate) fn uniform(&self, operands: usize) -> Result<Format, Reason> {
        self.count(operands, 1)?;
        self.like_result(0..operands)?;
        Ok(self.result(0)?.format())
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.op.attribute(name).and_then(Attribute::as_i64)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.op.attribute(name).and_then(Attribute::as_bool) == Some(true)
    }

    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        let attribute = self.op.attribute(name)?;
        attribute.as_keyword().or_else(|| attribute.as_str())
    }

    pub(crate) fn need_word(&self, name: &str) -> Result<&str, Reason> {
        self.word(name).ok_or_else(|| format!("it has no `{name}`"))
    }

    /// An axis of a shape.
    pub(crate) fn axis(&self, rank: usize) -> Result<usize, Reason> {
        let axis = self.int("axis").and_then(|axis| usize::try_from(axis).ok());
        axis.filter(|axis| *axis < rank).ok_or_else(|| "it has no axis of its operand".to_owned())
    }
}

/// That a format is one of integers.
pub(crate) fn integers(format: Format) -> Result<Format, Reason> {
    match format.class() {
        Class::I32 | Class::I64 | Class::Mask => Ok(format),
        Class::F32 | Class::F64 => Err("it works on integers".to_owned()),
    }
}

/// That a format is one of floating-point numbers.
pub(crate) fn floats(format: Format) -> Result<Format, Reason> {
    match format.class() {
        Class::F32 | Class::F64 => Ok(format),
        _ => Err("it works on floating-point numbers".to_owned()),
    }
}
