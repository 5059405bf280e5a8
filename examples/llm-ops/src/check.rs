//! Results held against float64 numbers.

use std::fmt;
use std::ops::Range;

use rand::RngExt;

use crate::element::Element;

/// More float64 operations than this are not spent on a check: it takes a sample of the rows.
const FULL_CHECK: usize = 1 << 30;

/// Rows in a sample.
const SAMPLE: usize = 128;

/// A number in float64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expected {
    /// What it should be.
    pub(crate) value: f64,
    /// How far from it a kernel may be by the time it rounds the result, which adds an error of its own.
    pub(crate) noise: f64,
}

impl Expected {
    /// Computed in fp32 with an error that is small against rounding the result to 16 bits.
    pub(crate) fn exact(value: f64) -> Self {
        Self { value, noise: 0.0 }
    }

    /// How far a result of type `T` may be from it: rounding moves it by half of `EPSILON` or of `TINY`, and twice that
    /// is allowed.
    fn allowed<T: Element>(self) -> f64 {
        self.value.abs() * T::EPSILON + self.noise + T::TINY
    }
}

/// How results compare with what they should be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Check {
    /// How many were compared.
    pub(crate) elements: usize,
    /// The largest difference; NaN where a result was not written.
    pub(crate) max_error: f64,
    /// The largest difference as a part of what is allowed; infinite where a result was not written.
    pub(crate) worst: f64,
    /// The first element that is wrong, as its row and column, and what it is and should be.
    pub(crate) wrong: Option<(usize, usize, f64, f64)>,
}

impl Check {
    /// Takes in a row of results.
    pub(crate) fn row<T: Element>(&mut self, row: usize, found: &[T], expected: &[Expected]) {
        assert_eq!(found.len(), expected.len(), "a row is compared with one of another length");
        for (column, (found, expected)) in found.iter().zip(expected).enumerate() {
            let found = found.to_f64();
            let error = (found - expected.value).abs();
            let share = if error.is_nan() { f64::INFINITY } else { error / expected.allowed::<T>() };
            if share > 1.0 && self.wrong.is_none() {
                self.wrong = Some((row, column, found, expected.value));
            }
            self.worst = self.worst.max(share);
            // `max` drops NaN.
            if error.is_nan() || error > self.max_error {
                self.max_error = error;
            }
            self.elements += 1;
        }
    }

    /// Whether something was compared and all of it is right.
    pub(crate) fn passed(&self) -> bool {
        self.elements > 0 && self.worst <= 1.0
    }
}

/// Compares an output of rows of `columns` elements. `expected` is asked, with the number of a row and where it lies, for all
/// of them or, where that takes too many operations, for a sample.
pub(crate) fn by_rows<T: Element>(
    out: &[T],
    columns: usize,
    operations_of_each: usize,
    expected: impl Fn(usize, Range<usize>) -> Vec<Expected>,
) -> Check {
    let mut check = Check::default();
    for row in rows(out.len() / columns, operations_of_each) {
        let at = row * columns..(row + 1) * columns;
        check.row(row, &out[at.clone()], &expected(row, at));
    }
    check
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { elements, max_error, worst, wrong } = self;
        write!(f, "{elements} elements, largest error {max_error:.1e}, {worst:.2} of what is allowed")?;
        if let Some((row, column, found, expected)) = wrong {
            write!(f, "; row {row}, column {column} is {found}, expected {expected}")?;
        }
        Ok(())
    }
}

/// The rows to check: all, or where that takes too many operations, one at random of each of `SAMPLE` parts.
pub(crate) fn rows(count: usize, operations_of_each: usize) -> Vec<usize> {
    if count.saturating_mul(operations_of_each) <= FULL_CHECK || count <= SAMPLE {
        return (0..count).collect();
    }
    let mut rng = rand::rng();
    (0..SAMPLE).map(|part| rng.random_range(part * count / SAMPLE..(part + 1) * count / SAMPLE)).collect()
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::f16;

    use super::*;

    fn check(found: f32, expected: f64) -> Check {
        let mut check = Check::default();
        check.row(0, &[f16::from_f32(found)], &[Expected::exact(expected)]);
        check
    }

    #[test]
    fn a_number_passes_if_rounding_explains_the_difference() {
        assert!(check(1.0, 1.0004).passed());
        assert!(!check(1.0, 1.002).passed());
        assert!(check(0.0, 1e-8).passed());
        assert!(!Check::default().passed());
    }

    #[test]
    fn an_element_that_was_not_written_is_found_and_stays_found() {
        let mut check = Check::default();
        check.row(3, &[f16::ONE, f16::NAN, f16::ONE], &[Expected::exact(1.0); 3]);
        check.row(4, &[f16::ONE; 3], &[Expected::exact(1.0); 3]);
        assert!(!check.passed());
        assert!(check.max_error.is_nan());
        let (row, column, found, expected) = check.wrong.unwrap();
        assert_eq!((row, column, expected), (3, 1, 1.0));
        assert!(found.is_nan());
    }

    #[test]
    fn a_sample_has_a_row_of_each_part() {
        assert_eq!(rows(5, 10), [0, 1, 2, 3, 4]);
        let sample = rows(12_800, 1 << 20);
        assert!(sample.iter().enumerate().all(|(part, row)| row / 100 == part), "{sample:?}");
    }
}
