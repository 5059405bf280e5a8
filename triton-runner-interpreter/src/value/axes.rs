//! Shapes, steps along their axes, and walks over them row by row.

use smallvec::{SmallVec, smallvec};

/// The size of each axis, outermost first.
pub(crate) type Shape = SmallVec<[usize; 4]>;

/// How far apart two neighbours are, for each axis. 0 where nothing varies, as for axes behind the last.
pub(crate) type Steps = SmallVec<[i64; 4]>;

/// The step along an axis.
pub(crate) fn step(steps: &[i64], axis: usize) -> i64 {
    steps.get(axis).copied().unwrap_or(0)
}

/// How many lanes a shape has.
pub(crate) fn lanes(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// Whether nothing varies.
pub(crate) fn is_splat(steps: &[i64]) -> bool {
    steps.iter().all(|&step| step == 0)
}

/// Row-major steps over the axes that vary, and how many elements they have.
pub(crate) fn compact(shape: &[usize], varies: impl Fn(usize) -> bool) -> (Steps, usize) {
    let mut steps: Steps = smallvec![0; shape.len()];
    let mut len = 1;
    for axis in (0..shape.len()).rev() {
        if shape[axis] > 1 && varies(axis) {
            steps[axis] = len as i64;
            len *= shape[axis];
        }
    }
    (steps, len)
}

/// A walk over all lanes in row-major order, for `K` values at once. Axes are joined where every value allows it, so
/// that the innermost one, the row, is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Walk<const K: usize> {
    /// Size and steps of the outer axes.
    outer: SmallVec<[(usize, [i64; K]); 4]>,
    /// Lanes of a row.
    pub(crate) row: usize,
    /// Steps inside a row.
    pub(crate) steps: [i64; K],
}

impl<const K: usize> Walk<K> {
    pub(crate) fn new(shape: &[usize], steps: [&[i64]; K]) -> Self {
        let mut outer: SmallVec<[(usize, [i64; K]); 4]> = SmallVec::new();
        for (axis, &size) in shape.iter().enumerate() {
            let here: [i64; K] = std::array::from_fn(|k| step(steps[k], axis));
            match outer.last_mut() {
                _ if size == 1 => {}
                Some((before, last)) if (0..K).all(|k| last[k] == here[k].wrapping_mul(size as i64)) => {
                    *before *= size;
                    *last = here;
                }
                _ => outer.push((size, here)),
            }
        }
        let (row, steps) = outer.pop().unwrap_or((1, [0; K]));
        Self { outer, row, steps }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.outer.iter().map(|(size, _)| size).product()
    }

    /// Calls `f` with the offsets of each row's first lane.
    pub(crate) fn try_each<E>(&self, start: [i64; K], mut f: impl FnMut([i64; K]) -> Result<(), E>) -> Result<(), E> {
        let mut at = start;
        if self.outer.is_empty() {
            return f(at);
        }
        if self.rows() == 0 {
            return Ok(());
        }
        let mut index: SmallVec<[usize; 4]> = smallvec![0; self.outer.len()];
        loop {
            f(at)?;
            let mut axis = self.outer.len();
            loop {
                if axis == 0 {
                    return Ok(());
                }
                axis -= 1;
                let (size, steps) = &self.outer[axis];
                index[axis] += 1;
                for k in 0..K {
                    at[k] = at[k].wrapping_add(steps[k]);
                }
                if index[axis] < *size {
                    break;
                }
                index[axis] = 0;
                for k in 0..K {
                    at[k] = at[k].wrapping_sub(steps[k].wrapping_mul(*size as i64));
                }
            }
        }
    }

    /// Calls `f` with the offsets of each row's first lane.
    pub(crate) fn each(&self, start: [i64; K], mut f: impl FnMut([i64; K])) {
        let done: Result<(), std::convert::Infallible> = self.try_each(start, |at| {
            f(at);
            Ok(())
        });
        let Ok(()) = done;
    }
}
