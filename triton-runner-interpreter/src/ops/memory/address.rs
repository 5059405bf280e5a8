//! Lanes of an access: addresses and masks in their short forms, or one by one.

use smallvec::SmallVec;

use crate::trap::{Outcome, Trap};
use crate::value::axes::{Shape, Steps, Walk, step};
use crate::value::{Affine, Frame, Lanes, Region, Value, own};

/// An access whose addresses go by steps and whose mask is a box: axes from the largest step to the smallest, so that
/// rows are neighbours in memory where that is possible.
pub(super) struct Block {
    pub(super) frame: Frame,
    /// Lanes of each axis that are accessed.
    inside: Shape,
    /// Address of the first lane that is accessed.
    address: i64,
    /// Steps of addresses.
    steps: Steps,
    /// First lane of each axis.
    first: Shape,
}

impl Block {
    /// Over the axes where addresses, mask or other operands vary.
    pub(super) fn new(shape: &[usize], pointers: &Affine, mask: &Region, varies: impl Fn(usize) -> bool) -> Self {
        let varies =
            |axis: usize| shape[axis] > 1 && (step(&pointers.steps, axis) != 0 || !mask.is_whole(axis) || varies(axis));
        let mut axes: SmallVec<[usize; 4]> = (0..shape.len()).filter(|&axis| varies(axis)).collect();
        axes.sort_by_key(|&axis| match step(&pointers.steps, axis).unsigned_abs() {
            0 => 0,
            step => u64::MAX - step,
        });
        let frame = Frame::ordered(shape, axes);
        let steps = frame.turned(&pointers.steps);
        let mut address = pointers.base;
        let (mut inside, mut first) = (Shape::new(), Shape::new());
        for (place, axis) in frame.axes().enumerate() {
            let (start, end) = mask.range(axis, shape[axis]);
            address = address.wrapping_add(steps[place].wrapping_mul(start as i64));
            inside.push(end.saturating_sub(start));
            first.push(start);
        }
        Self { frame, inside, address, steps, first }
    }

    /// Rows of addresses beside those of lanes with these steps.
    pub(super) fn walk(&self, lanes: &[i64]) -> Walk<2> {
        Walk::new(&self.inside, [&self.steps, lanes])
    }

    /// Where the walk starts.
    pub(super) fn start(&self, lanes: &[i64], start: i64) -> [i64; 2] {
        let offset = self.first.iter().enumerate().map(|(axis, &first)| step(lanes, axis) * first as i64);
        [self.address, start + offset.sum::<i64>()]
    }

    /// Whether no lane is accessed.
    pub(super) fn is_empty(&self) -> bool {
        self.inside.contains(&0)
    }
}

/// Pointers and a mask.
pub(super) enum Addresses {
    /// Both in their short forms.
    Short(Affine, Region),
    Each(Value, Option<Value>),
}

impl Addresses {
    pub(super) fn new(pointers: Value, mask: Option<Value>) -> Self {
        match (pointers, mask) {
            (Value::Affine(pointers), None) => Self::Short(pointers, Region::splat(true)),
            (Value::Affine(pointers), Some(Value::Region(mask))) => Self::Short(pointers, mask),
            (pointers, mask) => Self::Each(pointers, mask),
        }
    }
}

/// Addresses and masks one by one, over the axes where something varies.
pub(super) struct Scattered {
    pub(super) frame: Frame,
    pub(super) steps: Steps,
    pub(super) addresses: Vec<i64>,
    /// 1 where a lane is accessed.
    pub(super) mask: Option<Vec<u8>>,
}

impl Scattered {
    pub(super) fn new(
        shape: &[usize],
        pointers: Value,
        mask: Option<Value>,
        varies: impl Fn(usize) -> bool,
    ) -> Outcome<Self> {
        let pointers = pointers.into_i64(shape).ok_or_else(|| Trap::form(0))?;
        let mask: Option<Lanes<u8>> = match mask {
            Some(mask) => Some(mask.into_bits(shape).ok_or_else(|| Trap::form(1))?),
            None => None,
        };
        let (addresses, steps) =
            own(shape, pointers, |axis| varies(axis) || mask.as_ref().is_some_and(|mask| mask.varies(axis)));
        let frame = Frame::of(shape, &steps);
        let mask = mask.map(|mask| frame.spread(mask));
        Ok(Self { frame, steps, addresses, mask })
    }

    /// Runs of lanes that are accessed and follow each other in memory: first lane, address, how many.
    pub(super) fn runs(&self, size: usize, mut f: impl FnMut(usize, i64, usize) -> Outcome<()>) -> Outcome<()> {
        let is_on = |lane: usize| self.mask.as_ref().is_none_or(|mask| mask.get(lane) == Some(&1));
        let mut lane = 0;
        while let Some(&address) = self.addresses.get(lane) {
            if !is_on(lane) {
                lane += 1;
                continue;
            }
            let first = lane;
            lane += 1;
            while let Some(&next) = self.addresses.get(lane)
                && next == address.wrapping_add(((lane - first) * size) as i64)
                && is_on(lane)
            {
                lane += 1;
            }
            f(first, address, lane - first)?;
        }
        Ok(())
    }
}
