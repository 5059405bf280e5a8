//! Vectors of lanes that are used again: a program makes some of the same sizes as the one before it.

use std::cell::RefCell;
use std::ops::Deref;
use std::thread::LocalKey;

use crate::numbers::copy;

/// Vectors of each size, by the logarithm of their room.
#[derive(Debug)]
pub(crate) struct Pool<T>(RefCell<[Vec<Vec<T>>; SIZES]>);

/// Larger vectors go back to the system.
const SIZES: usize = 17;
/// Vectors of one size that are kept.
const KEPT: usize = 8;

impl<T> Pool<T> {
    const fn new() -> Self {
        Self(RefCell::new([const { Vec::new() }; SIZES]))
    }
}

/// What a tensor's lanes can be.
pub(crate) trait Lane: Copy + Default + 'static {
    /// Vectors that this thread is done with.
    fn pool() -> &'static LocalKey<Pool<Self>>;
    /// Copies a row.
    fn copy(from: &[Self], to: &mut [Self]);
}

macro_rules! lane {
    ($($lane:ty, $copy:expr;)*) => {$(
        impl Lane for $lane {
            fn pool() -> &'static LocalKey<Pool<Self>> {
                thread_local! {
                    static POOL: Pool<$lane> = const { Pool::new() };
                }
                &POOL
            }

            fn copy(from: &[Self], to: &mut [Self]) {
                $copy(from, to);
            }
        }
    )*};
}

lane! {
    f32, copy;
    f64, copy;
    i32, copy;
    i64, copy;
    u8, copy;
    (), |_, _| {};
}

/// With room for so many lanes, and as many of them as it had when it was last used, whatever they were.
fn used<T: Lane>(len: usize) -> Vec<T> {
    let size = len.next_power_of_two();
    let kept = T::pool().try_with(|pool| pool.0.try_borrow_mut().ok()?.get_mut(size.trailing_zeros() as usize)?.pop());
    kept.ok().flatten().unwrap_or_else(|| Vec::with_capacity(size))
}

/// So many lanes, whatever they are: all of them are to be written.
pub(crate) fn stale<T: Lane>(len: usize) -> Vec<T> {
    let mut lanes = used(len);
    lanes.resize(len, T::default());
    lanes
}

/// So many lanes that are this.
pub(crate) fn filled<T: Lane>(value: T, len: usize) -> Vec<T> {
    let mut lanes = empty(len);
    lanes.resize(len, value);
    lanes
}

/// With room for so many lanes.
pub(crate) fn empty<T: Lane>(len: usize) -> Vec<T> {
    let mut lanes = used(len);
    lanes.clear();
    lanes
}

/// A copy.
pub(crate) fn copied<T: Lane>(lanes: &[T]) -> Vec<T> {
    let mut copied = stale(lanes.len());
    T::copy(lanes, &mut copied);
    copied
}

/// Gives a vector back.
pub(crate) fn put_back<T: Lane>(lanes: Vec<T>) {
    let size = lanes.capacity();
    if !size.is_power_of_two() {
        return;
    }
    // Where the thread or the pool is on its way out the vector just goes.
    let _ = T::pool().try_with(|pool| {
        if let Ok(mut pool) = pool.0.try_borrow_mut()
            && let Some(kept) = pool.get_mut(size.trailing_zeros() as usize)
            && kept.len() < KEPT
        {
            kept.push(lanes);
        }
    });
}

/// Gives all that this thread keeps back to the system.
pub(crate) fn clear() {
    fn clear<T: Lane>() {
        let _ = T::pool().try_with(|pool| pool.0.take());
    }
    clear::<f32>();
    clear::<f64>();
    clear::<i32>();
    clear::<i64>();
    clear::<u8>();
}

/// A vector that goes back when nothing needs it any more.
#[derive(Debug, PartialEq)]
pub(super) struct Pooled<T: Lane>(Vec<T>);

impl<T: Lane> Pooled<T> {
    pub(super) fn new(lanes: Vec<T>) -> Self {
        Self(lanes)
    }

    pub(super) fn into_vec(mut self) -> Vec<T> {
        std::mem::take(&mut self.0)
    }
}

impl<T: Lane> Deref for Pooled<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Lane> Drop for Pooled<T> {
    fn drop(&mut self) {
        put_back(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_used_again_and_holds_what_is_asked_for() {
        clear();
        let first = stale::<i32>(100);
        assert_eq!(first, [0; 100]);
        let place = first.as_ptr();
        drop(Pooled::new(first));
        let again = filled(7i32, 128);
        assert_eq!((again.as_ptr(), &again[..]), (place, &[7; 128][..]));
        put_back(again);
        assert_eq!(copied(&[1, 2, 3]).len(), 3);
        let third = stale::<i32>(70);
        assert_eq!((third.as_ptr(), third.len()), (place, 70));
    }

    #[test]
    fn no_more_is_kept_than_a_few_of_each_size() {
        clear();
        for _ in 0..2 {
            let all: Vec<_> = (0..3 * KEPT).map(|_| stale::<u8>(64)).collect();
            all.into_iter().for_each(put_back);
        }
        put_back(stale::<u8>(1 << SIZES));
        let kept: Vec<usize> = u8::pool().with(|pool| pool.0.borrow().iter().map(Vec::len).collect());
        assert_eq!(kept.iter().sum::<usize>(), KEPT);
    }
}
