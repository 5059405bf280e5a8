//! Arguments of a kernel as its caller sees them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Scalar;

/// The type of an argument, spelled as in Triton's signatures: `*fp32`, `i32`, `tensordesc<fp16[128, 64]>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ArgType {
    /// A value passed as it is.
    Scalar(Scalar),
    /// A device pointer to elements of this type.
    Pointer(Scalar),
    /// A host-made tensor descriptor (Triton 3.4 and later): the block that one access moves, outermost dimension first.
    TensorDesc {
        /// Element type.
        element: Scalar,
        /// Elements of a block in each dimension.
        block: Vec<u32>,
    },
    /// `nvTmaDesc` of Triton 3.2 and 3.3: an untyped 128-byte `CUtensorMap`.
    TmaDesc,
}

impl fmt::Display for ArgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => write!(f, "{scalar}"),
            Self::Pointer(pointee) => write!(f, "*{pointee}"),
            Self::TensorDesc { element, block } => {
                let block: Vec<_> = block.iter().map(u32::to_string).collect();
                write!(f, "tensordesc<{element}[{}]>", block.join(", "))
            }
            Self::TmaDesc => f.write_str("nvTmaDesc"),
        }
    }
}

/// Text that is no argument type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError(String);

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no argument type: expected one like `*fp32`, `i32`, `fp16` or `tensordesc<fp16[128, 64]>`",
            self.0
        )
    }
}

impl std::error::Error for TypeError {}

impl FromStr for ArgType {
    type Err = TypeError;

    fn from_str(text: &str) -> Result<Self, TypeError> {
        let error = || TypeError(text.to_owned());
        let parsed = if text == "nvTmaDesc" {
            Some(Self::TmaDesc)
        } else if let Some(pointee) = text.strip_prefix('*') {
            // `*k` marks a pointer to constant memory; the IR up to 3.8 and the launch are the same.
            let scalar = Scalar::from_triton(pointee).or_else(|| Scalar::from_triton(pointee.strip_prefix('k')?));
            scalar.map(Self::Pointer)
        } else if let Some(rest) = text.strip_prefix("tensordesc<") {
            parse_descriptor(rest)
        } else {
            Scalar::from_triton(text).map(Self::Scalar)
        };
        parsed.ok_or_else(error)
    }
}

/// `fp16[128, 64]>`, also with a layout after the block (`fp16[128, 64],layout>`), as Triton 3.4 and later write it.
fn parse_descriptor(text: &str) -> Option<ArgType> {
    let (element, rest) = text.strip_suffix('>')?.split_once('[')?;
    let (block, _layout) = rest.split_once(']')?;
    let block = block.split(',').map(|n| n.trim().parse().ok()).collect::<Option<Vec<u32>>>()?;
    Some(ArgType::TensorDesc { element: Scalar::from_triton(element)?, block })
}

impl TryFrom<String> for ArgType {
    type Error = TypeError;

    fn try_from(text: String) -> Result<Self, TypeError> {
        text.parse()
    }
}

impl From<ArgType> for String {
    fn from(ty: ArgType) -> Self {
        ty.to_string()
    }
}

/// What a kernel does with the memory behind a pointer argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Access {
    /// Nothing is known: the level has no IR to look at. The declaration is taken at its word.
    #[default]
    Unknown,
    /// Nothing is stored through it.
    Read,
    /// Something is stored or atomically updated through it.
    Write {
        /// Line of the IR file with the store, counted from 1; 0 if it isn't one line.
        line: u32,
    },
}

/// An argument that the caller passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name where the IR or the metadata has it, else `arg0`, `arg1`, … and `named` is false.
    pub name: String,
    /// Whether `name` is the author's. A declaration must then use it.
    pub named: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: ArgType,
    /// The kernel was compiled on the promise that the address or value is a multiple of this; 1 promises nothing.
    pub divisible_by: u32,
    /// Line in the source file ([`signature_from`](crate::BuiltKernel::signature_from)), counted from 1; 0 where that file has no lines.
    pub line: u32,
    /// What the kernel does with the memory behind it; `Unknown` for scalars.
    #[serde(default)]
    pub access: Access,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_round_trip_in_tritons_spelling() {
        for name in ["*fp32", "*i1", "*fp8e4nv", "i32", "bf16", "fp64", "nvTmaDesc", "tensordesc<fp16[128, 64]>"] {
            assert_eq!(name.parse::<ArgType>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn other_spellings_of_the_same_types_are_understood() {
        for (name, same) in [
            ("*kfp32", "*fp32"),
            ("u32", "i32"),
            ("*u8", "*i8"),
            ("u1", "i1"),
            ("f32", "fp32"),
            ("tensordesc<fp16[128,64]>", "tensordesc<fp16[128, 64]>"),
            ("tensordesc<fp16[128, 64],layout<x>>", "tensordesc<fp16[128, 64]>"),
        ] {
            assert_eq!(name.parse::<ArgType>(), same.parse(), "{name}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_examples() {
        for name in ["", "*", "fp31", "**fp32", "*kk", "tensordesc<fp16>", "tensordesc<fp16[]>", "tensordesc<fp16[a]>"]
        {
            let error = name.parse::<ArgType>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")) && error.contains("`*fp32`"), "{error}");
        }
    }
}
