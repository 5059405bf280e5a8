//! Aliases: `#loc1 = loc(…)`, `#blocked = #ttg.blocked<…>`, `!t = tensor<…>`.

use std::collections::HashMap;
use std::ops::Range;

use crate::attribute::text::Source;
use crate::error::{IrError, IrProblem};
use crate::token::{Kind, Tokens};
use crate::tree::Tree;
use crate::types::text as type_text;

/// The names and the values of aliases, as text.
type Spans = Vec<(Range<u32>, Range<u32>)>;

/// Aliases of types (without `!`, with their text), and all that are no locations, with what they stand for.
///
/// # Errors
///
/// An alias that stands for more or for less than one thing, or that is used and not defined: locations come last in a
/// file, so that one cut short between two lines lacks some of them.
pub(super) fn read<'a>(tokens: &Tokens<'a>, tree: &Tree<'a>) -> Result<(HashMap<&'a str, &'a str>, Spans), IrError> {
    let mut types = HashMap::new();
    let mut all = Vec::new();
    for (&name, &(value, end)) in &tree.aliases {
        let is_type = tokens.kind(value - 2) == Some(Kind::Bang);
        let is_location = tokens.text(value) == "loc" && tokens.is(value + 1, b'(');
        let found = match is_type {
            true => type_text::end(tokens, value),
            false => Source { tokens, types: &types }.end(value),
        };
        let is_start = is_type || Source { tokens, types: &types }.is_start(value);
        if found != end || found == value || !is_start {
            let at = if found < end { found } else { value };
            return Err(tokens.unexpected(at, "one attribute, type or location, and the end of the line"));
        }
        if is_type {
            types.insert(&name[1..], tokens.range(value, end));
        }
        if !is_location
            && let (Some(name), Some(first), Some(last)) =
                (tokens.get(value - 2), tokens.get(value), tokens.get(end - 1))
        {
            all.push((name.start..name.end, first.start..last.end));
        }
    }
    all.sort_by_key(|(name, _)| name.start);
    defined(tokens, tree)?;
    Ok((types, all))
}

fn defined(tokens: &Tokens<'_>, tree: &Tree<'_>) -> Result<(), IrError> {
    for index in 0..tokens.len() {
        let name = tokens.text(index);
        let alias = match tokens.kind(index) {
            // Behind a value it says which of several results is meant. With a dot it is a dialect's attribute or type.
            Some(Kind::Hash) => index == 0 || tokens.kind(index - 1) != Some(Kind::Value),
            Some(Kind::Bang) => true,
            _ => false,
        };
        if alias && !name.contains('.') && !tree.aliases.contains_key(name) {
            return Err(tokens.error(index, IrProblem::Undefined { name: name.to_owned() }));
        }
    }
    Ok(())
}
