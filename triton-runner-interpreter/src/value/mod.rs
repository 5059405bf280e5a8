//! Values of a running program: numbers, addresses and masks, each in the cheapest form that is exact.

mod affine;
pub(crate) mod axes;
mod convert;
mod dense;
pub(crate) mod pool;
mod region;
mod rows;
mod views;

use std::rc::Rc;

pub(crate) use affine::Affine;
pub(crate) use dense::{Lanes, Stored};
pub(crate) use pool::Lane;
pub(crate) use region::{Order, Region};
pub(crate) use rows::{Frame, change, combine, combine3, map, own, select, zip};

use smallvec::SmallVec;

use crate::memory::Descriptor;

/// Operands of an instruction, or its results.
pub(crate) type Values = SmallVec<[Value; 2]>;

/// A value: a tensor, or a scalar, which is a tensor without axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    /// Nothing was computed yet, or it was used up.
    #[default]
    None,
    /// Integers and addresses by their steps.
    Affine(Affine),
    /// `i1` as a box.
    Region(Region),
    /// All floating-point formats but f64; each number is one of its own format.
    F32(Lanes<f32>),
    F64(Lanes<f64>),
    /// `i8`, `i16`, `i32`, sign-extended.
    I32(Lanes<i32>),
    /// `i64` and addresses.
    I64(Lanes<i64>),
    /// `i1`: 0 or 1.
    Bits(Lanes<u8>),
    /// A tensor in memory.
    Descriptor(Rc<Descriptor>),
}

impl Value {
    /// An integer.
    pub(crate) fn int(value: i64) -> Self {
        Self::Affine(Affine::splat(value))
    }

    /// A truth value.
    pub(crate) fn bool(value: bool) -> Self {
        Self::Region(Region::splat(value))
    }
}
