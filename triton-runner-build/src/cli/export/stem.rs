//! The stem of a kernel's files, which becomes a Rust name.

use crate::cli::Result;
use crate::read::files;

/// A build refuses any other stem.
pub(in crate::cli) fn names_a_kernel(stem: &str) -> Result {
    if files::is_kernel(stem) {
        return Ok(());
    }
    Err(format!("`{stem}` can't name a kernel's files: it becomes a Rust name, so it must be an identifier like `add_kernel`, or two like `matmul@small` for a variant; give another one with `--name`").into())
}
