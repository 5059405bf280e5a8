//! Numbers as a GPU computes them: formats, operations on rows of elements, products of matrices.
//!
//! Nothing here knows of IR or memory. A tensor's elements lie row after row in a slice of one of five classes
//! ([`format::Class`]): `f32` for every floating-point format up to 32 bits, its values kept on their own format's grid;
//! `f64`; `i32` for integers up to 32 bits, kept sign-extended; `i64` for wider ones and pointers; `u8` for `i1`.
//! Where several slices are given the shortest one's length counts: equal lengths are the caller's part.
//!
//! What equals a GPU's result, and what is within which tolerance, is in `docs/interpreter-numbers.md`.

#[macro_use]
mod dispatch;
mod column;
pub mod compare;
mod copy;
pub mod dot;
pub mod elementwise;
pub mod format;
pub mod libdevice;
pub mod math;

pub use column::{Column, ColumnMut, Operand};
pub(crate) use copy::copy;

#[cfg(test)]
mod tests;
