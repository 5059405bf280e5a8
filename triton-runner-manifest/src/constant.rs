//! Compile-time constants of a kernel: the `tl.constexpr` parameters that its IR was made with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of a `tl.constexpr` parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float of 64 bits.
    Float(f64),
    /// A string, such as an activation's name.
    Str(String),
    /// `None`, which has no type.
    None(()),
}

impl Constant {
    /// Whether both are one value: unlike `==`, also for a float that is no number.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => self == other,
        }
    }
}

impl fmt::Display for Constant {
    /// As Python writes it, near enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Str(value) => write!(f, "{value:?}"),
            Self::None(()) => f.write_str("None"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_python_writes_them() {
        let shown = |value: Constant| value.to_string();
        assert_eq!(shown(Constant::Bool(true)), "True");
        assert_eq!(shown(Constant::Int(-1)), "-1");
        assert_eq!(shown(Constant::Float(1.0)), "1.0");
        assert_eq!(shown(Constant::Str("gelu".into())), "\"gelu\"");
        assert_eq!(shown(Constant::None(())), "None");
    }
}
