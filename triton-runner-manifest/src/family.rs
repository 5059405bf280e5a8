//! Kernels that are one text, compiled for several types.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A kernel that was exported for several types is one of several kernels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// What its kernels have in common in their names: `rms_norm` of `rms_norm_fp16`.
    pub name: String,
    /// The type of this one, as Triton's signatures call it, by the name that it was asked for with: `T` is `fp16`.
    pub types: BTreeMap<String, String>,
}

impl fmt::Display for Family {
    /// `rms_norm` (T = fp16)
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: Vec<String> = self.types.iter().map(|(name, ty)| format!("{name} = {ty}")).collect();
        write!(f, "`{}` ({})", self.name, types.join(", "))
    }
}
