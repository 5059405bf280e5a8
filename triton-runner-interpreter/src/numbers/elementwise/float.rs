//! `arith.addf`, `subf`, `mulf`, `divf`, `remf`, `maxnumf`, `minnumf`, `maximumf`, `minimumf`; `tt.precise_divf`.

use super::run;
use crate::numbers::Operand;

/// What is done to two floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatBinary {
    /// `arith.addf`.
    Add,
    /// `arith.subf`.
    Subtract,
    /// `arith.mulf`.
    Multiply,
    /// `arith.divf` and `tt.precise_divf`, both exactly rounded.
    Divide,
    /// `arith.remf` as Triton lowers it: a − trunc(a ÷ b) · b, the last two fused, and a where b is infinite.
    Remainder,
    /// `arith.maxnumf`: the other one where one is NaN. +0 is larger than −0, here and below.
    MaxNumber,
    /// `arith.minnumf`.
    MinNumber,
    /// `arith.maximumf`: NaN where one is.
    Maximum,
    /// `arith.minimumf`.
    Minimum,
}

impl FloatBinary {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "arith.addf" => Self::Add,
            "arith.subf" => Self::Subtract,
            "arith.mulf" => Self::Multiply,
            "arith.divf" | "tt.precise_divf" => Self::Divide,
            "arith.remf" => Self::Remainder,
            "arith.maxnumf" => Self::MaxNumber,
            "arith.minnumf" => Self::MinNumber,
            "arith.maximumf" => Self::Maximum,
            "arith.minimumf" => Self::Minimum,
            _ => return None,
        })
    }
}

macro_rules! float {
    ($float:ident, $module:ident, $function:ident) => {
        /// `row = row op other`, or with `reversed` `row = other op row`. Each operation is rounded once.
        pub fn $function(operation: FloatBinary, reversed: bool, row: &mut [$float], other: Operand<'_, $float>) {
            use $module::*;
            match (operation, reversed) {
                (FloatBinary::Add, _) => run!(add, row, other),
                (FloatBinary::Subtract, false) => run!(subtract, row, other),
                (FloatBinary::Subtract, true) => run!(subtract_from, row, other),
                (FloatBinary::Multiply, _) => run!(multiply, row, other),
                (FloatBinary::Divide, false) => run!(divide, row, other),
                (FloatBinary::Divide, true) => run!(divide_into, row, other),
                (FloatBinary::Remainder, false) => run!(remainder, row, other),
                (FloatBinary::Remainder, true) => run!(remainder_of, row, other),
                (FloatBinary::MaxNumber, _) => run!(max_number, row, other),
                (FloatBinary::MinNumber, _) => run!(min_number, row, other),
                (FloatBinary::Maximum, _) => run!(maximum, row, other),
                (FloatBinary::Minimum, _) => run!(minimum, row, other),
            }
        }

        mod $module {
            crate::numbers::elementwise::loops! {
                $float;
                add(a, b) a + b;
                subtract(a, b) a - b;
                subtract_from(a, b) b - a;
                multiply(a, b) a * b;
                divide(a, b) a / b;
                divide_into(a, b) b / a;
                remainder(a, b) crate::numbers::elementwise::extremes::$float::remainder(a, b);
                remainder_of(a, b) crate::numbers::elementwise::extremes::$float::remainder(b, a);
                max_number(a, b) crate::numbers::elementwise::extremes::$float::max_number(a, b);
                min_number(a, b) crate::numbers::elementwise::extremes::$float::min_number(a, b);
                maximum(a, b) crate::numbers::elementwise::extremes::$float::maximum(a, b);
                minimum(a, b) crate::numbers::elementwise::extremes::$float::minimum(a, b);
            }
        }
    };
}

float!(f32, of_f32, binary_f32);
float!(f64, of_f64, binary_f64);
