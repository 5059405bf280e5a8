//! Values seen with other axes. Nothing is copied where steps can say it.

use super::axes::{Steps, step};
use super::pool::Lane;
use super::{Affine, Lanes, Region, Value};
use crate::numbers::format::Class;

impl<T: Lane> Lanes<T> {
    fn viewed(self, offset: i64, f: impl Fn(&[i64]) -> Steps) -> Self {
        match self {
            Self::Stored(stored) => Self::Stored(stored.view(f(&stored.steps), offset as usize)),
            splat @ Self::Splat(_) => splat,
        }
    }

    fn reshaped(self, from: &[usize], to: &[usize]) -> Self {
        match &self {
            Self::Splat(_) => self,
            Self::Stored(stored) => match reshape(from, &stored.steps, to) {
                Some(steps) => Self::Stored(stored.view(steps, 0)),
                None => Self::full(self.to_vec(from), to),
            },
        }
    }
}

/// The steps of the same lanes in another shape, if steps can say it.
fn reshape(from: &[usize], steps: &[i64], to: &[usize]) -> Option<Steps> {
    let mut out: Steps = smallvec::smallvec![0; to.len()];
    let (mut i, mut j) = (0, 0);
    while i < from.len() && j < to.len() {
        let (first_i, first_j) = (i, j);
        let (mut a, mut b) = (from[i], to[j]);
        (i, j) = (i + 1, j + 1);
        while a != b {
            if a < b {
                a *= *from.get(i)?;
                i += 1;
            } else {
                b *= *to.get(j)?;
                j += 1;
            }
        }
        // The axes of this group must be one axis in disguise.
        let group: Vec<usize> = (first_i..i).filter(|&axis| from[axis] > 1).collect();
        for pair in group.windows(2) {
            if step(steps, pair[0]) != step(steps, pair[1]).checked_mul(from[pair[1]] as i64)? {
                return None;
            }
        }
        let mut here = group.last().map_or(0, |&axis| step(steps, axis));
        for axis in (first_j..j).rev() {
            if to[axis] > 1 {
                out[axis] = here;
            }
            here = here.checked_mul(to[axis] as i64)?;
        }
    }
    // What is left has one lane per axis.
    (from[i..].iter().chain(&to[j..]).all(|&size| size == 1)).then_some(out)
}

impl Value {
    /// With another order or number of axes: `axes` names the old one for each new one, if there is one.
    pub(crate) fn with_axes(self, axes: &[Option<usize>]) -> Self {
        let select =
            |steps: &[i64]| -> Steps { axes.iter().map(|axis| axis.map_or(0, |axis| step(steps, axis))).collect() };
        match self {
            Self::Affine(affine) => Self::Affine(Affine { base: affine.base, steps: select(&affine.steps) }),
            Self::Region(region) => Self::Region(region.select(axes.iter().copied())),
            Self::F32(lanes) => Self::F32(lanes.viewed(0, select)),
            Self::F64(lanes) => Self::F64(lanes.viewed(0, select)),
            Self::I32(lanes) => Self::I32(lanes.viewed(0, select)),
            Self::I64(lanes) => Self::I64(lanes.viewed(0, select)),
            Self::Bits(lanes) => Self::Bits(lanes.viewed(0, select)),
            other @ (Self::None | Self::Descriptor(_)) => other,
        }
    }

    /// The same lanes, in row-major order, in another shape.
    pub(crate) fn reshaped(self, from: &[usize], to: &[usize], class: Class) -> Self {
        match self {
            Self::Affine(affine) => match reshape(from, &affine.steps, to) {
                Some(steps) => Self::Affine(Affine { base: affine.base, steps }),
                None if class == Class::I32 => {
                    let mut data = Vec::new();
                    affine.each_of_all(from, |lane| data.push(lane as i32));
                    Self::I32(Lanes::full(data, to))
                }
                None => {
                    let mut data = Vec::new();
                    affine.each_of_all(from, |lane| data.push(lane));
                    Self::I64(Lanes::full(data, to))
                }
            },
            Self::Region(region) if region.as_splat().is_some() => Self::Region(region),
            Self::Region(region) => Self::Bits(region.stored(from).reshaped(from, to)),
            Self::F32(lanes) => Self::F32(lanes.reshaped(from, to)),
            Self::F64(lanes) => Self::F64(lanes.reshaped(from, to)),
            Self::I32(lanes) => Self::I32(lanes.reshaped(from, to)),
            Self::I64(lanes) => Self::I64(lanes.reshaped(from, to)),
            Self::Bits(lanes) => Self::Bits(lanes.reshaped(from, to)),
            other @ (Self::None | Self::Descriptor(_)) => other,
        }
    }

    /// One place of the last axis, without that axis.
    pub(crate) fn last_axis(&self, shape: &[usize], index: usize) -> Self {
        let Some(axis) = shape.len().checked_sub(1) else { return self.clone() };
        let cut = |steps: &[i64]| -> Steps { steps.iter().copied().take(axis).collect() };
        let offset = |steps: &[i64]| step(steps, axis) * index as i64;
        match self {
            Self::Affine(affine) => {
                Self::Affine(Affine { base: affine.base + offset(&affine.steps), steps: cut(&affine.steps) })
            }
            Self::Region(region) => {
                let (start, end) = region.range(axis, shape[axis]);
                match start <= index && index < end {
                    true => Self::Region(region.select((0..axis).map(Some))),
                    false => Self::Region(Region::splat(false)),
                }
            }
            Self::F32(lanes) => Self::F32(lanes.clone().viewed(offset(lanes.steps()), cut)),
            Self::F64(lanes) => Self::F64(lanes.clone().viewed(offset(lanes.steps()), cut)),
            Self::I32(lanes) => Self::I32(lanes.clone().viewed(offset(lanes.steps()), cut)),
            Self::I64(lanes) => Self::I64(lanes.clone().viewed(offset(lanes.steps()), cut)),
            Self::Bits(lanes) => Self::Bits(lanes.clone().viewed(offset(lanes.steps()), cut)),
            Self::None | Self::Descriptor(_) => self.clone(),
        }
    }
}

impl Affine {
    /// All lanes in row-major order, those of axes that don't vary too.
    pub(crate) fn each_of_all(&self, shape: &[usize], mut f: impl FnMut(i64)) {
        let walk = super::axes::Walk::new(shape, [&self.steps]);
        walk.each([self.base], |[start]| {
            let mut at = start;
            for _ in 0..walk.row {
                f(at);
                at = at.wrapping_add(walk.steps[0]);
            }
        });
    }
}
