//! Numbers that are stored lane by lane, but for the axes that don't vary.

use std::rc::Rc;

use super::axes::{Steps, Walk, compact, is_splat, lanes, step};

/// Lanes of one type.
#[derive(Clone, Debug)]
pub(crate) enum Lanes<T> {
    /// All lanes are this.
    Splat(T),
    /// Each for itself.
    Stored(Stored<T>),
}

/// A view of stored lanes.
#[derive(Clone, Debug)]
pub(crate) struct Stored<T> {
    data: Rc<Vec<T>>,
    /// Place of the first lane.
    start: usize,
    /// Places between neighbours along each axis; 0 where nothing varies.
    pub(crate) steps: Steps,
}

/// A row of lanes, as an operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a, T> {
    /// The same number in all of it.
    One(T),
    /// Number by number.
    Each(&'a [T]),
}

impl<T: Copy> Row<'_, T> {
    pub(crate) fn get(&self, index: usize) -> Option<T> {
        match self {
            Self::One(value) => Some(*value),
            Self::Each(values) => values.get(index).copied(),
        }
    }
}

impl<T: Copy + Default> Stored<T> {
    /// Lanes in row-major order of the axes that vary.
    pub(crate) fn new(data: Vec<T>, steps: Steps) -> Self {
        Self { data: Rc::new(data), start: 0, steps }
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
        Rc::try_unwrap(self.data).unwrap_or_else(|shared| shared.to_vec())
    }

    /// Whether nothing else sees the same numbers.
    pub(crate) fn is_unique(&self) -> bool {
        Rc::strong_count(&self.data) == 1
    }

    /// A lane.
    pub(crate) fn lane(&self, index: &[usize]) -> T {
        let at = index.iter().enumerate().fold(self.start as i64, |at, (axis, &i)| at + step(&self.steps, axis) * i as i64);
        self.data.get(at as usize).copied().unwrap_or_default()
    }
}

impl<T: Copy + Default> Lanes<T> {
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

    /// A lane.
    pub(crate) fn lane(&self, index: &[usize]) -> T {
        match self {
            Self::Splat(value) => *value,
            Self::Stored(stored) => stored.lane(index),
        }
    }

    /// With rows of an inner axis one behind the other, or all the same; nothing is copied if it is so already.
    pub(crate) fn with_rows(self, shape: &[usize]) -> Self {
        let Self::Stored(stored) = self else { return self };
        if is_splat(&stored.steps) {
            return Self::Splat(stored.lane(&[]));
        }
        let walk = Walk::new(shape, [&stored.steps]);
        if walk.row == 1 || matches!(walk.steps, [0 | 1]) {
            return Self::Stored(stored);
        }
        Self::Stored(stored.compacted(shape))
    }

    /// Stored row by row over the axes that vary, and nothing else.
    pub(crate) fn compacted(self, shape: &[usize]) -> Self {
        match self {
            Self::Stored(stored) if is_splat(&stored.steps) => Self::Splat(stored.lane(&[])),
            Self::Stored(stored) if !stored.is_compact(shape) => Self::Stored(stored.compacted(shape)),
            other => other,
        }
    }

    /// All lanes in row-major order, those of axes that don't vary too.
    pub(crate) fn to_vec(&self, shape: &[usize]) -> Vec<T> {
        match self {
            Self::Splat(value) => vec![*value; lanes(shape)],
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

impl<T: Copy + Default> Stored<T> {
    fn compacted(&self, shape: &[usize]) -> Self {
        let (data, steps) = self.gathered(shape, |axis| step(&self.steps, axis) != 0);
        Self::new(data, steps)
    }

    /// Copied row by row over these axes.
    fn gathered(&self, shape: &[usize], varies: impl Fn(usize) -> bool) -> (Vec<T>, Steps) {
        let (steps, len) = compact(shape, &varies);
        let varying: super::axes::Shape =
            shape.iter().enumerate().map(|(axis, &size)| if varies(axis) { size } else { 1 }).collect();
        let mut data = Vec::with_capacity(len);
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

/// How operands of an elementwise operation are walked: rows of theirs and of the result.
fn row<T: Copy + Default>(lanes: &Lanes<T>, at: i64, step: i64, len: usize) -> Row<'_, T> {
    match lanes {
        Lanes::Splat(value) => Row::One(*value),
        Lanes::Stored(stored) if step == 0 => Row::One(stored.data.get(at as usize).copied().unwrap_or_default()),
        Lanes::Stored(stored) => Row::Each(stored.data.get(at as usize..at as usize + len).unwrap_or_default()),
    }
}

fn start<T>(lanes: &Lanes<T>) -> i64 {
    match lanes {
        Lanes::Splat(_) => 0,
        Lanes::Stored(stored) => stored.start as i64,
    }
}

/// The result of `f` on each lane. `f` gets rows.
pub(crate) fn map<A, O>(shape: &[usize], a: &Lanes<A>, f: &mut dyn FnMut(&[A], &mut [O])) -> Lanes<O>
where
    A: Copy + Default,
    O: Copy + Default,
{
    match a {
        Lanes::Splat(value) => {
            let mut out = [O::default()];
            f(&[*value], &mut out);
            Lanes::Splat(out[0])
        }
        Lanes::Stored(stored) if stored.is_all(shape) => {
            let mut out = vec![O::default(); stored.data.len()];
            f(&stored.data, &mut out);
            Lanes::Stored(Stored::new(out, stored.steps.clone()))
        }
        Lanes::Stored(stored) => map(shape, &Lanes::Stored(stored.compacted(shape)), f),
    }
}

/// The result of `f` on each pair of lanes. `f` gets rows.
pub(crate) fn zip<A, B, O>(
    shape: &[usize],
    a: Lanes<A>,
    b: Lanes<B>,
    f: &mut dyn FnMut(Row<'_, A>, Row<'_, B>, &mut [O]),
) -> Lanes<O>
where
    A: Copy + Default,
    B: Copy + Default,
    O: Copy + Default,
{
    // The same order, whatever it is: all at once.
    let whole = match (&a, &b) {
        (Lanes::Splat(a), Lanes::Splat(b)) => {
            let mut out = [O::default()];
            f(Row::One(*a), Row::One(*b), &mut out);
            return Lanes::Splat(out[0]);
        }
        (Lanes::Stored(a), Lanes::Splat(b)) if a.is_all(shape) => Some((Row::Each(&a.data[..]), Row::One(*b), &a.steps)),
        (Lanes::Splat(a), Lanes::Stored(b)) if b.is_all(shape) => Some((Row::One(*a), Row::Each(&b.data[..]), &b.steps)),
        (Lanes::Stored(a), Lanes::Stored(b)) if a.is_all(shape) && b.is_all(shape) && same(&a.steps, &b.steps, shape) => {
            Some((Row::Each(&a.data[..]), Row::Each(&b.data[..]), &a.steps))
        }
        _ => None,
    };
    if let Some((a, b, steps)) = whole {
        let len = if let Row::Each(a) = a { a.len() } else if let Row::Each(b) = b { b.len() } else { 1 };
        let mut out = vec![O::default(); len];
        f(a, b, &mut out);
        return Lanes::Stored(Stored::new(out, steps.clone()));
    }
    let (steps, len) = compact(shape, |axis| a.varies(axis) || b.varies(axis));
    let varying: super::axes::Shape =
        shape.iter().enumerate().map(|(axis, &size)| if step(&steps, axis) != 0 { size } else { 1 }).collect();
    let (a, b) = (a.with_rows_of(&varying, &steps), b.with_rows_of(&varying, &steps));
    let mut out = vec![O::default(); len];
    let walk = Walk::new(&varying, [a.steps(), b.steps(), &steps]);
    walk.each([start(&a), start(&b), 0], |[at, bt, to]| {
        if let Some(out) = out.get_mut(to as usize..to as usize + walk.row) {
            f(row(&a, at, walk.steps[0], walk.row), row(&b, bt, walk.steps[1], walk.row), out);
        }
    });
    Lanes::Stored(Stored::new(out, steps))
}

/// Whether steps are the same over the axes that have several lanes.
pub(crate) fn same(a: &[i64], b: &[i64], shape: &[usize]) -> bool {
    (0..shape.len()).all(|axis| shape[axis] <= 1 || step(a, axis) == step(b, axis))
}

impl<T: Copy + Default> Lanes<T> {
    /// With rows along the innermost varying axis of a result, one behind the other or all the same.
    fn with_rows_of(self, varying: &[usize], steps: &[i64]) -> Self {
        let Self::Stored(stored) = &self else { return self };
        let inner = (0..varying.len()).rev().find(|&axis| step(steps, axis) != 0);
        match inner.map(|axis| step(&stored.steps, axis)) {
            None | Some(0 | 1) => self,
            Some(_) => Self::Stored(stored.compacted(varying)),
        }
    }
}
