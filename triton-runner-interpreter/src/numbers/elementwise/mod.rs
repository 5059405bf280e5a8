//! Operations of `arith` and `tt` that work element by element.
//!
//! Each changes a row in place: `a = a op b`, or `reversed`, `a = b op a`. Floating-point operations on formats narrower
//! than `f32` are followed by [`super::format::round_f32`], integer ones on less than 32 bits by
//! [`super::format::wrap_i32`]; whoever calls knows the format.

mod bits;
mod compare;
mod digest;
mod division;
mod extremes;
mod finite;
mod float;
mod fused;
mod integer;
mod select;
mod shift;
#[cfg(test)]
mod tests;

pub use bits::{IntegerUnary, unary_i32, unary_i64};
pub use compare::{FloatPredicate, IntegerPredicate, compare_f32, compare_f64, compare_i32, compare_i64, compare_mask};
pub use digest::{digest_32, digest_64};
pub use division::{Division, DivisionFaults, divide_i32, divide_i64};
pub use finite::{all_finite_f32, all_finite_f64, count_infinite_f32, count_infinite_f64};
pub use float::{FloatBinary, binary_f32, binary_f64};
pub use fused::{clamp_f32, clamp_f64, fma_f32, fma_f64, fma_narrow};
pub use integer::{
    IntegerBinary, binary_i32, binary_i64, binary_mask, multiply_high_i32, multiply_high_i64, overflow_i32,
    overflow_i64,
};
pub use select::{select_32, select_64, select_f32, select_f64, select_i32, select_i64, select_mask};
pub use shift::{Shift, shift_i32, shift_i64};

/// Defines, for each operation, the loops with an element for each and with the same for all.
macro_rules! loops {
    ($kind:ty; $($name:ident($a:ident, $b:ident) $body:expr;)*) => {$(
        pub(super) mod $name {
            vectorised! {
                pub(in crate::numbers::elementwise) fn each(row: &mut [$kind], other: &[$kind]) {
                    for (place, other) in row.iter_mut().zip(other) {
                        let ($a, $b) = (*place, *other);
                        *place = $body;
                    }
                }

                pub(in crate::numbers::elementwise) fn all(row: &mut [$kind], other: $kind) {
                    for place in row {
                        let ($a, $b) = (*place, other);
                        *place = $body;
                    }
                }
            }
        }
    )*};
}
use loops;

/// Calls the loop that fits the operand.
macro_rules! run {
    ($name:ident, $row:expr, $operand:expr) => {
        match $operand {
            $crate::numbers::Operand::Each(other) => $name::each($row, other),
            $crate::numbers::Operand::All(other) => $name::all($row, other),
        }
    };
}
use run;
