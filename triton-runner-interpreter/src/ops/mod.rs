//! Operations: what each computes, in files by kind.

/// Runs code with values as lanes of their class.
macro_rules! by_class {
    ($class:expr, ($($value:ident in $shape:expr),+) => $body:expr) => {
        match $class {
            $crate::numbers::format::Class::F32 => {
                $(let $value = $value.into_f32().ok_or_else(|| $crate::trap::Trap::form(0))?;)+
                $body
            }
            $crate::numbers::format::Class::F64 => {
                $(let $value = $value.into_f64().ok_or_else(|| $crate::trap::Trap::form(0))?;)+
                $body
            }
            $crate::numbers::format::Class::I32 => {
                $(let $value = $value.into_i32($shape).ok_or_else(|| $crate::trap::Trap::form(0))?;)+
                $body
            }
            $crate::numbers::format::Class::I64 => {
                $(let $value = $value.into_i64($shape).ok_or_else(|| $crate::trap::Trap::form(0))?;)+
                $body
            }
            $crate::numbers::format::Class::Mask => {
                $(let $value = $value.into_bits($shape).ok_or_else(|| $crate::trap::Trap::form(0))?;)+
                $body
            }
        }
    };
}

mod asm;
mod cast;

mod compare;
mod constant;
mod dot;
mod element;
mod event;
mod float;
mod form;
mod integer;
mod layout;
mod library;
pub(crate) mod memory;
mod promise;
mod query;
mod reduce;
mod table;

use triton_runner_ir::{Module, OpId};

pub use asm::StandIn;
pub(crate) use constant::{Constant, constant};
pub(crate) use memory::Placed;
pub(crate) use promise::Promise;
pub(crate) use query::Query;
pub(crate) use reduce::{Combiner, Reduce, Scan};

use crate::numbers::elementwise::FloatBinary;
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::{Value, Values};
use form::{Form, Reason};

/// What an instruction computes.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Integer(integer::Integer),
    Float(float::Float),
    Compare(compare::Compare),
    Cast(cast::Cast),
    Layout(layout::Layout),
    Dot(dot::Dot),
    Scaled(dot::Scaled),
    Library(library::Library),
    Table(table::Table),
    Reduce(Box<Reduce>),
    Scan(Box<Scan>),
    Memory(memory::Memory),
    Asm(Box<asm::Asm>),
    Query(Query),
    Event(event::Event),
    Promise(Promise),
}

/// The operation of the IR; `None` where nothing is to be done.
pub(crate) fn decode(
    module: &Module,
    id: OpId,
    combiner: Option<Combiner>,
    stand_ins: &[StandIn],
) -> Result<Option<Operation>, Reason> {
    let form = Form::new(module, id)?;
    if let Some(combiner) = combiner {
        return match form.name() {
            "tt.reduce" => Ok(Some(Operation::Reduce(Box::new(Reduce::decode(&form, combiner, false)?)))),
            "tt.scan" => Ok(Some(Operation::Scan(Box::new(Scan::decode(&form, combiner)?)))),
            _ => Err("it has a region".to_owned()),
        };
    }
    if matches!(form.name(), "gpu.barrier" | "ttg.barrier" | "tt.debug_barrier" | "nvvm.barrier0" | "ttg.local_barrier")
    {
        // Operations of one program come one after the other.
        return Ok(None);
    }
    if let Some(integer) = integer::Integer::decode(&form)? {
        return Ok(Some(Operation::Integer(integer)));
    }
    if let Some(float) = float::Float::decode(&form)? {
        return Ok(Some(Operation::Float(float)));
    }
    if let Some(compare) = compare::Compare::decode(&form)? {
        return Ok(Some(Operation::Compare(compare)));
    }
    if let Some(cast) = cast::Cast::decode(&form)? {
        return Ok(Some(Operation::Cast(cast)));
    }
    if let Some(layout) = layout::Layout::decode(&form)? {
        return Ok(Some(Operation::Layout(layout)));
    }
    if let Some(dot) = dot::Dot::decode(&form)? {
        return Ok(Some(Operation::Dot(dot)));
    }
    if let Some(scaled) = dot::Scaled::decode(&form)? {
        return Ok(Some(Operation::Scaled(scaled)));
    }
    if let Some(library) = library::Library::decode(&form)? {
        return Ok(Some(Operation::Library(library)));
    }
    if let Some(table) = table::Table::decode(&form)? {
        return Ok(Some(Operation::Table(table)));
    }
    if let Some(memory) = memory::Memory::decode(&form)? {
        return Ok(Some(Operation::Memory(memory)));
    }
    if let Some(query) = Query::decode(&form)? {
        return Ok(Some(Operation::Query(query)));
    }
    if let Some(event) = event::Event::decode(&form)? {
        return Ok(Some(Operation::Event(event)));
    }
    if let Some(asm) = asm::Asm::decode(&form, stand_ins)? {
        return Ok(Some(Operation::Asm(Box::new(asm))));
    }
    Err("the interpreter doesn't know it".to_owned())
}

/// A sum of products that only it needs.
pub(crate) fn fused_reduction(module: &Module, id: OpId, combiner: Combiner) -> Result<Operation, Reason> {
    Ok(Operation::Reduce(Box::new(Reduce::decode(&Form::new(module, id)?, combiner, true)?)))
}

/// A sum of floating-point numbers with the product that only it needs, which is its first operand or its second.
pub(crate) fn fused(module: &Module, sum: OpId, first: bool) -> Result<Operation, Reason> {
    Ok(Operation::Float(float::Float::fused(&Form::new(module, sum)?, first)?))
}

impl Operation {
    /// Whether it works lane by lane, so that it may run on many lanes where the IR has scalars.
    pub(crate) fn is_elementwise(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Float(_) | Self::Compare(_) | Self::Cast(_) | Self::Library(_))
    }

    /// Whether it is the same for the tensors of several programs as one, with an axis for the programs in front.
    pub(crate) fn goes_abreast(&self) -> bool {
        match self {
            Self::Layout(layout) => *layout == layout::Layout::Same,
            Self::Memory(memory) => matches!(memory, memory::Memory::Load(_)),
            Self::Query(_) => true,
            other => other.is_elementwise(),
        }
    }

    pub(crate) fn is_store(&self) -> bool {
        matches!(self, Self::Memory(memory::Memory::Store(_)))
    }

    /// Whether others can see what it does: those that read memory, or what was printed.
    pub(crate) fn acts(&self) -> bool {
        match self {
            Self::Memory(memory) => memory.writes(),
            Self::Asm(_) => true,
            Self::Event(event) => event.kind().is_none(),
            _ => false,
        }
    }

    /// Whether it gives the same for the same operands, and says nothing about them.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Integer(_) | Self::Compare(_) | Self::Cast(_) | Self::Layout(_) => true,
            Self::Query(query) => !matches!(query, Query::Program(_)),
            _ => false,
        }
    }

    /// The result where it follows from the short forms of the operands, which aren't used up.
    pub(crate) fn shortly(&self, scope: &Scope<'_>, operands: [&Value; 2]) -> Option<Value> {
        match self {
            Self::Integer(integer) => integer.shortly(scope, operands),
            Self::Compare(compare) => compare.shortly(scope, operands),
            Self::Cast(cast) => cast.shortly(scope, operands[0]),
            Self::Layout(layout) => layout.shortly(operands[0]),
            _ => None,
        }
    }

    /// What it does to two floating-point numbers, where it does just that.
    pub(crate) fn as_float_binary(&self) -> Option<FloatBinary> {
        match self {
            Self::Float(float::Float::Binary(binary)) => Some(*binary),
            _ => None,
        }
    }

    /// Computes without memory.
    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        match self {
            Self::Integer(integer) => integer.run(scope, operands),
            Self::Float(float) => float.run(scope, operands),
            Self::Compare(compare) => compare.run(scope, operands),
            Self::Cast(cast) => cast.run(scope, operands),
            Self::Layout(layout) => layout.run(scope, operands),
            Self::Dot(dot) => dot.run(scope, operands),
            Self::Scaled(scaled) => scaled.run(scope, operands),
            Self::Library(library) => library.run(scope, operands),
            Self::Table(table) => table.run(scope, operands),
            Self::Reduce(_)
            | Self::Scan(_)
            | Self::Memory(_)
            | Self::Asm(_)
            | Self::Query(_)
            | Self::Event(_)
            | Self::Promise(_) => Err(Trap::form(0)),
        }
    }
}
