//! Compile-time constants of a kernel: the `tl.constexpr` parameters that its IR was made with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of a `tl.constexpr` parameter. JSON has no word for an infinite float and for none at all: they are
/// `{"float": "inf"}`, `{"float": "-inf"}` and `{"float": "nan"}` there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float of 64 bits.
    Float(#[serde(with = "float")] f64),
    /// A string, such as an activation's name.
    Str(String),
    /// `None`, which has no type.
    None(()),
}

impl PartialEq for Constant {
    /// Floats by their bits: a NaN is the same constant as itself, and -0.0 is another than 0.0.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::None(()), Self::None(())) => true,
            _ => false,
        }
    }
}

/// Floats in JSON.
mod float {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    #[derive(serde::Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form {
        Number(f64),
        Word(Word),
    }

    #[derive(serde::Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Word {
        float: Special,
    }

    #[derive(Clone, Copy, serde::Serialize, Deserialize)]
    enum Special {
        #[serde(rename = "inf")]
        Infinity,
        #[serde(rename = "-inf")]
        NegativeInfinity,
        #[serde(rename = "nan")]
        Nan,
    }

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        let special = match *value {
            value if value.is_nan() => Special::Nan,
            f64::INFINITY => Special::Infinity,
            f64::NEG_INFINITY => Special::NegativeInfinity,
            value => return Form::Number(value).serialize(serializer),
        };
        Form::Word(Word { float: special }).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(match Form::deserialize(deserializer)? {
            Form::Number(value) => value,
            Form::Word(Word { float: Special::Infinity }) => f64::INFINITY,
            Form::Word(Word { float: Special::NegativeInfinity }) => f64::NEG_INFINITY,
            Form::Word(Word { float: Special::Nan }) => f64::NAN,
        })
    }
}

impl fmt::Display for Constant {
    /// As Python writes it, near enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) if value.is_nan() => f.write_str("nan"),
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
        assert_eq!(shown(Constant::Float(f64::NEG_INFINITY)), "-inf");
        assert_eq!(shown(Constant::Float(-f64::NAN)), "nan");
    }

    #[test]
    fn every_value_comes_back_from_json_and_is_equal_to_itself() {
        let values = [
            (Constant::Bool(true), "true"),
            (Constant::Int(-1), "-1"),
            (Constant::Float(0.5), "0.5"),
            (Constant::Float(1.0), "1.0"),
            (Constant::Float(f64::INFINITY), r#"{"float":"inf"}"#),
            (Constant::Float(f64::NEG_INFINITY), r#"{"float":"-inf"}"#),
            (Constant::Float(f64::NAN), r#"{"float":"nan"}"#),
            (Constant::Str("inf".into()), r#""inf""#),
            (Constant::None(()), "null"),
        ];
        for (value, text) in values {
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(serde_json::from_str::<Constant>(text).unwrap(), value, "{text}");
        }
        for wrong in [r#"{"float":"infinite"}"#, r#"{"float":1.0}"#, r#"{"float":"inf","more":1}"#, "[1]"] {
            assert!(serde_json::from_str::<Constant>(wrong).is_err(), "{wrong}");
        }
        assert_ne!(Constant::Float(0.0), Constant::Float(-0.0));
    }
}
