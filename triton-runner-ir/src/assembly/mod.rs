//! How operations are written: for each one where its operands, attributes, regions and types stand in its own assembly.
//!
//! The only place for it: reading, printing and the generic syntax go by this table.
//!
//! Source: what Triton 3.2 to 3.9 prints for operations in generic syntax; `TritonOps.td`, and `ArithOps.td`,
//! `MathOps.td`, `SCFOps.td`, `ControlFlowOps.td` of their MLIR, for what that leaves open.

use std::collections::HashMap;
use std::sync::LazyLock;

mod arith;
mod control;
mod memory;
mod triton;
pub(crate) mod words;

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// With its dialect. Operations that are written alike share an entry.
    pub(crate) names: &'static [&'static str],
    /// Its operands, in MLIR's order.
    pub(crate) operands: &'static [Operand],
    /// Its own assembly; empty if it has none.
    pub(crate) form: &'static [Part],
    /// Types of its results.
    pub(crate) results: Results,
}

/// Operands that serve one purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) name: &'static str,
    pub(crate) count: Count,
    pub(crate) implied: Implied,
}

/// What the type of an operand follows from where the text leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Implied {
    /// The text has it.
    Nothing,
    /// It is an integer of this width.
    Integer(u32),
    /// It is what this operand points to, in its shape.
    Pointee(&'static str),
    /// It is `i1`, in the shape of this operand, or of the block that it points to.
    Mask(&'static str),
}

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    One,
    Optional,
    Many,
}

const fn one(name: &'static str) -> Operand {
    Operand { name, count: Count::One, implied: Implied::Nothing }
}

const fn optional(name: &'static str) -> Operand {
    Operand { name, count: Count::Optional, implied: Implied::Nothing }
}

const fn many(name: &'static str) -> Operand {
    Operand { name, count: Count::Many, implied: Implied::Nothing }
}

impl Operand {
    /// Of a type that the text leaves out.
    const fn of(self, implied: Implied) -> Self {
        Self { implied, ..self }
    }
}

/// A piece of an assembly. Names are those of operands and attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `,`, `:` and others.
    Punct(u8),
    /// `->`.
    Arrow,
    /// A word that is always there: `to`.
    Keyword(&'static str),

    /// `%x`.
    Value(&'static str),
    /// `, %x`, or nothing.
    CommaValue(&'static str),
    /// A word and `%x`, or nothing: `scale %x`.
    WordValue(&'static str, &'static str),
    /// `%x, %y`, of any number.
    Values(&'static str),
    /// `[%x, %y]`.
    Bracketed(&'static str),
    /// `(%x, %y)`.
    Parenthesized(&'static str),
    /// `%x, %y : i32, f32`, or nothing.
    Typed(&'static str),
    /// The same with a colon before it.
    ColonTyped(&'static str),

    /// A word: `slt`.
    Word(&'static str),
    /// A word, or nothing: `downward`.
    OptionalWord(&'static str),
    /// Words with bars between them: `local|global_read`.
    Bars(&'static str),
    /// `lhs = e4m3`: the word before `=`, the attribute.
    Assign(&'static str, &'static str),
    /// `, rounding = rtne`, or nothing.
    CommaAssign(&'static str, &'static str),
    /// Any of these assignments, in any order.
    Options(&'static [(&'static str, &'static str)]),
    /// A word that is there or not: `exact`.
    Flag(&'static str, &'static str),
    /// `fastmath<nnan, ninf>`, or nothing.
    Flags(&'static str, &'static str),
    /// `"text"`.
    Text(&'static str),
    /// `@f`.
    Symbol(&'static str),
    /// Any attribute, with its type.
    Attribute(&'static str),
    /// `<attribute>`, or nothing.
    Bracket(&'static str),
    /// `weights([1, 2])`, or nothing: 32-bit integers.
    Weights(&'static str),
    /// `{…}`, or nothing.
    Attributes,
    /// `attributes {…}`, or nothing.
    NamedAttributes,

    /// One type, that all of these have.
    Type(&'static [&'static str]),
    /// The types of `Many` operands.
    Types(&'static str),
    /// A type and a comma, or nothing, if `i1` is meant.
    TypeComma(&'static str),
    /// A comma and a type, if the operand is there.
    CommaType(&'static str),
    /// One type whose name may be left out: `<f32>`. Of an operand, or of the result if that is `""`.
    Short(&'static str, &'static str),
    /// The type of one result.
    Result,
    /// Types of all operands, then of all results: `(i32) -> f32`.
    Functional,
    /// Types of all operands, without parentheses.
    OperandTypes,
    /// Types of all results, with commas between them.
    ResultTypes,
    /// `-> (f32, i32)`, or nothing.
    ArrowResults,

    /// `^bb1`, `^bb1(%x : f32)`.
    Successor,
    /// `[default: ^bb1, 42: ^bb2]`, with the attribute that holds the numbers.
    Cases(&'static str),
    /// `{…}`.
    Region,
    /// `else {…}`, or nothing.
    Else,
    /// `%i =`: the first argument of the region.
    Counter,
    /// `: i32`, the type of the counter and of these operands; nothing if it is `index`.
    CounterType(&'static [&'static str]),
    /// `iter_args(%a = %x) -> (f32)`, or nothing: more arguments of the region, and the results.
    IterArgs(&'static str),
    /// `(%a = %x)`, or nothing: arguments of the region, whose types come with `Functional`.
    WhileArgs(&'static str),
    /// A whole `tt.func` behind its name.
    Function,
    /// A whole `module` behind its name.
    Module,
}

/// Types of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Results {
    /// There are none.
    None,
    /// The text has them.
    Stated,
    /// The one in the text, for this many results.
    Times(usize),
    /// That of this operand, for this many results.
    Like(&'static str, usize),
    /// What this operand points to, in its shape.
    Pointee(&'static str),
    /// `i1`, in the shape of this operand.
    Bool(&'static str),
    /// The element of this operand.
    Element(&'static str),
    /// That of this attribute.
    Attribute(&'static str),
}

const COMMA: Part = Part::Punct(b',');
const COLON: Part = Part::Punct(b':');
/// Numbers that are no tensors.
const I1: Implied = Implied::Integer(1);
const I32: Implied = Implied::Integer(32);
const I64: Implied = Implied::Integer(64);

static TABLE: LazyLock<HashMap<&'static str, Vec<&'static Operation>>> = LazyLock::new(|| {
    let mut table: HashMap<_, Vec<_>> = HashMap::new();
    for operation in
        [arith::OPERATIONS, control::OPERATIONS, memory::OPERATIONS, triton::OPERATIONS].into_iter().flatten()
    {
        for name in operation.names {
            table.entry(*name).or_default().push(operation);
        }
    }
    table
});

/// The operation of this name with its name; several if versions write it in more than one way.
pub(crate) fn find(name: &str) -> Option<(&'static str, &'static [&'static Operation])> {
    TABLE.get_key_value(name).map(|(name, operations)| (*name, &operations[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operand_and_region_of_the_table_is_used_as_it_is_declared() {
        for (name, operations) in TABLE.iter() {
            for operation in operations {
                let declared = |name: &str| operation.operands.iter().find(|operand| operand.name == name);
                for part in operation.form {
                    let (operand, counts): (&str, &[Count]) = match *part {
                        Part::Value(operand) | Part::TypeComma(operand) => (operand, &[Count::One]),
                        Part::CommaValue(operand) | Part::WordValue(_, operand) | Part::CommaType(operand) => {
                            (operand, &[Count::Optional])
                        }
                        Part::Values(operand)
                        | Part::Bracketed(operand)
                        | Part::Parenthesized(operand)
                        | Part::Typed(operand)
                        | Part::ColonTyped(operand)
                        | Part::Types(operand)
                        | Part::IterArgs(operand)
                        | Part::WhileArgs(operand) => (operand, &[Count::Many, Count::One]),
                        Part::Short(operand, _) if !operand.is_empty() => (operand, &[Count::One]),
                        _ => continue,
                    };
                    let found = declared(operand).unwrap_or_else(|| panic!("{name}: {operand}"));
                    assert!(counts.contains(&found.count), "{name}: {operand} is {:?}", found.count);
                }
                match operation.results {
                    Results::Like(operand, _)
                    | Results::Pointee(operand)
                    | Results::Bool(operand)
                    | Results::Element(operand) => {
                        let stated = operation.form.iter().any(|part| match part {
                            Part::Type(operands) => operands.contains(&operand),
                            _ => false,
                        });
                        assert!(stated, "{name}: the type of {operand} is not in the text");
                    }
                    _ => {}
                }
            }
        }
    }
}
