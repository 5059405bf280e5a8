//! A kernel's TTIR, for the interpreter.

use serde::{Deserialize, Serialize};

use crate::Arch;

/// TTIR that the interpreter can run, and what the text doesn't say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltTtir {
    /// The architecture in the file's name; `None` for the file that is for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<Arch>,
    /// File with the text, relative to the manifest.
    pub file: String,
    /// The checked-in file, relative to the package, with `/`.
    pub source: String,
    /// Warps of a block.
    pub num_warps: u32,
    /// Whether products and sums are fused: Triton's `enable_fp_fusion`, which is on unless a kernel says otherwise.
    pub enable_fp_fusion: bool,
}
