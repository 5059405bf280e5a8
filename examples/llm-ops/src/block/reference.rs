//! The block in float64, from the references of its parts.

use std::convert::Infallible;

use crate::block::{Sizes, Weights};
use crate::check::{Check, Expected};
use crate::element::{Element, widened};
use crate::{attention, linear, rms_norm, rotary, swiglu};

/// Results that are rounded to 16 bits on the way to an output: those of the nine launches.
const ROUNDINGS: f64 = 9.0;

/// Compares an output, element by element.
pub(super) fn check<T: Element>(check: &mut Check, sizes: Sizes, x: &[T], weights: &Weights<Vec<T>>, found: &[T]) {
    let Ok(weights) = weights.map(|numbers| Ok::<_, Infallible>(widened(numbers)));
    let rows = block(sizes, &widened(x), &weights);
    for (row, (found, expected)) in found.chunks(sizes.hidden()).zip(rows.chunks(sizes.hidden())).enumerate() {
        check.row(row, found, &rounded::<T>(expected));
    }
}

/// A token with what roundings on the way may change.
pub(super) fn rounded<T: Element>(expected: &[f64]) -> Vec<Expected> {
    let size = (expected.iter().map(|x| x * x).sum::<f64>() / expected.len() as f64).sqrt();
    // All numbers in the block are of size one, and none of its steps makes errors larger. Each rounding adds a random
    // one of at most half an epsilon, whose standard deviation is its twelfth's root: eight standard deviations.
    let noise = 8.0 * (ROUNDINGS / 12.0).sqrt() * T::EPSILON * size;
    expected.iter().map(|&value| Expected { value, noise }).collect()
}

/// All tokens.
fn block(sizes: Sizes, x: &[f64], weights: &Weights<Vec<f64>>) -> Vec<f64> {
    let (hidden, inner) = (sizes.hidden(), sizes.inner);
    let qkv: Vec<Vec<f64>> = x
        .chunks(hidden)
        .enumerate()
        .map(|(token, x)| {
            let mut qkv = product(&rms_norm::reference(x, &weights.first_norm), &weights.qkv);
            for head in qkv[..2 * hidden].chunks_mut(sizes.head) {
                let rotated = rotary::reference(head, token % sizes.length);
                head.copy_from_slice(&values(&rotated));
            }
            qkv
        })
        .collect();
    let token = |(token, x): (usize, &[f64])| {
        let first = token / sizes.length * sizes.length;
        let attended: Vec<f64> = (0..sizes.heads)
            .flat_map(|head| {
                let at = |part: usize| part * hidden + head * sizes.head..part * hidden + (head + 1) * sizes.head;
                let part = |part: usize| qkv[first..=token].iter().map(|qkv| &qkv[at(part)]).collect::<Vec<&[f64]>>();
                values(&attention::reference(&qkv[token][at(0)], &part(1), &part(2), 0.0))
            })
            .collect();
        let middle = sum(x, &product(&attended, &weights.projection));
        let gate_up = product(&rms_norm::reference(&middle, &weights.second_norm), &weights.gate_up);
        let (gate, up) = gate_up.split_at(inner);
        let activated: Vec<f64> = gate.iter().zip(up).map(|(&gate, &up)| swiglu::reference(gate, up)).collect();
        sum(&middle, &product(&activated, &weights.down))
    };
    x.chunks(hidden).enumerate().flat_map(token).collect()
}

pub(super) fn product(x: &[f64], weight: &[f64]) -> Vec<f64> {
    weight.chunks(x.len()).map(|weight| linear::reference(x, weight, 0.0).value).collect()
}

pub(super) fn sum(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

pub(super) fn values(expected: &[Expected]) -> Vec<f64> {
    expected.iter().map(|expected| expected.value).collect()
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::f16;

    use super::*;
    use crate::element::random;

    const SIZES: Sizes = Sizes { batch: 2, length: 5, heads: 2, head: 64, inner: 64 };

    fn weights() -> Weights<Vec<f64>> {
        let hidden = SIZES.hidden();
        let new = |len: usize| widened(&random::<f16>(len, 0.2));
        Weights {
            first_norm: new(hidden),
            qkv: new(3 * hidden * hidden),
            projection: new(hidden * hidden),
            second_norm: new(hidden),
            gate_up: new(2 * SIZES.inner * hidden),
            down: new(hidden * SIZES.inner),
        }
    }

    #[test]
    fn a_token_changes_itself_and_those_after_it_in_its_sequence() {
        let (weights, hidden) = (weights(), SIZES.hidden());
        let mut x = widened(&random::<f16>(SIZES.tokens() * hidden, 1.0));
        let before = block(SIZES, &x, &weights);
        x[2 * hidden + 7] += 0.5;
        let after = block(SIZES, &x, &weights);
        let changed: Vec<bool> =
            before.chunks(hidden).zip(after.chunks(hidden)).map(|(before, after)| before != after).collect();
        assert_eq!(changed, [false, false, true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn without_projections_the_input_comes_out() {
        let mut weights = weights();
        weights.projection.fill(0.0);
        weights.down.fill(0.0);
        let x = widened(&random::<f16>(SIZES.tokens() * SIZES.hidden(), 1.0));
        assert_eq!(block(SIZES, &x, &weights), x);
    }
}
