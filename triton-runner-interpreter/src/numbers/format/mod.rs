//! Formats of elements: how they lie in memory, and the numbers that each can hold.

mod decode;
mod encode;
mod float;
mod grid;
mod integer;
mod small;
#[cfg(test)]
mod tests;

pub use decode::{load_f32, load_f64, load_i32, load_i64, load_mask};
pub use encode::{store_f32, store_f64, store_i32, store_i64, store_mask};
pub use float::{f32_to_f64, f64_to_f32, round_f32, round_to_tf32};
pub use integer::{
    Signedness, f32_to_i32, f32_to_i64, f64_to_i32, f64_to_i64, i32_to_f32, i32_to_f64, i32_to_i64, i32_to_mask,
    i64_to_f32, i64_to_f64, i64_to_i32, i64_to_mask, mask_to_i32, mask_to_i64, wrap_i32, zero_extend_i32,
};
pub use small::{round_to_f8e4b15, scale_of_e8m0, unpack_e2m1};

/// How an element lies in memory. Pointers are `I64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the formats")]
pub enum Format {
    /// A byte in memory, 0 or 1.
    I1,
    I8,
    I16,
    I32,
    I64,
    /// OCP's E4M3 without infinities: Triton's `fp8e4nv`.
    F8E4M3Fn,
    /// OCP's E5M2: Triton's `fp8e5`.
    F8E5M2,
    /// E4M3 with bias 8 and without negative zero: AMD's, Triton's `fp8e4b8`.
    F8E4M3Fnuz,
    /// E5M2 with bias 16 and without negative zero or infinities: AMD's, Triton's `fp8e5b16`.
    F8E5M2Fnuz,
    /// Triton's own `fp8e4b15`: half an `f16`, every pattern a finite number. MLIR writes it as `f8E4M3B11FNUZ`, whose
    /// definition is another one.
    F8E4B15,
    F16,
    Bf16,
    F32,
    F64,
}

/// Which slices hold the elements of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// `f32`, the values being on the format's own grid.
    F32,
    /// `f64`.
    F64,
    /// `i32`, sign-extended from the format's width.
    I32,
    /// `i64`.
    I64,
    /// `u8`, 0 or 1.
    Mask,
}

/// How a conversion to a coarser floating-point format rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest, of two the even one: `rtne`.
    NearestEven,
    /// Towards zero: `rtz`.
    TowardZero,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::I1,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::F8E4M3Fn,
        Self::F8E5M2,
        Self::F8E4M3Fnuz,
        Self::F8E5M2Fnuz,
        Self::F8E4B15,
        Self::F16,
        Self::Bf16,
        Self::F32,
        Self::F64,
    ];

    /// From MLIR's name of the type; `None` for what has no elements here.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "i1" => Self::I1,
            "i8" => Self::I8,
            "i16" => Self::I16,
            "i32" => Self::I32,
            "i64" => Self::I64,
            "f8E4M3FN" => Self::F8E4M3Fn,
            "f8E5M2" => Self::F8E5M2,
            "f8E4M3FNUZ" => Self::F8E4M3Fnuz,
            "f8E5M2FNUZ" => Self::F8E5M2Fnuz,
            "f8E4M3B11FNUZ" => Self::F8E4B15,
            "f16" => Self::F16,
            "bf16" => Self::Bf16,
            "f32" => Self::F32,
            "f64" => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of one element in memory.
    pub const fn bytes(self) -> usize {
        match self {
            Self::I1 | Self::I8 => 1,
            Self::F8E4M3Fn | Self::F8E5M2 | Self::F8E4M3Fnuz | Self::F8E5M2Fnuz | Self::F8E4B15 => 1,
            Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    /// Bits of one element's value: 1 for `I1`, else eight times its bytes.
    pub const fn bits(self) -> u32 {
        match self {
            Self::I1 => 1,
            other => other.bytes() as u32 * 8,
        }
    }

    /// Which slices hold its elements.
    pub const fn class(self) -> Class {
        match self {
            Self::I1 => Class::Mask,
            Self::I8 | Self::I16 | Self::I32 => Class::I32,
            Self::I64 => Class::I64,
            Self::F64 => Class::F64,
            _ => Class::F32,
        }
    }
}
