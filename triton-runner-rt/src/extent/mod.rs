//! The integers of a grid expression: arithmetic that cannot panic and cannot wrap.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// An integer argument or constant inside `#[grid(...)]`.
///
/// It holds 64 bits with sign. What has no result (overflow, division by zero) makes it poisoned; whatever is computed
/// from a poisoned one is poisoned too, and a launch whose grid is poisoned is refused with an error that names the
/// axis. A poisoned extent compares neither less than, equal to nor greater than any other.
#[derive(Clone, Copy)]
pub struct Extent {
    value: i64,
    fault: Option<Fault>,
}

/// Why an extent is poisoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Overflow,
    DivisionByZero,
}

impl Extent {
    /// The extent `value`.
    #[inline]
    pub const fn new(value: i64) -> Self {
        Self { value, fault: None }
    }

    /// The extent of any integer. Not the trait's method, so that it is found where no prelude is.
    #[inline]
    pub fn from<T>(value: T) -> Self
    where
        Self: From<T>,
    {
        <Self as From<T>>::from(value)
    }

    #[inline]
    const fn poisoned(fault: Fault) -> Self {
        Self { value: 0, fault: Some(fault) }
    }

    /// Its value, if it has one.
    #[inline]
    pub(crate) const fn get(self) -> Result<i64, Fault> {
        match self.fault {
            None => Ok(self.value),
            Some(fault) => Err(fault),
        }
    }

    #[inline]
    fn combine(self, other: Extent, operation: impl FnOnce(i64, i64) -> Option<i64>) -> Extent {
        if let Some(fault) = self.fault.or(other.fault) {
            return Extent::poisoned(fault);
        }
        match operation(self.value, other.value) {
            Some(value) => Extent::new(value),
            None => Extent::poisoned(Fault::Overflow),
        }
    }

    #[inline]
    fn divide(self, divisor: Extent, operation: impl FnOnce(i64, i64) -> Option<i64>) -> Extent {
        if self.fault.is_none() && divisor.fault.is_none() && divisor.value == 0 {
            return Extent::poisoned(Fault::DivisionByZero);
        }
        self.combine(divisor, operation)
    }

    /// The quotient rounded up: how many blocks of `divisor` elements cover `self` elements.
    #[inline]
    #[must_use]
    pub fn div_ceil(self, divisor: impl Into<Extent>) -> Extent {
        self.divide(divisor.into(), |a, b| {
            let quotient = a.checked_div(b)?;
            let exact = a % b == 0;
            let positive = (a < 0) == (b < 0);
            Some(if !exact && positive { quotient + 1 } else { quotient })
        })
    }

    /// The smallest multiple of `factor` that is not less than `self`.
    #[inline]
    #[must_use]
    pub fn next_multiple_of(self, factor: impl Into<Extent>) -> Extent {
        let factor = factor.into();
        self.div_ceil(factor) * factor
    }

    /// The smaller one.
    #[inline]
    #[must_use]
    pub fn min(self, other: impl Into<Extent>) -> Extent {
        self.combine(other.into(), |a, b| Some(a.min(b)))
    }

    /// The larger one.
    #[inline]
    #[must_use]
    pub fn max(self, other: impl Into<Extent>) -> Extent {
        self.combine(other.into(), |a, b| Some(a.max(b)))
    }

    /// `self`, but not below `low` and not above `high`.
    #[inline]
    #[must_use]
    pub fn clamp(self, low: impl Into<Extent>, high: impl Into<Extent>) -> Extent {
        self.max(low).min(high)
    }

    /// `self` raised to the power of `exponent`.
    #[inline]
    #[must_use]
    pub fn pow(self, exponent: u32) -> Extent {
        self.combine(Extent::new(0), |a, _| a.checked_pow(exponent))
    }
}

impl fmt::Debug for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Ok(value) => write!(f, "{value}"),
            Err(fault) => write!(f, "{fault:?}"),
        }
    }
}

macro_rules! from_small_integers {
    ($($integer:ty)*) => { $(
        impl From<$integer> for Extent {
            #[inline]
            fn from(value: $integer) -> Self {
                Extent::new(i64::from(value))
            }
        }
    )* };
}

macro_rules! from_wide_integers {
    ($($integer:ty)*) => { $(
        impl From<$integer> for Extent {
            #[inline]
            fn from(value: $integer) -> Self {
                match i64::try_from(value) {
                    Ok(value) => Extent::new(value),
                    Err(_) => Extent::poisoned(Fault::Overflow),
                }
            }
        }
    )* };
}

from_small_integers!(i8 i16 i32 i64 u8 u16 u32);
from_wide_integers!(u64 isize usize);

// One impl for whatever stands on the right, so that a literal there leaves no type open. On the left of an operator
// only a literal can stand that is no extent: for it `i32` alone, for the same reason.
macro_rules! operators {
    ($($operator:ident $method:ident $on:ident $checked:ident;)*) => { $(
        impl<T: Into<Extent>> $operator<T> for Extent {
            type Output = Extent;
            #[inline]
            fn $method(self, other: T) -> Extent {
                self.$on(other.into(), i64::$checked)
            }
        }

        impl $operator<Extent> for i32 {
            type Output = Extent;
            #[inline]
            fn $method(self, other: Extent) -> Extent {
                Extent::from(self).$on(other, i64::$checked)
            }
        }
    )* };
}

operators! {
    Add add combine checked_add;
    Sub sub combine checked_sub;
    Mul mul combine checked_mul;
    Div div divide checked_div;
    Rem rem divide checked_rem;
}

impl Neg for Extent {
    type Output = Extent;
    #[inline]
    fn neg(self) -> Extent {
        Extent::new(0) - self
    }
}

impl<T: Into<Extent> + Copy> PartialEq<T> for Extent {
    #[inline]
    fn eq(&self, other: &T) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl<T: Into<Extent> + Copy> PartialOrd<T> for Extent {
    #[inline]
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        let other = (*other).into();
        match (self.get(), other.get()) {
            (Ok(a), Ok(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }
}

impl PartialEq<Extent> for i32 {
    #[inline]
    fn eq(&self, other: &Extent) -> bool {
        Extent::from(*self) == *other
    }
}

impl PartialOrd<Extent> for i32 {
    #[inline]
    fn partial_cmp(&self, other: &Extent) -> Option<Ordering> {
        Extent::from(*self).partial_cmp(other)
    }
}

#[cfg(test)]
mod tests;
