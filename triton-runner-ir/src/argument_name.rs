//! Names of arguments, which Triton 3.5 and later keep in their locations.

use std::collections::HashMap;

use super::token::{Kind, Tokens};

/// Names around names: more than any file has, and a bound for aliases that name each other.
const MAX_DEPTH: usize = 64;

/// The author's name in a location, whose `(` is given: `loc("x_ptr")`, `loc("x_ptr"(#loc))` or `loc(#loc21)`.
///
/// An argument that is assigned to a variable gets the variable's name around its own: `loc("source"("x_ptr"))`. A part
/// of a descriptor has its own name around the descriptor's: `loc("x.shape.0"("x"))`.
pub(super) fn name<'a>(tokens: &Tokens<'a>, aliases: &HashMap<&'a str, usize>, open: usize) -> Option<&'a str> {
    let mut name: Option<&'a str> = None;
    // From the outermost to the innermost.
    let mut names = Vec::new();
    let mut at = open + 1;
    for _ in 0..MAX_DEPTH {
        match tokens.kind(at) {
            Some(Kind::Hash) => {
                let value = *aliases.get(tokens.text(at))?;
                if tokens.text(value) != "loc" {
                    break;
                }
                at = value + 2;
            }
            // In another location's parentheses `loc` is there or not.
            Some(Kind::Word) if tokens.text(at) == "loc" && tokens.is(at + 1, b'(') => at += 2,
            Some(Kind::String) if tokens.is(at + 1, b'(') => {
                names.push(tokens.unquoted(at));
                at += 2;
            }
            Some(Kind::String) if tokens.is(at + 1, b')') => {
                names.push(tokens.unquoted(at));
                break;
            }
            // A file's name, `unknown`, or a location of several parts.
            _ => break,
        }
    }
    for outer in names.into_iter().rev() {
        match name {
            Some(inner) if outer.strip_prefix(inner).is_some_and(|rest| rest.starts_with('.')) => name = Some(outer),
            Some(_) => break,
            None => name = Some(outer),
        }
    }
    name.filter(|name| !name.is_empty())
}
