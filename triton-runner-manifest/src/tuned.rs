//! How fast a kernel was, measured on a GPU and checked in beside it.

use serde::{Deserialize, Serialize};

use crate::Arch;

/// Times of one kernel, or of one variant of it, on one GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The file that says so, relative to the package.
    pub file: String,
    /// The GPU's name, as its driver gives it.
    pub gpu: String,
    /// Its architecture.
    pub arch: Arch,
    /// Its multiprocessors.
    pub multiprocessors: u32,
    /// The integer arguments that a choice depends on, by their names.
    pub keys: Vec<String>,
    /// Values of these arguments, and microseconds with them; ordered by the values.
    pub times: Vec<(Vec<i64>, f64)>,
}
