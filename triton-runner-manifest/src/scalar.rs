//! Element and scalar types, in Triton's signature spelling and in MLIR's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A scalar type of Triton IR. Integers have no sign there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[allow(missing_docs, reason = "the names are the types")]
pub enum Scalar {
    I1,
    I8,
    I16,
    I32,
    I64,
    F16,
    Bf16,
    F32,
    F64,
    /// `fp8e4nv`: 4 exponent bits, no infinities.
    F8E4M3,
    /// `fp8e5`: 5 exponent bits.
    F8E5M2,
}

impl Scalar {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::I1,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::F16,
        Self::Bf16,
        Self::F32,
        Self::F64,
        Self::F8E4M3,
        Self::F8E5M2,
    ];

    /// Triton's name in signatures: `fp32`, `i32`, `fp8e4nv`.
    pub const fn triton(self) -> &'static str {
        match self {
            Self::I1 => "i1",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F16 => "fp16",
            Self::Bf16 => "bf16",
            Self::F32 => "fp32",
            Self::F64 => "fp64",
            Self::F8E4M3 => "fp8e4nv",
            Self::F8E5M2 => "fp8e5",
        }
    }

    /// MLIR's name in the IR text: `f32`, `i32`, `f8E4M3FN`.
    pub const fn mlir(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::F8E4M3 => "f8E4M3FN",
            Self::F8E5M2 => "f8E5M2",
            other => other.triton(),
        }
    }

    /// From Triton's name. `u8` and `u32` are `i8` and `i32`: the IR has no sign.
    pub fn from_triton(name: &str) -> Option<Self> {
        match name {
            "u1" | "B" => Some(Self::I1),
            "u8" => Some(Self::I8),
            "u16" => Some(Self::I16),
            "u32" => Some(Self::I32),
            "u64" => Some(Self::I64),
            "f32" => Some(Self::F32),
            _ => Self::ALL.into_iter().find(|scalar| scalar.triton() == name),
        }
    }

    /// From MLIR's name.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.mlir() == name)
    }

    /// Size in bytes, as an argument and in memory. It is also the alignment.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::I1 | Self::I8 | Self::F8E4M3 | Self::F8E5M2 => 1,
            Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether this is an integer of more than one bit.
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.triton())
    }
}

impl TryFrom<String> for Scalar {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_triton(&name).ok_or_else(|| format!("`{name}` is no scalar type"))
    }
}

impl From<Scalar> for &'static str {
    fn from(scalar: Scalar) -> Self {
        scalar.triton()
    }
}
