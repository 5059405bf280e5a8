//! The grid of a launch: how many programs in each dimension.

use std::fmt;

use crate::extent::{Extent, Fault};

/// Programs in x, y and z. A grid with a zero in it launches nothing.
///
/// Made from an integer of any type, a tuple of one to three or an array of three; `#[grid(...)]` makes it from
/// expressions. What is negative or too large is an error of the launch.
#[derive(Clone, Copy, Debug)]
pub struct Grid([Extent; 3]);

impl Grid {
    /// The grid `x` × `y` × `z`.
    #[inline]
    pub fn new(x: impl Into<Extent>, y: impl Into<Extent>, z: impl Into<Extent>) -> Self {
        Self([x.into(), y.into(), z.into()])
    }

    /// The dimensions, once each is known to be at most its limit; `None` for an empty grid.
    #[inline]
    pub(crate) fn within(&self, limits: [u32; 3]) -> Result<Option<[u32; 3]>, (Axis, GridFault)> {
        let x = axis(Axis::X, self.0[0], limits[0])?;
        let y = axis(Axis::Y, self.0[1], limits[1])?;
        let z = axis(Axis::Z, self.0[2], limits[2])?;
        Ok(if x == 0 || y == 0 || z == 0 { None } else { Some([x, y, z]) })
    }
}

#[inline]
fn axis(axis: Axis, extent: Extent, limit: u32) -> Result<u32, (Axis, GridFault)> {
    match extent.get() {
        Ok(value) if value >= 0 && value <= i64::from(limit) => Ok(value as u32),
        other => Err((axis, fault(other, limit))),
    }
}

#[cold]
fn fault(extent: Result<i64, Fault>, limit: u32) -> GridFault {
    match extent {
        Err(Fault::Overflow) => GridFault::Overflow,
        Err(Fault::DivisionByZero) => GridFault::DivisionByZero,
        Ok(value) if value < 0 => GridFault::Negative { value },
        Ok(value) => GridFault::TooLarge { value, limit },
    }
}

/// A dimension of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Axis {
    X,
    Y,
    Z,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Axis::X => "x",
            Axis::Y => "y",
            Axis::Z => "z",
        })
    }
}

/// What is wrong with one dimension of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GridFault {
    /// The expression for it does not fit in 64 bits.
    Overflow,
    /// The expression for it divides by zero.
    DivisionByZero,
    /// It is less than zero.
    #[non_exhaustive]
    Negative {
        /// The dimension.
        value: i64,
    },
    /// It is more than the device can launch.
    #[non_exhaustive]
    TooLarge {
        /// The dimension, in programs.
        value: i64,
        /// The most that this kernel can have there on this device.
        limit: u32,
    },
}

impl fmt::Display for GridFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GridFault::Overflow => f.write_str("its expression overflows 64 bits"),
            GridFault::DivisionByZero => f.write_str("its expression divides by zero"),
            GridFault::Negative { value } => write!(f, "it is {value}, less than zero"),
            GridFault::TooLarge { value, limit } => write!(f, "it is {value}, and the most is {limit}"),
        }
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => { $(
        impl From<$integer> for Grid {
            #[inline]
            fn from(x: $integer) -> Self {
                Grid::new(x, 1, 1)
            }
        }
    )* };
}

from_integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<X: Into<Extent>> From<(X,)> for Grid {
    #[inline]
    fn from((x,): (X,)) -> Self {
        Grid::new(x, 1, 1)
    }
}

impl<X: Into<Extent>, Y: Into<Extent>> From<(X, Y)> for Grid {
    #[inline]
    fn from((x, y): (X, Y)) -> Self {
        Grid::new(x, y, 1)
    }
}

impl<X: Into<Extent>, Y: Into<Extent>, Z: Into<Extent>> From<(X, Y, Z)> for Grid {
    #[inline]
    fn from((x, y, z): (X, Y, Z)) -> Self {
        Grid::new(x, y, z)
    }
}

impl<T: Into<Extent>> From<[T; 3]> for Grid {
    #[inline]
    fn from([x, y, z]: [T; 3]) -> Self {
        Grid::new(x, y, z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [u32; 3] = [i32::MAX as u32, 65_535, 65_535];

    fn dims(grid: impl Into<Grid>) -> Result<Option<[u32; 3]>, (Axis, GridFault)> {
        grid.into().within(LIMITS)
    }

    #[test]
    fn numbers_tuples_and_arrays_are_grids() {
        assert_eq!(dims(7), Ok(Some([7, 1, 1])));
        assert_eq!(dims((7,)), Ok(Some([7, 1, 1])));
        assert_eq!(dims((7, 8)), Ok(Some([7, 8, 1])));
        assert_eq!(dims((7, 8, 9)), Ok(Some([7, 8, 9])));
        assert_eq!(dims([7, 8, 9]), Ok(Some([7, 8, 9])));
        assert_eq!(dims(7_usize), Ok(Some([7, 1, 1])));
        assert_eq!(dims((7_u32, 8_usize, 9)), Ok(Some([7, 8, 9])));
    }

    #[test]
    fn a_length_that_no_grid_can_have_is_an_error() {
        assert_eq!(dims(usize::MAX), Err((Axis::X, GridFault::Overflow)));
        assert_eq!(dims((1, -1)), Err((Axis::Y, GridFault::Negative { value: -1 })));
    }

    #[test]
    fn a_zero_makes_it_empty() {
        for grid in [[0, 1, 1], [1, 0, 1], [1, 1, 0]] {
            assert_eq!(dims(grid), Ok(None));
        }
    }

    #[test]
    fn limits_hold_on_each_axis() {
        assert_eq!(dims((i32::MAX as u32, 65_535, 65_535)), Ok(Some(LIMITS)));
        let too_large = |value, limit| GridFault::TooLarge { value, limit };
        assert_eq!(dims(0x8000_0000_u32), Err((Axis::X, too_large(0x8000_0000, LIMITS[0]))));
        assert_eq!(dims((1, 65_536)), Err((Axis::Y, too_large(65_536, 65_535))));
        assert_eq!(dims((0, 1, 65_536)), Err((Axis::Z, too_large(65_536, 65_535))));
    }

    #[test]
    fn an_expression_without_a_value_is_an_error_of_its_axis() {
        let one = Extent::new(1);
        assert_eq!(dims(Grid::new(one, one / 0, one)), Err((Axis::Y, GridFault::DivisionByZero)));
        assert_eq!(dims(Grid::new(Extent::new(i64::MAX) + 1, 1, 1)), Err((Axis::X, GridFault::Overflow)));
        assert_eq!(dims(Grid::new(1, 1, one - 5)), Err((Axis::Z, GridFault::Negative { value: -4 })));
    }
}
