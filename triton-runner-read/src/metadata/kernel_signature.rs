//! `kernel_signature` as the Python project triton_runner writes it: the `repr` of a tuple with a
//! `(name, type, specialization)` for each parameter, from Triton 3.5 on with a fourth item `is_kwarg`, or `None`.

use std::collections::BTreeMap;

use triton_runner_manifest::{ArgType, Constant};

use super::MetadataError;
use super::python::{self, Value};
use super::signature::{SignatureEntry, distinct};

const KEY: &str = "kernel_signature";

type Read = (BTreeMap<String, Constant>, Option<Vec<SignatureEntry>>);

pub(super) fn read(text: &str) -> Result<Read, MetadataError> {
    let entries = match python::parse(text)? {
        Value::None => return Ok((BTreeMap::new(), None)),
        Value::Tuple(entries) => entries,
        _ => return Err(shape("expected a tuple of tuples `(name, type, specialization)`, or `None`")),
    };
    let mut constants = BTreeMap::new();
    let mut signature = Vec::new();
    for entry in entries {
        let (name, ty, specialization) = match entry {
            Value::Tuple(items) => match <[Value; 3]>::try_from(items) {
                Ok([Value::Str(name), ty, specialization]) => (name, ty, specialization),
                Ok(_) => return Err(shape("a parameter doesn't start with its name")),
                Err(items) => match <[Value; 4]>::try_from(items) {
                    Ok([Value::Str(name), ty, specialization, _is_kwarg]) => (name, ty, specialization),
                    Ok(_) => return Err(shape("a parameter doesn't start with its name")),
                    Err(items) => {
                        return Err(shape(&format!("a parameter has {} items, expected 3 or 4", items.len())));
                    }
                },
            },
            _ => return Err(shape("a parameter is no tuple")),
        };
        parameter(name, ty, specialization, &mut signature, &mut constants)?;
    }
    distinct(KEY, &signature)?;
    Ok((constants, Some(signature)))
}

fn shape(problem: &str) -> MetadataError {
    MetadataError::KernelSignature { position: 1, problem: problem.to_owned() }
}

/// One parameter. A tuple parameter is flattened in place, as the compiler does it. The parser bounds the recursion.
fn parameter(
    name: String,
    ty: Value,
    specialization: Value,
    signature: &mut Vec<SignatureEntry>,
    constants: &mut BTreeMap<String, Constant>,
) -> Result<(), MetadataError> {
    let ty = match ty {
        Value::Str(ty) => ty,
        Value::Tuple(types) => {
            let specializations = match specialization {
                Value::Tuple(specializations) => specializations,
                _ => Vec::new(),
            };
            let mut specializations = specializations.into_iter();
            for (i, ty) in types.into_iter().enumerate() {
                let specialization = specializations.next().unwrap_or(Value::None);
                parameter(format!("{name}.{i}"), ty, specialization, signature, constants)?;
            }
            return Ok(());
        }
        _ => return Err(shape(&format!("the type of `{name}` is no string"))),
    };
    if ty == "constexpr" {
        constants.extend(constant(specialization).map(|value| (name, value)));
        return Ok(());
    }
    let ty: ArgType = ty.parse().map_err(|error| MetadataError::Type { key: KEY, name: name.clone(), error })?;
    // `D`: divisible by 16. `S`: the tensor spans less than 2 GiB; only AMD's backend makes use of it.
    let divisible_by = match specialization {
        Value::Str(letters) if letters.contains('D') => 16,
        _ => 1,
    };
    signature.push(SignatureEntry { name, ty, divisible_by });
    Ok(())
}

/// Functions, types, tuples and other values that have no form in Rust are left out.
fn constant(value: Value) -> Option<Constant> {
    Some(match value {
        Value::None => Constant::None(()),
        Value::Bool(value) => Constant::Bool(value),
        Value::Int(value) => Constant::Int(value),
        Value::Float(value) => Constant::Float(value),
        Value::Str(value) => Constant::Str(value),
        Value::Tuple(_) | Value::Other => return None,
    })
}
