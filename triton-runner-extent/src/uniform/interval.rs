//! Where a number lies, whatever a launch passes: what types alone say.

/// From the lowest to the highest value. `i128`'s ends stand for no bound at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) lo: i128,
    pub(crate) hi: i128,
}

impl Interval {
    pub(crate) const ANY: Self = Self { lo: i128::MIN, hi: i128::MAX };

    pub(crate) fn of(number: i128) -> Self {
        Self { lo: number, hi: number }
    }

    pub(crate) fn new(lo: i128, hi: i128) -> Self {
        Self { lo, hi }
    }

    fn is_bounded(self) -> bool {
        self.lo != i128::MIN && self.hi != i128::MAX
    }

    /// Of a sum. An end that doesn't fit is no bound.
    pub(crate) fn add(self, other: Self) -> Self {
        let lo = match (self.lo, other.lo) {
            (i128::MIN, _) | (_, i128::MIN) => i128::MIN,
            (a, b) => a.checked_add(b).unwrap_or(i128::MIN),
        };
        let hi = match (self.hi, other.hi) {
            (i128::MAX, _) | (_, i128::MAX) => i128::MAX,
            (a, b) => a.checked_add(b).unwrap_or(i128::MAX),
        };
        Self { lo, hi }
    }

    /// Of a product.
    pub(crate) fn mul(self, other: Self) -> Self {
        if self == Self::of(0) || other == Self::of(0) {
            return Self::of(0);
        }
        if !self.is_bounded() || !other.is_bounded() {
            // The sign is known where both are never negative.
            let lo = if self.lo >= 0 && other.lo >= 0 { 0 } else { i128::MIN };
            return Self { lo, hi: i128::MAX };
        }
        let corners = [(self.lo, other.lo), (self.lo, other.hi), (self.hi, other.lo), (self.hi, other.hi)];
        let mut ends = Self { lo: i128::MAX, hi: i128::MIN };
        for (a, b) in corners {
            let Some(corner) = a.checked_mul(b) else { return Self::ANY };
            ends = Self { lo: ends.lo.min(corner), hi: ends.hi.max(corner) };
        }
        ends
    }

    /// Of a quotient, rounded toward zero or down, by a divisor that is positive where there is a quotient at all.
    pub(crate) fn div(self, divisor: Self) -> Self {
        let (low, high) = (divisor.lo.max(1), divisor.hi.max(1));
        let lo = match self.lo {
            i128::MIN => i128::MIN,
            lo => lo.div_euclid(low).min(lo.div_euclid(high)),
        };
        let hi = match self.hi {
            i128::MAX => i128::MAX,
            // −1 / 2 is 0.
            hi => (hi / low).max(0),
        };
        Self { lo, hi }
    }

    /// The smallest that holds both.
    pub(crate) fn hull(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}
