//! Integers and addresses that change by one step along each axis.

use super::axes::{Shape, Steps, is_splat, step};

/// `base + Σ steps[axis] · index[axis]`, exactly: no lane is outside its type, so nothing has wrapped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Affine {
    pub(crate) base: i64,
    pub(crate) steps: Steps,
}

/// Faster than what would be derived, which copies steps one by one; and so for other values.
impl Clone for Affine {
    fn clone(&self) -> Self {
        Self { base: self.base, steps: Steps::from_slice(&self.steps) }
    }
}

impl Affine {
    /// The same number everywhere.
    pub(crate) fn splat(base: i64) -> Self {
        Self { base, steps: Steps::new() }
    }

    pub(crate) fn is_splat(&self) -> bool {
        is_splat(&self.steps)
    }

    /// The number, where all lanes have the same.
    pub(crate) fn as_splat(&self) -> Option<i64> {
        self.is_splat().then_some(self.base)
    }

    /// Whether all lanes are neighbours in memory, in row-major order, as addresses of elements of this size.
    pub(crate) fn is_row(&self, shape: &[usize], size: usize) -> bool {
        let mut apart = size as i64;
        shape.iter().enumerate().rev().filter(|(_, size)| **size > 1).all(|(axis, &size)| {
            let here = apart;
            apart = apart.saturating_mul(size as i64);
            step(&self.steps, axis) == here
        })
    }

    /// The smallest and the largest lane.
    pub(crate) fn range(&self, shape: &[usize]) -> (i128, i128) {
        let (mut low, mut high) = (i128::from(self.base), i128::from(self.base));
        for (axis, &size) in shape.iter().enumerate() {
            let reach = i128::from(step(&self.steps, axis)) * (size.saturating_sub(1) as i128);
            if reach < 0 {
                low += reach;
            } else {
                high += reach;
            }
        }
        (low, high)
    }

    /// From wide numbers; `None` where a lane would be outside `bits`.
    fn checked(base: i128, steps: impl Iterator<Item = i128>, shape: &[usize], bits: u32) -> Option<Self> {
        let (mut low, mut high) = (base, base);
        let mut narrow = Steps::new();
        for (axis, step) in steps.enumerate() {
            let size = shape.get(axis).copied().unwrap_or(1);
            let step = if size > 1 { step } else { 0 };
            narrow.push(i64::try_from(step).ok()?);
            let reach = step.checked_mul(size.saturating_sub(1) as i128)?;
            if reach < 0 {
                low = low.checked_add(reach)?;
            } else {
                high = high.checked_add(reach)?;
            }
        }
        let limit = 1i128 << (bits - 1);
        (-limit <= low && high < limit).then(|| Self { base: base as i64, steps: narrow })
    }

    fn zip(&self, other: &Self, shape: &[usize], bits: u32, f: impl Fn(i128, i128) -> i128) -> Option<Self> {
        let axes = self.steps.len().max(other.steps.len());
        let steps = (0..axes).map(|axis| f(step(&self.steps, axis).into(), step(&other.steps, axis).into()));
        Self::checked(f(self.base.into(), other.base.into()), steps, shape, bits)
    }

    /// The sum; `None` where a lane would wrap.
    pub(crate) fn add(&self, other: &Self, shape: &[usize], bits: u32) -> Option<Self> {
        self.zip(other, shape, bits, |a, b| a + b)
    }

    /// The difference; `None` where a lane would wrap.
    pub(crate) fn sub(&self, other: &Self, shape: &[usize], bits: u32) -> Option<Self> {
        self.zip(other, shape, bits, |a, b| a - b)
    }

    /// The product with a number; `None` where a lane would wrap.
    pub(crate) fn scale(&self, by: i64, shape: &[usize], bits: u32) -> Option<Self> {
        let by = i128::from(by);
        Self::checked(i128::from(self.base) * by, self.steps.iter().map(|&step| i128::from(step) * by), shape, bits)
    }

    /// The same numbers in another type; `None` where a lane doesn't fit.
    pub(crate) fn resize(&self, shape: &[usize], bits: u32) -> Option<Self> {
        Self::checked(self.base.into(), self.steps.iter().map(|&step| step.into()), shape, bits)
    }

    /// All lanes in row-major order of the axes that vary.
    pub(crate) fn each(&self, shape: &[usize], mut f: impl FnMut(i64)) {
        let varying: Shape =
            (0..shape.len()).map(|axis| if step(&self.steps, axis) == 0 { 1 } else { shape[axis] }).collect();
        let walk = super::axes::Walk::new(&varying, [&self.steps]);
        walk.each([self.base], |[start]| {
            let mut at = start;
            for _ in 0..walk.row {
                f(at);
                at = at.wrapping_add(walk.steps[0]);
            }
        });
    }
}
