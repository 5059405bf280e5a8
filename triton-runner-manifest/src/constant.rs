//! Compile-time constants of a kernel: the `tl.constexpr` parameters that its IR was made with.

use serde::{Deserialize, Serialize};

/// The value of a `tl.constexpr` parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string, such as an activation's name.
    Str(String),
    /// `None`.
    None(()),
}
