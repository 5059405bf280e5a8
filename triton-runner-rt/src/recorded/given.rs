//! Arguments as they were recorded.

use half::{bf16, f16};
use serde_json::{Map, Value};

/// One argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    Null,
    Integer(i128),
    Float(f64),
    Pointer { buffer: usize, offset: i64 },
    Tensor { buffer: usize, offset: i64, layout: Tensor },
}

/// A tensor behind a descriptor; sizes in elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<i64>,
    pub strides: Vec<i64>,
    pub pad_with_nan: bool,
    pub round_to_tf32: bool,
}

impl Given {
    /// Reads an entry of `args`. Python's integers go to floating-point arguments too.
    pub(super) fn read(entry: &Map<String, Value>, is_float: bool) -> Result<Self, String> {
        let place = || {
            let buffer = entry.get("buf").and_then(Value::as_u64).ok_or("no `buf`")?;
            Ok::<_, String>((buffer as usize, entry.get("off").and_then(Value::as_i64).unwrap_or(0)))
        };
        let list = |key: &str| {
            let all = entry.get(key).and_then(Value::as_array).ok_or_else(|| format!("no `{key}`"))?;
            let numbers = all.iter().map(|number| number.as_i64().ok_or_else(|| format!("`{key}` isn't of integers")));
            numbers.collect::<Result<Vec<_>, _>>()
        };
        Ok(match entry.get("kind").and_then(Value::as_str) {
            Some("none") => Self::Null,
            Some("ptr") => {
                let (buffer, offset) = place()?;
                Self::Pointer { buffer, offset }
            }
            Some("desc") => {
                let (buffer, offset) = place()?;
                let layout = Tensor {
                    shape: list("shape")?,
                    strides: list("strides")?,
                    pad_with_nan: entry.get("padding").and_then(Value::as_str) == Some("nan"),
                    round_to_tf32: entry.get("round_to_tf32").and_then(Value::as_bool) == Some(true),
                };
                Self::Tensor { buffer, offset, layout }
            }
            Some("num") => number(entry.get("value").unwrap_or(&Value::Null), is_float)?,
            other => return Err(format!("its kind is {other:?}")),
        })
    }
}

fn number(value: &Value, is_float: bool) -> Result<Given, String> {
    let integer = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    let integer = integer.or_else(|| value.as_bool().map(i128::from));
    match (integer, value) {
        (Some(value), _) if is_float => Ok(Given::Float(value as f64)),
        (Some(value), _) => Ok(Given::Integer(value)),
        (None, Value::Number(number)) => {
            number.as_f64().map(Given::Float).ok_or_else(|| format!("{number} is no number that a kernel takes"))
        }
        // JSON has no word for infinities and NaN.
        (None, Value::String(text)) => text.parse().map(Given::Float).map_err(|_| format!("`{text}` is no number")),
        (None, other) => Err(format!("{other} is no number")),
    }
}

mod sealed {
    pub trait Sealed: Sized {
        /// The number, for an argument of this type.
        fn from_given(given: &super::Given) -> Option<Self>;
    }
}
pub(super) use sealed::Sealed;

/// A type that scalar arguments have: integers, truth values and floating-point numbers.
pub trait Scalar: Sealed {}

macro_rules! integers {
    ($($ty:ty)*) => { $(
        impl Sealed for $ty {
            fn from_given(given: &Given) -> Option<Self> {
                match given {
                    // Triton passes the lowest bits.
                    Given::Integer(value) => Some(*value as $ty),
                    _ => None,
                }
            }
        }
        impl Scalar for $ty {}
    )* };
}

macro_rules! floats {
    ($($ty:ty: $from:expr;)*) => { $(
        impl Sealed for $ty {
            fn from_given(given: &Given) -> Option<Self> {
                match given {
                    Given::Float(value) => Some($from(*value)),
                    Given::Integer(value) => Some($from(*value as f64)),
                    _ => None,
                }
            }
        }
        impl Scalar for $ty {}
    )* };
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);
floats! {
    f32: |value: f64| value as f32;
    f64: |value: f64| value;
    f16: f16::from_f64;
    bf16: bf16::from_f64;
}

impl Sealed for bool {
    fn from_given(given: &Given) -> Option<Self> {
        match given {
            Given::Integer(value) => Some(*value != 0),
            _ => None,
        }
    }
}
impl Scalar for bool {}
