//! Masks that are a box: one range of each axis.

use smallvec::SmallVec;

use super::affine::Affine;
use super::axes::{lanes, step};

/// True inside a range of each axis, false elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// No lane at all.
    empty: bool,
    /// The range of each axis, whole behind the last one.
    ranges: SmallVec<[Range; 4]>,
}

/// A range of an axis; short, as values are moved a lot. No tensor has as many lanes as `u32` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    start: u32,
    end: u32,
}

impl Range {
    const WHOLE: Self = Self { start: 0, end: u32::MAX };

    fn new(start: usize, end: usize) -> Self {
        let [start, end] = [start, end].map(|place| u32::try_from(place).unwrap_or(u32::MAX));
        Self { start, end }
    }

    fn is_whole(self) -> bool {
        self == Self::WHOLE
    }

    fn is_empty(self) -> bool {
        self.start >= self.end
    }

    fn and(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

impl Clone for Region {
    fn clone(&self) -> Self {
        Self { empty: self.empty, ranges: SmallVec::from_slice(&self.ranges) }
    }
}

/// How two integers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Order {
    pub(crate) fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterEqual => a >= b,
        }
    }
}

impl Region {
    /// Every lane, or none.
    pub(crate) fn splat(value: bool) -> Self {
        Self { empty: !value, ranges: SmallVec::new() }
    }

    /// A range of each axis: first and behind the last.
    pub(crate) fn new(ranges: impl Iterator<Item = (usize, usize)>) -> Self {
        let ranges: SmallVec<[_; 4]> = ranges.map(|(start, end)| Range::new(start, end)).collect();
        Self { empty: ranges.iter().any(|range| range.is_empty()), ranges }
    }

    /// A range of one axis.
    fn along(axis: usize, start: usize, end: usize) -> Self {
        let mut ranges = SmallVec::from_elem(Range::WHOLE, axis + 1);
        ranges[axis] = Range::new(start, end);
        Self { empty: start >= end, ranges }
    }

    /// The value, where all lanes have the same.
    pub(crate) fn as_splat(&self) -> Option<bool> {
        match self.empty {
            true => Some(false),
            false => self.ranges.iter().all(|range| range.is_whole()).then_some(true),
        }
    }

    fn along_axis(&self, axis: usize) -> Range {
        self.ranges.get(axis).copied().unwrap_or(Range::WHOLE)
    }

    /// The range of an axis, in lanes of this shape.
    pub(crate) fn range(&self, axis: usize, size: usize) -> (usize, usize) {
        match self.along_axis(axis) {
            _ if self.empty => (0, 0),
            Range { start, end } if size > 1 => ((start as usize).min(size), (end as usize).min(size)),
            _ => (0, size),
        }
    }

    /// Whether nothing limits this axis.
    pub(crate) fn is_whole(&self, axis: usize) -> bool {
        self.along_axis(axis).is_whole()
    }

    /// The range of each axis in turn, for views that move axes.
    pub(crate) fn select(&self, axes: impl Iterator<Item = Option<usize>>) -> Self {
        let ranges = axes.map(|axis| axis.map_or(Range::WHOLE, |axis| self.along_axis(axis))).collect();
        Self { empty: self.empty, ranges }
    }

    /// Where both are true.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let axes = self.ranges.len().max(other.ranges.len());
        let mut empty = self.empty || other.empty;
        let mut ranges = SmallVec::new();
        for axis in 0..axes {
            let both = self.along_axis(axis).and(other.along_axis(axis));
            empty |= both.is_empty();
            ranges.push(both);
        }
        Self { empty, ranges }
    }

    /// Where either is true, if that is a box: if one holds the other, or they differ along one axis and touch.
    pub(crate) fn or(&self, other: &Self) -> Option<Self> {
        if self.empty || other.as_splat() == Some(true) {
            return Some(other.clone());
        }
        if other.empty || self.as_splat() == Some(true) || self == other {
            return Some(self.clone());
        }
        let both = self.and(other);
        if both == *self {
            return Some(other.clone());
        }
        (both == *other).then(|| self.clone())
    }

    /// Where it is false, if that is a box.
    pub(crate) fn not(&self, shape: &[usize]) -> Option<Self> {
        if let Some(value) = self.as_splat() {
            return Some(Self::splat(!value));
        }
        let mut limited = self.ranges.iter().enumerate().filter(|(_, range)| !range.is_whole());
        let ((axis, range), None) = (limited.next()?, limited.next()) else {
            return None;
        };
        let (start, end) = (range.start as usize, range.end as usize);
        let size = shape.get(axis).copied().unwrap_or(1);
        match (start, end) {
            (0, end) if end >= size => Some(Self::splat(false)),
            (0, end) => Some(Self::along(axis, end, size)),
            (start, end) if end >= size => Some(Self::along(axis, 0, start)),
            _ => None,
        }
    }

    /// Where `a` compares with `b` as said, if that is a box.
    pub(crate) fn compare(a: &Affine, order: Order, b: &Affine, shape: &[usize]) -> Option<Self> {
        let base = i128::from(a.base) - i128::from(b.base);
        let axes = a.steps.len().max(b.steps.len());
        let mut varying = (0..axes)
            .map(|axis| (axis, i128::from(step(&a.steps, axis)) - i128::from(step(&b.steps, axis))))
            .filter(|(axis, step)| *step != 0 && shape.get(*axis).is_some_and(|&size| size > 1));
        let Some((axis, step)) = varying.next() else {
            return Some(Self::splat(order.holds(base, 0)));
        };
        if varying.next().is_some() {
            // All lanes may still agree.
            let (mut low, mut high) = (base, base);
            for (axis, &size) in shape.iter().enumerate() {
                let step = i128::from(self::step(&a.steps, axis)) - i128::from(self::step(&b.steps, axis));
                let reach = step * (size as i128 - 1);
                low += reach.min(0);
                high += reach.max(0);
            }
            let alike = order.holds(low, 0) == order.holds(high, 0) && !matches!(order, Order::Equal | Order::NotEqual);
            return alike.then(|| Self::splat(order.holds(low, 0)));
        }
        let size = *shape.get(axis)?;
        let holds = |index: usize| order.holds(base + step * index as i128, 0);
        match order {
            Order::Equal => {
                let index = -base / step;
                let hit = -base % step == 0 && 0 <= index && index < size as i128;
                Some(if hit { Self::along(axis, index as usize, index as usize + 1) } else { Self::splat(false) })
            }
            Order::NotEqual => {
                let index = -base / step;
                let hit = -base % step == 0 && 0 <= index && index < size as i128;
                if hit {
                    Self::along(axis, index as usize, index as usize + 1).not(shape)
                } else {
                    Some(Self::splat(true))
                }
            }
            _ => {
                // It changes once at most along the axis.
                let first = holds(0);
                let (mut low, mut high) = (0, size);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if holds(middle) == first {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                Some(match first {
                    true if low >= size => Self::splat(true),
                    true => Self::along(axis, 0, low),
                    false if low >= size => Self::splat(false),
                    false => Self::along(axis, low, size),
                })
            }
        }
    }

    /// As bytes 0 and 1, over all lanes in row-major order.
    pub(crate) fn fill(&self, shape: &[usize], out: &mut Vec<u8>) {
        out.clear();
        out.resize(lanes(shape), 0);
        if self.empty {
            return;
        }
        let (steps, _) = super::axes::compact(shape, |_| true);
        let mut start = 0;
        let mut inside = super::axes::Shape::new();
        for (axis, &size) in shape.iter().enumerate() {
            let (first, end) = self.range(axis, size);
            start += step(&steps, axis) * first as i64;
            inside.push(end.saturating_sub(first));
        }
        if lanes(&inside) == 0 {
            return;
        }
        let walk = super::axes::Walk::new(&inside, [&steps]);
        walk.each([start], |[at]| {
            let (at, step) = (at as usize, walk.steps[0].max(1) as usize);
            for lane in out.iter_mut().skip(at).step_by(step).take(walk.row) {
                *lane = 1;
            }
        });
    }
}
