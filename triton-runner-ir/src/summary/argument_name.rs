//! Names of arguments, which Triton 3.5 and later keep in their locations.

use crate::location::{LocId, Location, Locations};

/// Names around names: more than any file has.
const MAX_DEPTH: usize = 64;

/// The author's name in a location: `loc("x_ptr")` or `loc("x_ptr"(#loc))`.
///
/// An argument that is assigned to a variable gets the variable's name around its own: `loc("source"("x_ptr"))`. A part
/// of a descriptor has its own name around the descriptor's: `loc("x.shape.0"("x"))`.
pub(super) fn of(locations: &Locations, location: LocId) -> Option<&str> {
    // From the outermost to the innermost.
    let mut names: Vec<&str> = Vec::new();
    let mut next = Some(location);
    while let Some(id) = next.take()
        && names.len() < MAX_DEPTH
        && let Location::Named { name, inner } = locations.get(id)
    {
        names.push(name);
        next = *inner;
    }
    let mut name: Option<&str> = None;
    for outer in names.into_iter().rev() {
        match name {
            Some(inner) if outer.strip_prefix(inner).is_some_and(|rest| rest.starts_with('.')) => name = Some(outer),
            Some(_) => break,
            None => name = Some(outer),
        }
    }
    name.filter(|name| !name.is_empty())
}
