//! Parts of memory that a graph holds, borrowed as parts of slices are.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use super::captured::Capture;
use crate::error::GraphFault;
use crate::pointer::{AnyBits, Guard, Sealed, SliceFault, SliceInput, SliceOutput};
use crate::tensor_map::{HeldMemory, Memory, SealedMemory, TensorMemory, TensorMemoryMut};
use crate::{Error, Result};

/// Where memory of a graph is, and how many elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) graph: u64,
    pub(super) address: u64,
    pub(super) len: usize,
}

impl Part {
    /// The elements `range` of it, each of so many bytes.
    fn part(self, range: impl RangeBounds<usize>, size: usize) -> Result<Self> {
        let start = match range.start_bound() {
            Bound::Included(&index) => Some(index),
            Bound::Excluded(&index) => index.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match range.end_bound() {
            Bound::Included(&index) => index.checked_add(1),
            Bound::Excluded(&index) => Some(index),
            Bound::Unbounded => Some(self.len),
        };
        let part = start.zip(end).filter(|&(start, end)| start <= end && end <= self.len).and_then(|(start, end)| {
            let offset = u64::try_from(start.checked_mul(size)?).ok()?;
            Some(Self { address: self.address.checked_add(offset)?, len: end - start, ..self })
        });
        let (start, end) = (start.unwrap_or(usize::MAX), end.unwrap_or(usize::MAX));
        part.ok_or(Error::Graph(GraphFault::OutOfRange { start, end, len: self.len }))
    }

    /// Both sides of `middle`.
    fn split(self, middle: usize, size: usize) -> Result<(Self, Self)> {
        Ok((self.part(..middle, size)?, self.part(middle.., size)?))
    }

    pub(super) fn into_memory<'a, T>(self) -> Memory<'a, T> {
        let Self { graph, address, len } = self;
        Memory::Held(HeldMemory { graph, address, len })
    }

    /// What a launch in `capture` gets.
    pub(super) fn pass(self, capture: &Capture, size: usize) -> (u64, Guard<'_>) {
        if capture.graph() != self.graph {
            return (0, Guard::faulty(SliceFault::NotHeld));
        }
        (self.address, Guard::held(self.len.checked_mul(size).unwrap_or(0)))
    }
}

/// A part of a [`Held`](super::Held) that kernels read: what a `&[T]` of a declaration takes in a capture. Copies are the
/// same part.
pub struct HeldView<'a, T> {
    part: Part,
    held: PhantomData<fn() -> &'a T>,
}

/// A part of a [`Held`](super::Held) that kernels write, and nothing else uses while it is there: what a `&mut [T]` of a
/// declaration takes in a capture.
pub struct HeldViewMut<'a, T> {
    part: Part,
    held: PhantomData<fn() -> &'a mut T>,
}

impl<'a, T> HeldView<'a, T> {
    pub(super) fn new(part: Part) -> Self {
        Self { part, held: PhantomData }
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.part.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.part.len == 0
    }

    /// A part of it.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for elements that it doesn't have.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<HeldView<'a, T>> {
        self.part.part(range, size_of::<T>()).map(HeldView::new)
    }

    /// Both sides of an element.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for one that it doesn't have.
    pub fn split_at(&self, middle: usize) -> Result<(HeldView<'a, T>, HeldView<'a, T>)> {
        let (left, right) = self.part.split(middle, size_of::<T>())?;
        Ok((HeldView::new(left), HeldView::new(right)))
    }
}

impl<'a, T> HeldViewMut<'a, T> {
    pub(super) fn new(part: Part) -> Self {
        Self { part, held: PhantomData }
    }

    pub(super) fn into_slice(self, range: impl RangeBounds<usize>) -> Result<HeldViewMut<'a, T>> {
        self.part.part(range, size_of::<T>()).map(HeldViewMut::new)
    }

    pub(super) fn into_sides(self, middle: usize) -> Result<(HeldViewMut<'a, T>, HeldViewMut<'a, T>)> {
        let (left, right) = self.part.split(middle, size_of::<T>())?;
        Ok((HeldViewMut::new(left), HeldViewMut::new(right)))
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.part.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.part.len == 0
    }

    /// All of it, to be read.
    pub fn as_view(&self) -> HeldView<'_, T> {
        HeldView::new(self.part)
    }

    /// A part of it, to be read.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for elements that it doesn't have.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<HeldView<'_, T>> {
        self.part.part(range, size_of::<T>()).map(HeldView::new)
    }

    /// A part of it, to be written.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for elements that it doesn't have.
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> Result<HeldViewMut<'_, T>> {
        HeldViewMut::new(self.part).into_slice(range)
    }

    /// Both sides of an element, each to be written by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for one that it doesn't have.
    pub fn split_at_mut(&mut self, middle: usize) -> Result<(HeldViewMut<'_, T>, HeldViewMut<'_, T>)> {
        HeldViewMut::new(self.part).into_sides(middle)
    }
}

impl<T> Clone for HeldView<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for HeldView<'_, T> {}

macro_rules! passed {
    ($($trait:ident ($($bound:tt)*) for $type:ty;)*) => { $(
        impl<T $($bound)*> $trait<T, Capture> for $type {
            fn pass<'s>(self, on: &'s Capture) -> (u64, Guard<'s>)
            where
                Self: 's,
            {
                self.part.pass(on, size_of::<T>())
            }
        }
    )* };
}
pub(super) use passed;

passed! {
    SliceInput () for HeldView<'_, T>;
    SliceInput () for &HeldView<'_, T>;
    SliceInput () for &HeldViewMut<'_, T>;
    SliceInput () for &mut HeldViewMut<'_, T>;
    SliceOutput (: AnyBits) for HeldViewMut<'_, T>;
    SliceOutput (: AnyBits) for &mut HeldViewMut<'_, T>;
}

impl<T> Sealed for HeldView<'_, T> {}
impl<T> Sealed for &HeldView<'_, T> {}
impl<T> Sealed for HeldViewMut<'_, T> {}
impl<T> Sealed for &HeldViewMut<'_, T> {}
impl<T> Sealed for &mut HeldViewMut<'_, T> {}

impl<'a, T> TensorMemory<'a, T> for HeldView<'a, T> {}
impl<'a, T> TensorMemory<'a, T> for HeldViewMut<'a, T> {}
impl<'a, T> TensorMemoryMut<'a, T> for HeldViewMut<'a, T> {}

impl<'a, T> SealedMemory<'a, T> for HeldView<'a, T> {
    fn into_memory(self) -> Memory<'a, T> {
        self.part.into_memory()
    }
}

impl<'a, T> SealedMemory<'a, T> for HeldViewMut<'a, T> {
    fn into_memory(self) -> Memory<'a, T> {
        self.part.into_memory()
    }
}

impl<T> fmt::Debug for HeldView<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldView").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for HeldViewMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldViewMut").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Part = Part { graph: 7, address: 1000, len: 10 };

    fn part(range: impl RangeBounds<usize>) -> Option<(u64, usize)> {
        let part = ALL.part(range, 4).ok()?;
        assert_eq!(part.graph, 7);
        Some((part.address, part.len))
    }

    #[test]
    fn every_form_of_a_range_is_a_part_of_what_is_there() {
        assert_eq!(part(..), Some((1000, 10)));
        assert_eq!(part(3..), Some((1012, 7)));
        assert_eq!(part(..3), Some((1000, 3)));
        assert_eq!(part(2..5), Some((1008, 3)));
        assert_eq!(part(2..=5), Some((1008, 4)));
        assert_eq!(part((Bound::Excluded(2), Bound::Included(9))), Some((1012, 7)));
        assert_eq!((part(10..), part(10..10)), (Some((1040, 0)), Some((1040, 0))));
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges, reason = "refused")]
    fn what_is_not_there_is_an_error() {
        for refused in [part(11..), part(..11), part(..=10), part(5..3), part(..=usize::MAX), part(usize::MAX..)] {
            assert_eq!(refused, None);
        }
        assert_eq!(part((Bound::Excluded(usize::MAX), Bound::Unbounded)), None);
        let text = ALL.part(4..11, 4).unwrap_err().to_string();
        assert!(text.contains("elements 4 to 11") && text.contains("has 10"), "{text}");
    }

    #[test]
    fn sides_of_an_element_are_all_there_is() {
        let (left, right) = ALL.split(4, 4).unwrap();
        assert_eq!((left.len, right.address, right.len), (4, 1016, 6));
        assert!(ALL.split(10, 4).is_ok() && ALL.split(11, 4).is_err());
    }
}
