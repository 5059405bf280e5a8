//! Random inputs, and what the kernel has to make of them.

use rand::RngExt;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) checked: usize,
    pub(crate) wrong: usize,
}

/// Elements behind an output that the kernel must leave alone.
pub(crate) const BEYOND: usize = 64;

/// Numbers from -8 to 8, other ones each time.
pub(crate) fn random(count: usize) -> Vec<f32> {
    let mut rng = rand::rng();
    (0..count).map(|_| rng.random_range(-8.0..8.0)).collect()
}

/// NaN for each element of an output and [`BEYOND`] more, so that what the kernel leaves out can't be right by chance.
pub(crate) fn poison(count: usize) -> Vec<f32> {
    vec![f32::NAN; count + BEYOND]
}

/// Compares `out`, of `rows` rows and what lies [`BEYOND`], with the same computed in float64.
///
/// `x(row, column)` is an element of the input. The kernel takes its exponential and its quotient from instructions
/// with an error of a few units in the last place: 2e-6 of the value is 17 of them.
pub(crate) fn check(out: &[f32], rows: usize, x: impl Fn(usize, usize) -> f32, by: &[f32]) -> Outcome {
    let columns = by.len();
    let (inside, beyond) = out.split_at(out.len().min(rows * columns));
    let missing = rows * columns + BEYOND - out.len();
    let right = |(index, &found): (usize, &f32)| {
        let (row, column) = (index / columns, index % columns);
        let expected = f64::from(x(row, column)) / (1.0 + (-f64::from(by[column])).exp());
        (f64::from(found) - expected).abs() <= 2e-6 * expected.abs()
    };
    let wrong = inside.iter().enumerate().filter(|&element| !right(element)).count();
    let touched = beyond.iter().filter(|element| !element.is_nan()).count();
    Outcome { checked: rows * columns, wrong: wrong + touched + missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_missing_or_written_beyond_is_counted() {
        let (x, by) = (random(6), [0.0; 3]);
        let at = |row: usize, column: usize| x[row * 3 + column];
        let mut out: Vec<f32> = x.iter().map(|x| x / 2.0).chain([f32::NAN; BEYOND]).collect();
        assert_eq!(check(&out, 2, at, &by), Outcome { checked: 6, wrong: 0 });
        out[4] = f32::NAN;
        out[1] *= 1.00001;
        out[6] = 0.0;
        assert_eq!(check(&out, 2, at, &by).wrong, 3);
        assert_eq!(check(&out[..69], 2, at, &by).wrong, 4);
    }
}
