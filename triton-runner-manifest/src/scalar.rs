//! Element and scalar types, in Triton's signature spelling and in MLIR's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One row for each type: its names in Triton's signatures, of which the first is the one that is written; other
/// spellings that are read; its name in MLIR; its bytes; what it is.
macro_rules! scalars {
    ($($(#[$about:meta])* $variant:ident:
        [$first:literal $(, $other:literal)*], [$($read:literal),*], $mlir:literal, $bytes:literal, $kind:ident;)*
    ) => {
        /// A scalar type of Triton IR. Integers have no sign there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        #[allow(missing_docs, reason = "the names are the types")]
        pub enum Scalar { $($(#[$about])* $variant,)* }

        impl Scalar {
            /// All of them.
            pub const ALL: [Self; [$(Scalar::$variant),*].len()] = [$(Self::$variant),*];

            /// Triton's name in signatures: `fp32`, `i32`, `fp8e4nv`.
            pub const fn triton(self) -> &'static str {
                match self { $(Self::$variant => $first,)* }
            }

            /// All names that Triton's signatures have for it: `i32` and `u32`.
            pub const fn signature_names(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$first $(, $other)*],)* }
            }

            /// MLIR's name in the IR text: `f32`, `i32`, `f8E4M3FN`.
            pub const fn mlir(self) -> &'static str {
                match self { $(Self::$variant => $mlir,)* }
            }

            /// From Triton's name. `u8` and `u32` are `i8` and `i32`: the IR has no sign.
            pub fn from_triton(name: &str) -> Option<Self> {
                match name {
                    $($first $(| $other)* $(| $read)* => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// From MLIR's name.
            pub fn from_mlir(name: &str) -> Option<Self> {
                match name {
                    $($mlir => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Size in bytes, as an argument and in memory. It is also the alignment.
            pub const fn bytes(self) -> u32 {
                match self { $(Self::$variant => $bytes,)* }
            }

            const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }
        }
    };
}

scalars! {
    I1: ["i1", "u1"], ["B"], "i1", 1, Bit;
    // `fp8e4b15` has no type in MLIR: its bytes are passed.
    I8: ["i8", "u8", "fp8e4b15"], [], "i8", 1, Integer;
    I16: ["i16", "u16"], [], "i16", 2, Integer;
    I32: ["i32", "u32"], [], "i32", 4, Integer;
    I64: ["i64", "u64"], [], "i64", 8, Integer;
    F16: ["fp16"], [], "f16", 2, Float;
    Bf16: ["bf16"], [], "bf16", 2, Float;
    F32: ["fp32"], ["f32"], "f32", 4, Float;
    F64: ["fp64"], [], "f64", 8, Float;
    /// `fp8e4nv`: 4 exponent bits, no infinities.
    F8E4M3: ["fp8e4nv"], [], "f8E4M3FN", 1, Float;
    /// `fp8e5`: 5 exponent bits.
    F8E5M2: ["fp8e5"], [], "f8E5M2", 1, Float;
}

#[derive(PartialEq)]
enum Kind {
    Bit,
    Integer,
    Float,
}

impl Scalar {
    /// Whether this is an integer of more than one bit.
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Integer)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_one_type() {
        for scalar in Scalar::ALL {
            assert_eq!(scalar.signature_names().first(), Some(&scalar.triton()));
            for name in scalar.signature_names() {
                assert_eq!(Scalar::from_triton(name), Some(scalar), "{name}");
            }
            assert_eq!(Scalar::from_mlir(scalar.mlir()), Some(scalar));
            assert_eq!(scalar.is_integer(), scalar.signature_names().contains(&&*format!("u{}", scalar.bytes() * 8)));
        }
        assert_eq!((Scalar::from_triton("fp31"), Scalar::from_mlir("fp32")), (None, None));
    }
}
