//! A value in the form that an operation needs.

use super::axes::{Shape, compact, step};
use super::pool::{self, Lane};
use super::{Affine, Lanes, Region, Stored, Value};

impl Affine {
    fn stored<T: Lane>(&self, shape: &[usize], convert: impl Fn(i64) -> T) -> Lanes<T> {
        if let Some(base) = self.as_splat() {
            return Lanes::Splat(convert(base));
        }
        let (steps, len) = compact(shape, |axis| step(&self.steps, axis) != 0);
        let mut data = pool::empty(len);
        self.each(shape, |lane| data.push(convert(lane)));
        Lanes::Stored(Stored::new(data, steps))
    }
}

impl Region {
    /// As bytes, over the axes that are limited.
    pub(crate) fn stored(&self, shape: &[usize]) -> Lanes<u8> {
        if let Some(value) = self.as_splat() {
            return Lanes::Splat(u8::from(value));
        }
        let limited: Shape = (0..shape.len()).map(|axis| if self.is_whole(axis) { 1 } else { shape[axis] }).collect();
        let mut data = Vec::new();
        self.fill(&limited, &mut data);
        let (steps, _) = compact(&limited, |_| true);
        Lanes::Stored(Stored::new(data, steps))
    }
}

/// Each form is asked for by the type of the value, so that `None` means a value that isn't there.
impl Value {
    pub(crate) fn into_f32(self) -> Option<Lanes<f32>> {
        if let Self::F32(lanes) = self { Some(lanes) } else { None }
    }

    pub(crate) fn into_f64(self) -> Option<Lanes<f64>> {
        if let Self::F64(lanes) = self { Some(lanes) } else { None }
    }

    pub(crate) fn into_i32(self, shape: &[usize]) -> Option<Lanes<i32>> {
        match self {
            Self::I32(lanes) => Some(lanes),
            Self::Affine(affine) => Some(affine.stored(shape, |lane| lane as i32)),
            _ => None,
        }
    }

    pub(crate) fn into_i64(self, shape: &[usize]) -> Option<Lanes<i64>> {
        match self {
            Self::I64(lanes) => Some(lanes),
            Self::Affine(affine) => Some(affine.stored(shape, |lane| lane)),
            _ => None,
        }
    }

    pub(crate) fn into_bits(self, shape: &[usize]) -> Option<Lanes<u8>> {
        match self {
            Self::Bits(lanes) => Some(lanes),
            Self::Region(region) => Some(region.stored(shape)),
            _ => None,
        }
    }

    /// The number of a scalar, or of a tensor whose lanes are all the same by their form.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Affine(affine) => affine.as_splat(),
            Self::I32(Lanes::Splat(value)) => Some(i64::from(*value)),
            Self::I64(Lanes::Splat(value)) => Some(*value),
            Self::Region(region) => region.as_splat().map(i64::from),
            Self::Bits(Lanes::Splat(value)) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The truth of a scalar.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Region(_) | Self::Bits(_) => self.as_int().map(|value| value != 0),
            _ => None,
        }
    }

    /// Integers and truth values as they are shortest: what is the same everywhere as a splat of its exact form.
    pub(crate) fn simplified(self) -> Self {
        match self {
            Self::I32(Lanes::Splat(value)) => Self::int(i64::from(value)),
            Self::I64(Lanes::Splat(value)) => Self::int(value),
            Self::Bits(Lanes::Splat(value)) => Self::bool(value != 0),
            other => other,
        }
    }
}

impl From<Lanes<f32>> for Value {
    fn from(lanes: Lanes<f32>) -> Self {
        Self::F32(lanes)
    }
}

impl From<Lanes<f64>> for Value {
    fn from(lanes: Lanes<f64>) -> Self {
        Self::F64(lanes)
    }
}

impl From<Lanes<i32>> for Value {
    fn from(lanes: Lanes<i32>) -> Self {
        Self::I32(lanes).simplified()
    }
}

impl From<Lanes<i64>> for Value {
    fn from(lanes: Lanes<i64>) -> Self {
        Self::I64(lanes).simplified()
    }
}

impl From<Lanes<u8>> for Value {
    fn from(lanes: Lanes<u8>) -> Self {
        Self::Bits(lanes).simplified()
    }
}
