//! Arguments of a kernel, one by one.

use triton_runner_manifest::{Access, ArgType};

use super::entries::Entries;
use super::{argument_name, argument_type};
use crate::argument::RawArgument;
use crate::attribute::Attribute;
use crate::body::{Header, HeaderArgument};
use crate::error::{IrError, IrProblem};
use crate::module::{Function, FunctionArgument, Module};
use crate::token::Tokens;

pub(super) fn read(
    tokens: &Tokens<'_>,
    module: &Module,
    kernel: &Function,
    header: &Header,
) -> Result<Vec<RawArgument>, IrError> {
    let arguments = kernel.arguments.iter().zip(&header.arguments);
    arguments.map(|(argument, text)| one(tokens, module, argument, text)).collect()
}

fn one(
    tokens: &Tokens<'_>,
    module: &Module,
    argument: &FunctionArgument,
    text: &HeaderArgument,
) -> Result<RawArgument, IrError> {
    let value = module.value(argument.value);
    let ssa = module.name(argument.value).unwrap_or_default();
    let divisible_by = match argument.attributes.get("tt.divisibility") {
        Some(Attribute::Integer(integer)) if integer.value > 0 => u32::try_from(integer.value).ok(),
        Some(_) => None,
        None => Some(1),
    };
    let divisible_by = divisible_by.ok_or_else(|| {
        let mut entries = text.dictionary.into_iter().flat_map(|open| Entries::of(tokens, open));
        let value = entries.find(|(key, _)| key == "tt.divisibility").map_or(text.ty.0, |(_, value)| value);
        tokens.unexpected(value, "a whole number from 1 up")
    })?;
    let tma_desc = argument.attributes.get("tt.nv_tma_desc").is_some_and(|value| value.as_i64() != Some(0));
    let ty = match argument_type::of(module.type_of(value.ty)) {
        // `CUtensorMap` by value, for all that the type says.
        _ if tma_desc => ArgType::TmaDesc,
        Ok(ty) => ty,
        Err(expected) => {
            let ty = tokens.range(text.ty.0, text.ty.1).chars().take(80).collect();
            return Err(tokens.error(text.ty.0, IrProblem::Type { argument: format!("%{ssa}"), ty, expected }));
        }
    };
    let name = value.location.and_then(|location| argument_name::of(module.locations(), location));
    let name = name.or_else(|| Some(&*ssa).filter(|ssa| !is_numbered(ssa))).map(str::to_owned);
    Ok(RawArgument { ssa, name, ty, divisible_by, line: value.line, tma_desc, access: Access::Unknown })
}

/// `arg0` or `0`: MLIR's name, not the author's.
fn is_numbered(ssa: &str) -> bool {
    ssa.trim_start_matches("arg").bytes().all(|byte| byte.is_ascii_digit())
}
