//! How operations are written: for each one where its operands, attributes, regions and types stand in its own assembly.
//!
//! The only place for it: reading, printing and the generic syntax go by this table.
//!
//! Source: what each Triton prints for operations in generic syntax; `TritonOps.td`, and `ArithOps.td`,
//! `MathOps.td`, `SCFOps.td`, `ControlFlowOps.td` of their MLIR, for what that leaves open.

use std::collections::HashMap;
use std::sync::LazyLock;

mod arith;
mod control;
mod memory;
mod part;
mod triton;
pub(crate) mod words;

pub(crate) use part::{Count, Implied, Operand, Operation, Part, Results};

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

/// All names, ordered.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names: std::collections::BTreeSet<_> = TABLE.keys().copied().collect();
    names.into_iter()
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
