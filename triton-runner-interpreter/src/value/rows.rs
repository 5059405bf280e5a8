//! Operations on lanes, row by row: one operand is changed in place where it can be.

use super::pool::{self, Lane};
use smallvec::SmallVec;

use super::axes::{Shape, Steps, Walk, compact, step};
use super::{Lanes, Stored};
use crate::numbers::Operand;

/// The axes of lanes that are stored one by one, in the order in which they are: other operands are walked alongside.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Axes of the value, from the largest step to the smallest.
    axes: SmallVec<[usize; 4]>,
    pub(crate) sizes: Shape,
    pub(crate) steps: Steps,
}

impl Frame {
    pub(crate) fn of(shape: &[usize], steps: &[i64]) -> Self {
        let mut axes: SmallVec<[usize; 4]> =
            (0..shape.len()).filter(|&axis| shape[axis] > 1 && step(steps, axis) != 0).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(step(steps, axis)));
        let sizes = axes.iter().map(|&axis| shape[axis]).collect();
        let steps = axes.iter().map(|&axis| step(steps, axis)).collect();
        Self { axes, sizes, steps }
    }

    /// Axes in this order, stored one behind the other.
    pub(crate) fn ordered(shape: &[usize], axes: SmallVec<[usize; 4]>) -> Self {
        let sizes: Shape = axes.iter().map(|&axis| shape[axis]).collect();
        let (steps, _) = compact(&sizes, |_| true);
        Self { axes, sizes, steps }
    }

    /// The value's axes, in the order of this frame.
    pub(crate) fn axes(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().copied()
    }

    /// The steps of a value that is stored in this order.
    pub(crate) fn steps_of_value(&self, rank: usize) -> Steps {
        let mut steps: Steps = smallvec::smallvec![0; rank];
        for (place, &axis) in self.axes.iter().enumerate() {
            if let Some(step) = steps.get_mut(axis) {
                *step = self.steps[place];
            }
        }
        steps
    }

    /// All lanes in the order of this frame.
    pub(crate) fn spread<T: Lane>(&self, lanes: Lanes<T>) -> Vec<T> {
        match self.align(lanes) {
            Lanes::Splat(value) => pool::filled(value, super::axes::lanes(&self.sizes)),
            Lanes::Stored(stored)
                if stored.is_compact(&self.sizes) && stored.data().0.len() == super::axes::lanes(&self.sizes) =>
            {
                stored.into_data()
            }
            Lanes::Stored(stored) => stored.gathered(&self.sizes, |_| true).0,
        }
    }

    /// Steps in the order of this frame.
    pub(crate) fn turned(&self, steps: &[i64]) -> Steps {
        self.axes.iter().map(|&axis| step(steps, axis)).collect()
    }

    /// Lanes in the order of this frame: along its innermost axis they are neighbours or all the same.
    pub(crate) fn align<T: Lane>(&self, lanes: Lanes<T>) -> Lanes<T> {
        let Lanes::Stored(stored) = lanes else { return lanes };
        let steps = self.turned(&stored.steps);
        let is_near = matches!(steps.last(), None | Some(0 | 1));
        let turned = stored.view(steps, 0);
        if is_near { Lanes::Stored(turned) } else { Lanes::Stored(turned.compacted(&self.sizes)) }
    }
}

impl<T: Lane> Lanes<T> {
    /// Where the first lane is.
    pub(crate) fn start(&self) -> i64 {
        match self {
            Self::Splat(_) => 0,
            Self::Stored(stored) => stored.data().1 as i64,
        }
    }

    /// A row from a place on: neighbours, or the same number for all.
    pub(crate) fn row(&self, at: i64, step: i64, len: usize) -> Operand<'_, T> {
        let stored = match self {
            Self::Splat(value) => return Operand::All(*value),
            Self::Stored(stored) => stored.data().0,
        };
        let at = at as usize;
        match step {
            0 => Operand::All(stored.get(at).copied().unwrap_or_default()),
            _ => Operand::Each(stored.get(at..at.saturating_add(len)).unwrap_or_default()),
        }
    }

    /// All lanes as one row beside others with these steps, if they lie in the same order.
    fn beside(&self, shape: &[usize], steps: &[i64]) -> Option<Operand<'_, T>> {
        match self {
            Self::Splat(value) => Some(Operand::All(*value)),
            Self::Stored(stored) => {
                (stored.steps[..] == *steps && stored.is_all(shape)).then(|| Operand::Each(stored.data().0))
            }
        }
    }

    /// Whether lanes vary wherever the other ones do.
    fn covers<U: Lane>(&self, other: &Lanes<U>, shape: &[usize]) -> bool {
        (0..shape.len()).all(|axis| shape[axis] <= 1 || self.varies(axis) || !other.varies(axis))
    }

    fn is_reusable(&self, shape: &[usize]) -> bool {
        matches!(self, Self::Stored(stored) if stored.is_unique() && stored.is_all(shape))
    }
}

/// Lanes as a vector that may be changed, which varies at least along these axes, with its steps.
pub(crate) fn own<T: Lane>(shape: &[usize], lanes: Lanes<T>, varies: impl Fn(usize) -> bool) -> (Vec<T>, Steps) {
    let stored = match lanes {
        Lanes::Splat(value) => {
            let (steps, len) = compact(shape, varies);
            return (pool::filled(value, len), steps);
        }
        Lanes::Stored(stored) => stored,
    };
    let covers = (0..shape.len()).all(|axis| shape[axis] <= 1 || step(&stored.steps, axis) != 0 || !varies(axis));
    if covers && stored.is_all(shape) {
        let steps = Steps::from_slice(&stored.steps);
        return (stored.into_data(), steps);
    }
    stored.gathered(shape, |axis| step(&stored.steps, axis) != 0 || varies(axis))
}

/// The result of `f` on each lane. `f` gets all that is stored.
pub(crate) fn map<A, O>(shape: &[usize], a: &Lanes<A>, f: &mut dyn FnMut(&[A], &mut [O])) -> Lanes<O>
where
    A: Lane,
    O: Lane,
{
    match a {
        Lanes::Splat(value) => {
            let mut out = [O::default()];
            f(&[*value], &mut out);
            Lanes::Splat(out[0])
        }
        Lanes::Stored(stored) if stored.is_all(shape) => {
            let data = stored.data().0;
            let mut out = pool::stale(data.len());
            f(data, &mut out);
            Lanes::Stored(Stored::new(out, Steps::from_slice(&stored.steps)))
        }
        Lanes::Stored(stored) => map(shape, &Lanes::Stored(stored.compacted(shape)), f),
    }
}

/// Changes each lane.
pub(crate) fn change<T: Lane>(shape: &[usize], a: Lanes<T>, f: &mut dyn FnMut(&mut [T])) -> Lanes<T> {
    if let Lanes::Splat(value) = a {
        let mut row = [value];
        f(&mut row);
        return Lanes::Splat(row[0]);
    }
    let (mut data, steps) = own(shape, a, |_| false);
    f(&mut data);
    Lanes::Stored(Stored::new(data, steps))
}

/// Changes a row by an operand; first comes whether the row is the second operand's.
pub(crate) type ChangeRow<'f, T> = dyn FnMut(bool, &mut [T], Operand<'_, T>) + 'f;
/// Makes a row of two.
pub(crate) type MakeRow<'f, A, B, O> = dyn FnMut(&[A], Operand<'_, B>, &mut [O]) + 'f;
/// Changes a row by two others.
pub(crate) type ChangeRowByTwo<'f, T, U, V> = dyn FnMut(&mut [T], Operand<'_, U>, Operand<'_, V>) + 'f;

/// Changes one of two operands by the other, lane by lane.
pub(crate) fn combine<T: Lane>(shape: &[usize], a: Lanes<T>, b: Lanes<T>, f: &mut ChangeRow<'_, T>) -> Lanes<T> {
    if let (Lanes::Splat(a), Lanes::Splat(b)) = (&a, &b) {
        let mut row = [*a];
        f(false, &mut row, Operand::All(*b));
        return Lanes::Splat(row[0]);
    }
    let second = !a.covers(&b, shape) && b.covers(&a, shape)
        || !a.is_reusable(shape) && b.covers(&a, shape) && b.is_reusable(shape);
    let (target, other) = if second { (b, a) } else { (a, b) };
    let (mut data, steps) = own(shape, target, |axis| other.varies(axis));
    if let Some(other) = other.beside(shape, &steps) {
        f(second, &mut data, other);
        return Lanes::Stored(Stored::new(data, steps));
    }
    let frame = Frame::of(shape, &steps);
    let other = frame.align(other);
    let walk = Walk::new(&frame.sizes, [&frame.steps, other.steps()]);
    walk.each([0, other.start()], |[to, from]| {
        if let Some(row) = data.get_mut(to as usize..to as usize + walk.row) {
            f(second, row, other.row(from, walk.steps[1], walk.row));
        }
    });
    Lanes::Stored(Stored::new(data, steps))
}

/// The result of `f` on each pair of lanes.
pub(crate) fn zip<A, B, O>(shape: &[usize], a: Lanes<A>, b: Lanes<B>, f: &mut MakeRow<'_, A, B, O>) -> Lanes<O>
where
    A: Lane,
    B: Lane,
    O: Lane,
{
    if let (Lanes::Splat(a), Lanes::Splat(b)) = (&a, &b) {
        let mut out = [O::default()];
        f(&[*a], Operand::All(*b), &mut out);
        return Lanes::Splat(out[0]);
    }
    let a = match a {
        Lanes::Stored(stored) if Lanes::Stored(stored.clone()).covers(&b, shape) && stored.is_all(shape) => stored,
        other => {
            let (data, steps) = own(shape, other, |axis| b.varies(axis));
            Stored::new(data, steps)
        }
    };
    let data = a.data().0;
    let mut out = pool::stale(data.len());
    if let Some(b) = b.beside(shape, &a.steps) {
        f(data, b, &mut out);
        return Lanes::Stored(Stored::new(out, Steps::from_slice(&a.steps)));
    }
    let frame = Frame::of(shape, &a.steps);
    let b = frame.align(b);
    let walk = Walk::new(&frame.sizes, [&frame.steps, b.steps()]);
    walk.each([0, b.start()], |[at, from]| {
        let at = at as usize..at as usize + walk.row;
        if let (Some(row), Some(out)) = (data.get(at.clone()), out.get_mut(at)) {
            f(row, b.row(from, walk.steps[1], walk.row), out);
        }
    });
    Lanes::Stored(Stored::new(out, Steps::from_slice(&a.steps)))
}

/// Changes the first of three operands by the two others. `f` gets rows of the same length.
pub(crate) fn combine3<T, U, V>(
    shape: &[usize],
    a: Lanes<T>,
    b: Lanes<U>,
    c: Lanes<V>,
    f: &mut ChangeRowByTwo<'_, T, U, V>,
) -> Lanes<T>
where
    T: Lane,
    U: Lane,
    V: Lane,
{
    if let (Lanes::Splat(a), Lanes::Splat(b), Lanes::Splat(c)) = (&a, &b, &c) {
        let mut row = [*a];
        f(&mut row, Operand::All(*b), Operand::All(*c));
        return Lanes::Splat(row[0]);
    }
    let (mut data, steps) = own(shape, a, |axis| b.varies(axis) || c.varies(axis));
    if let (Some(b), Some(c)) = (b.beside(shape, &steps), c.beside(shape, &steps)) {
        f(&mut data, b, c);
        return Lanes::Stored(Stored::new(data, steps));
    }
    let frame = Frame::of(shape, &steps);
    let (b, c) = (frame.align(b), frame.align(c));
    let walk = Walk::new(&frame.sizes, [&frame.steps, b.steps(), c.steps()]);
    walk.each([0, b.start(), c.start()], |[to, bt, ct]| {
        if let Some(row) = data.get_mut(to as usize..to as usize + walk.row) {
            f(row, b.row(bt, walk.steps[1], walk.row), c.row(ct, walk.steps[2], walk.row));
        }
    });
    Lanes::Stored(Stored::new(data, steps))
}

/// The first operand where the mask is 1, the second where it is 0. `f` gets a mask, whether its ones keep the row, the
/// row and what takes its place.
pub(crate) fn select<T: Lane>(
    shape: &[usize],
    mask: Lanes<u8>,
    a: Lanes<T>,
    b: Lanes<T>,
    f: fn(&[u8], bool, &mut [T], Operand<'_, T>),
) -> Lanes<T> {
    if let Lanes::Splat(mask) = mask {
        return if mask != 0 { a } else { b };
    }
    let covers = |lanes: &Lanes<T>, other: &Lanes<T>| lanes.covers(other, shape) && lanes.covers(&mask, shape);
    let second = !covers(&a, &b) && covers(&b, &a) || !a.is_reusable(shape) && covers(&b, &a) && b.is_reusable(shape);
    let (target, other) = if second { (b, a) } else { (a, b) };
    combine3(shape, target, mask, other, &mut |row, mask, other| match mask {
        Operand::Each(mask) => f(mask, !second, row, other),
        Operand::All(value) if (value != 0) != second => {}
        Operand::All(_) => match other {
            Operand::All(value) => row.fill(value),
            Operand::Each(other) => row.iter_mut().zip(other).for_each(|(to, from)| *to = *from),
        },
    })
}
