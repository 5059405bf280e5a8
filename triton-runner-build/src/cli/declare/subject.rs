//! What a declaration is made of.

use crate::cli::grids::Recorded;
use crate::read::ParsedKernel;

/// A kernel's variants, each with what was recorded of it.
#[derive(Clone, Default)]
pub(super) struct Subject<'a> {
    pub(super) variants: Vec<(&'a ParsedKernel, Option<&'a Recorded>)>,
}
