//! Numbers that are stored lane by lane, but for the axes that don't vary.

use super::pool::{self, Lane, Pooled};
use std::rc::Rc;

use super::axes::{Steps, Walk, compact, lanes, step};

/// Lanes of one type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lanes<T: Lane> {
    /// All lanes are this.
    Splat(T),
    /// Each for itself.
    Stored(Stored<T>),
}

/// A view of stored lanes.
#[derive(Debug, PartialEq)]
pub(crate) struct Stored<T: Lane> {
    data: Rc<Pooled<T>>,
    /// Place of the first lane.
    start: usize,
    /// Places between neighbours along each axis; 0 where nothing varies.
    pub(crate) steps: Steps,
}

impl<T: Lane> Clone for Stored<T> {
    fn clone(&self) -> Self {
        Self { data: self.data.clone(), start: self.start, steps: Steps::from_slice(&self.steps) }
    }
}

impl<T: Lane> Stored<T> {
    /// Lanes in row-major order of the axes that vary.
    pub(crate) fn new(data: Vec<T>, steps: Steps) -> Self {
        Self { data: Rc::new(Pooled::new(data)), start: 0, steps }
    }

    /// The same numbers seen with other steps.
    pub(crate) fn view(&self, steps: Steps, offset: usize) -> Self {
        Self { data: self.data.clone(), start: self.start + offset, steps }
    }

    /// What is stored, and where the first lane is.
    pub(crate) fn data(&self) -> (&[T], usize) {
        (&self.data, self.start)
    }

    /// Whether it is stored row by row over the axes that vary and nothing else is.
    pub(crate) fn is_compact(&self, shape: &[usize]) -> bool {
        let mut len = 1;
        for axis in (0..shape.len()).rev() {
            let here = step(&self.steps, axis);
            if here != 0 && shape[axis] > 1 {
                if here != len {
                    return false;
                }
                len *= shape[axis] as i64;
            }
        }
        self.start == 0 && self.data.len() as i64 == len
    }

    /// Whether each number that is stored is one lane, in whatever order.
    pub(crate) fn is_all(&self, shape: &[usize]) -> bool {
        let varying = (0..shape.len()).filter(|&axis| step(&self.steps, axis) != 0).map(|axis| shape[axis]);
        self.start == 0 && self.data.len() == varying.product::<usize>()
    }

    /// Takes the vector out, or copies it.
    pub(crate) fn into_data(self) -> Vec<T> {
        match Rc::try_unwrap(self.data) {
            Ok(data) => data.into_vec(),
            Err(shared) => pool::copied(&shared),
        }
    }

    /// Whether nothing else sees the same numbers.
    pub(crate) fn is_unique(&self) -> bool {
        Rc::strong_count(&self.data) == 1
    }
}

impl<T: Lane> Lanes<T> {
    /// Lanes in row-major order over the whole shape.
    pub(crate) fn full(data: Vec<T>, shape: &[usize]) -> Self {
        match (data.len(), data.first()) {
            (1, Some(&value)) => Self::Splat(value),
            _ => Self::Stored(Stored::new(data, compact(shape, |_| true).0)),
        }
    }

    /// Steps; empty if nothing varies.
    pub(crate) fn steps(&self) -> &[i64] {
        match self {
            Self::Splat(_) => &[],
            Self::Stored(stored) => &stored.steps,
        }
    }

    /// Whether it varies along an axis.
    pub(crate) fn varies(&self, axis: usize) -> bool {
        step(self.steps(), axis) != 0
    }

    /// All lanes in row-major order, those of axes that don't vary too.
    pub(crate) fn to_vec(&self, shape: &[usize]) -> Vec<T> {
        match self {
            Self::Splat(value) => pool::filled(*value, lanes(shape)),
            Self::Stored(stored) => stored.gathered(shape, |_| true).0,
        }
    }

    /// The same, in place where that is possible.
    pub(crate) fn into_vec(self, shape: &[usize]) -> Vec<T> {
        match self {
            Self::Stored(stored) if stored.is_compact(shape) && stored.data.len() == lanes(shape) => stored.into_data(),
            other => other.to_vec(shape),
        }
    }

    /// Each lane in row-major order.
    pub(crate) fn each(&self, shape: &[usize], mut f: impl FnMut(T)) {
        match self {
            Self::Splat(value) => (0..lanes(shape)).for_each(|_| f(*value)),
            Self::Stored(stored) => {
                let walk = Walk::new(shape, [&stored.steps]);
                walk.each([stored.start as i64], |[at]| {
                    (0..walk.row as i64).for_each(|i| {
                        f(stored.data.get((at + i * walk.steps[0]) as usize).copied().unwrap_or_default());
                    });
                });
            }
        }
    }
}

impl<T: Lane> Stored<T> {
    pub(super) fn compacted(&self, shape: &[usize]) -> Self {
        let (data, steps) = self.gathered(shape, |axis| step(&self.steps, axis) != 0);
        Self::new(data, steps)
    }

    /// Copied row by row over these axes.
    pub(super) fn gathered(&self, shape: &[usize], varies: impl Fn(usize) -> bool) -> (Vec<T>, Steps) {
        let (steps, len) = compact(shape, &varies);
        let varying: super::axes::Shape =
            shape.iter().enumerate().map(|(axis, &size)| if varies(axis) { size } else { 1 }).collect();
        let mut data = pool::empty(len);
        let walk = Walk::new(&varying, [&self.steps]);
        walk.each([self.start as i64], |[at]| match (walk.steps[0], at as usize) {
            (1, at) => data.extend_from_slice(self.data.get(at..at + walk.row).unwrap_or_default()),
            (0, at) => data.extend(std::iter::repeat_n(self.data.get(at).copied().unwrap_or_default(), walk.row)),
            (step, at) if step > 0 => {
                data.extend(self.data.get(at..).unwrap_or_default().iter().step_by(step as usize).take(walk.row));
            }
            (step, _) => data.extend((0..walk.row as i64).map(|i| {
                let at = (at + i * step) as usize;
                self.data.get(at).copied().unwrap_or_default()
            })),
        });
        (data, steps)
    }
}
