//! Values of a program, as it computed them.

use crate::machine::Seen;
use crate::numbers::format::Class;
use crate::program::{Program, python};
use crate::types::Slot;

/// A value that a program computed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Traced {
    /// The program's place in the grid.
    pub program: [u32; 3],
    /// Its name in the IR, `%offsets_1` say.
    pub name: String,
    /// The Python variable that it was assigned to, where the IR says so.
    pub variable: Option<String>,
    /// Line of the IR.
    pub line: u32,
    /// File and line of Python.
    pub python: Option<(String, u32)>,
    /// Sizes of its axes; none for a scalar.
    pub shape: Vec<usize>,
    /// Its elements, the last axis fastest.
    pub elements: Elements,
}

/// Elements of a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Elements {
    /// Integers, sign-extended; truth values as 0 and 1; addresses as the interpreter has them.
    Integers(Vec<i64>),
    /// Floating-point numbers of any format.
    Floats(Vec<f64>),
}

/// The places of values with this name in the IR, or of this Python variable.
pub(super) fn slots(program: &Program, name: &str) -> Vec<Slot> {
    let is_named = |value: &Option<triton_runner_ir::ValueId>| {
        value.is_some_and(|value| {
            let (in_ir, variable) = names(program, value);
            in_ir.trim_start_matches('%') == name.trim_start_matches('%') || variable.as_deref() == Some(name)
        })
    };
    (0..).zip(&program.values).filter(|(_, value)| is_named(value)).map(|(slot, _)| slot).collect()
}

/// The places of all values of the IR.
pub(super) fn all(program: &Program) -> Vec<Slot> {
    (0..).zip(&program.values).filter(|(_, value)| value.is_some()).map(|(slot, _)| slot).collect()
}

fn names(program: &Program, value: triton_runner_ir::ValueId) -> (String, Option<String>) {
    let module = &program.module;
    let variable = module.location(value).and_then(|location| module.locations().variable(location));
    (module.name(value).unwrap_or_default(), variable.map(str::to_owned))
}

/// What a machine saw; `None` for a descriptor.
pub(super) fn traced(program: &Program, id: [u32; 3], seen: Seen) -> Option<Traced> {
    let ty = program.slots.get(seen.slot as usize)?;
    let (name, variable) = names(program, (*program.values.get(seen.slot as usize)?)?);
    let shape = &ty.shape[..];
    let integers = |all: Vec<i64>| Elements::Integers(all);
    let elements = match ty.format().class() {
        Class::F32 => Elements::Floats(seen.value.into_f32()?.to_vec(shape).into_iter().map(f64::from).collect()),
        Class::F64 => Elements::Floats(seen.value.into_f64()?.to_vec(shape)),
        Class::I32 => integers(seen.value.into_i32(shape)?.to_vec(shape).into_iter().map(i64::from).collect()),
        Class::I64 => integers(seen.value.into_i64(shape)?.to_vec(shape)),
        Class::Mask => integers(seen.value.into_bits(shape)?.to_vec(shape).into_iter().map(i64::from).collect()),
    };
    let (line, python) = (program.module.op(seen.origin).line, python(&program.module, seen.origin));
    Some(Traced { program: id, name, variable, line, python, shape: shape.to_vec(), elements })
}
