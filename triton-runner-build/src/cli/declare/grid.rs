//! Which expression of arguments and constants all recorded grids are.

use std::collections::BTreeMap;

/// A recorded grid, with all integers that an expression may name.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) grid: [u64; 3],
    /// Arguments, by their names in Rust.
    pub(super) arguments: BTreeMap<String, i64>,
    /// Constants, by theirs.
    pub(super) constants: BTreeMap<String, i64>,
}

/// What fits an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// The simplest expression.
    pub(super) expression: String,
    /// Others that are as simple.
    pub(super) others: Vec<String>,
}

/// An expression for each axis, without those at the end that are 1; `None` where an axis has none.
pub(super) fn fit(samples: &[Sample]) -> Option<Vec<Fit>> {
    if samples.is_empty() {
        return None;
    }
    let mut axes = (0..3).map(|axis| fit_axis(samples, axis)).collect::<Option<Vec<_>>>()?;
    while axes.len() > 1 && axes.last().is_some_and(|fit| fit.expression == "1") {
        axes.pop();
    }
    Some(axes)
}

/// A product of up to three factors, each an argument, a constant, or an argument divided by a constant and rounded up.
fn fit_axis(samples: &[Sample], axis: usize) -> Option<Fit> {
    let wanted: Vec<i64> = samples.iter().map(|sample| sample.grid.get(axis).map_or(1, |size| *size as i64)).collect();
    if wanted.iter().all(|size| *size == 1) {
        return Some(Fit { expression: "1".to_owned(), others: Vec::new() });
    }
    let arguments = named(samples, |sample| &sample.arguments);
    let constants = named(samples, |sample| &sample.constants);
    let mut quotients = Vec::new();
    for (argument, numbers) in &arguments {
        for (constant, divisors) in constants.iter().filter(|(_, divisors)| divisors.iter().all(|one| *one > 1)) {
            let values = numbers.iter().zip(divisors).map(|(n, d)| n.checked_add(d - 1).map(|n| n.div_euclid(*d)));
            if let Some(values) = values.collect::<Option<Vec<_>>>() {
                quotients.push((format!("{argument}.div_ceil({constant})"), values));
            }
        }
    }
    // From what says the least to what says the most.
    let classes = [&arguments, &quotients, &constants];
    for class in classes {
        if let Some(fit) = chosen(class.iter().filter(|(_, values)| *values == wanted).map(|(name, _)| name.clone())) {
            return Some(fit);
        }
    }
    let pairs = [
        (&quotients, &quotients),
        (&quotients, &arguments),
        (&arguments, &arguments),
        (&quotients, &constants),
        (&arguments, &constants),
    ];
    for (left, right) in pairs {
        let products = left.iter().enumerate().flat_map(|(index, one)| {
            let same = std::ptr::eq(left, right);
            right.iter().skip(if same { index + 1 } else { 0 }).map(move |other| (one, other))
        });
        let fits = products.filter(|((_, a), (_, b))| {
            // A factor that is always 1 says nothing.
            let says = |values: &[i64]| values.iter().any(|value| *value != 1);
            let mut all = a.iter().zip(b).zip(&wanted);
            says(a) && says(b) && all.all(|((a, b), wanted)| a.checked_mul(*b) == Some(*wanted))
        });
        if let Some(fit) = chosen(fits.map(|((a, _), (b, _))| format!("{a} * {b}"))) {
            return Some(fit);
        }
    }
    None
}

/// Integers that all samples have, with their values.
fn named(samples: &[Sample], of: impl Fn(&Sample) -> &BTreeMap<String, i64>) -> Vec<(String, Vec<i64>)> {
    let names = samples.first().map(|sample| of(sample).keys()).into_iter().flatten();
    let values = names.map(|name| {
        let values = samples.iter().map(|sample| of(sample).get(name).copied()).collect::<Option<Vec<_>>>();
        Some((name.clone(), values?))
    });
    values.flatten().collect()
}

/// The first of those whose argument and constant are called alike, as `n` and `TILE_N`, else the first.
fn chosen(fits: impl Iterator<Item = String>) -> Option<Fit> {
    let mut fits: Vec<_> = fits.collect();
    fits.sort_by_key(|fit| !alike(fit));
    let mut fits = fits.into_iter();
    Some(Fit { expression: fits.next()?, others: fits.take(3).collect() })
}

fn alike(expression: &str) -> bool {
    let factors = expression.split(" * ").filter_map(|factor| factor.strip_suffix(')')?.split_once(".div_ceil("));
    let alike = |(argument, constant): (&str, &str)| constant.ends_with(&format!("_{}", argument.to_uppercase()));
    factors.fold(None, |all, factor| Some(all.unwrap_or(true) && alike(factor))).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(grid: [u64; 3], arguments: &[(&str, i64)], constants: &[(&str, i64)]) -> Sample {
        let map = |pairs: &[(&str, i64)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Sample { grid, arguments: map(arguments), constants: map(constants) }
    }

    fn expressions(samples: &[Sample]) -> Option<Vec<String>> {
        Some(fit(samples)?.into_iter().map(|fit| fit.expression).collect())
    }

    #[test]
    fn a_grid_of_blocks_is_a_quotient() {
        let samples = [
            sample([16, 1, 1], &[("n", 1000), ("m", 7)], &[("BLOCK", 64)]),
            sample([1, 1, 1], &[("n", 33), ("m", 7)], &[("BLOCK", 64)]),
            sample([8, 1, 1], &[("n", 1000), ("m", 7)], &[("BLOCK", 128)]),
        ];
        assert_eq!(expressions(&samples).unwrap(), ["n.div_ceil(BLOCK)"]);
    }

    #[test]
    fn axes_are_fitted_each_for_itself() {
        let samples = [
            sample([12, 3, 1], &[("batch", 3), ("heads", 4)], &[("D", 64)]),
            sample([10, 5, 1], &[("batch", 5), ("heads", 2)], &[("D", 64)]),
        ];
        assert_eq!(expressions(&samples).unwrap(), ["batch * heads", "batch"]);
        let tiles = [
            sample([12, 1, 1], &[("m", 250), ("n", 180)], &[("TM", 64), ("TN", 64)]),
            sample([3, 1, 1], &[("m", 33), ("n", 180)], &[("TM", 64), ("TN", 64)]),
        ];
        assert_eq!(expressions(&tiles).unwrap(), ["m.div_ceil(TM) * n.div_ceil(TM)"]);
        assert!(!fit(&tiles).unwrap()[0].others.is_empty());
        let named = [sample([4, 1, 1], &[("k", 250), ("m", 250), ("n", 250)], &[("TILE_K", 64), ("TILE_M", 64)])];
        let fit = fit(&named).unwrap().remove(0);
        assert_eq!((fit.expression.as_str(), fit.others.len()), ("k.div_ceil(TILE_K)", 3));
    }

    #[test]
    fn what_no_expression_gives_is_left_open() {
        let persistent = [sample([132, 1, 1], &[("n", 1000)], &[("BLOCK", 64)])];
        assert_eq!(expressions(&persistent), None);
        assert_eq!(expressions(&[]), None);
        assert_eq!(expressions(&[sample([1, 1, 1], &[], &[])]).unwrap(), ["1"]);
        // Numbers at the edge of what there is.
        let edge = [sample([2, 1, 1], &[("n", i64::MAX), ("m", i64::MIN)], &[("BLOCK", i64::MAX)])];
        assert_eq!(expressions(&edge), None);
    }
}
