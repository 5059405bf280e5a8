//! Each launch of the block by itself: samples of what it left, against float64 numbers made of what those before it left.

use crate::block::{Intermediates, Sizes, Weights};
use crate::check::{self, Check, Expected};
use crate::element::{Element, widened};
use crate::{attention, linear, rms_norm, rotary, swiglu};

/// What a row or column is taken to cost: all are compared up to a thousand of them, and samples of more.
const MANY: usize = 1 << 20;

/// Compares the results of all launches.
pub(super) fn check<T: Element>(
    check: &mut Check,
    sizes: Sizes,
    x: &[T],
    weights: &Weights<Vec<T>>,
    left: &Intermediates<Vec<T>>,
) {
    let (hidden, inner) = (sizes.hidden(), sizes.inner);
    let tokens = check::rows(sizes.tokens(), MANY);
    for &token in &tokens {
        let of = |numbers: &[T], len: usize| widened(&numbers[token * len..][..len]);
        for (x, weight, normed) in
            [(x, &weights.first_norm, &left.first_normed), (&left.middle, &weights.second_norm, &left.second_normed)]
        {
            let expected = rms_norm::reference(&of(x, hidden), &widened(weight));
            let expected: Vec<Expected> = expected.into_iter().map(Expected::exact).collect();
            check.row(token, &normed[token * hidden..][..hidden], &expected);
        }
        let heads = of(&left.qkv, 3 * hidden);
        let rotated = heads[..2 * hidden].chunks(sizes.head);
        let rotated = rotated.flat_map(|head| rotary::reference(head, token % sizes.length)).collect::<Vec<_>>();
        check.row(token, &left.rotated[token * 2 * hidden..][..2 * hidden], &rotated);
        attended(check, sizes, token, left);
        let gate_up = of(&left.gate_up, 2 * inner);
        let activated = gate_up[..inner].iter().zip(&gate_up[inner..]);
        let activated = activated.map(|(&gate, &up)| Expected::exact(swiglu::reference(gate, up)));
        check.row(token, &left.activated[token * inner..][..inner], &activated.collect::<Vec<_>>());
    }
    for (input, weight, residual, output) in [
        (&left.first_normed, &weights.qkv, None, &left.qkv),
        (&left.attended, &weights.projection, Some(x), &left.middle),
        (&left.second_normed, &weights.gate_up, None, &left.gate_up),
        (&left.activated, &weights.down, Some(&*left.middle), &left.out),
    ] {
        let [inputs, outputs] = [input, output].map(|numbers| numbers.len() / sizes.tokens());
        for &token in &tokens {
            let x = widened(&input[token * inputs..][..inputs]);
            let columns = check::rows(outputs, MANY);
            let found: Vec<T> = columns.iter().map(|column| output[token * outputs + column]).collect();
            let expected = columns.iter().map(|column| {
                let residual = residual.map_or(0.0, |residual| residual[token * outputs + column].to_f64());
                linear::reference(&x, &widened(&weight[column * inputs..][..inputs]), residual)
            });
            check.row(token, &found, &expected.collect::<Vec<_>>());
        }
    }
}

/// One head of a token: another for each token.
fn attended<T: Element>(check: &mut Check, sizes: Sizes, token: usize, left: &Intermediates<Vec<T>>) {
    let (hidden, head) = (sizes.hidden(), token % sizes.heads * sizes.head);
    let first = token / sizes.length * sizes.length;
    let of = |numbers: &[T], token: usize, stride: usize, part: usize| {
        widened(&numbers[token * stride + part * hidden + head..][..sizes.head])
    };
    let query = of(&left.rotated, token, 2 * hidden, 0);
    let keys: Vec<Vec<f64>> = (first..=token).map(|key| of(&left.rotated, key, 2 * hidden, 1)).collect();
    let values: Vec<Vec<f64>> = (first..=token).map(|key| of(&left.qkv, key, 3 * hidden, 2)).collect();
    let [keys, values]: [Vec<&[f64]>; 2] = [&keys, &values].map(|rows| rows.iter().map(|row| row.as_slice()).collect());
    let expected = attention::reference(&query, &keys, &values, T::EPSILON);
    check.row(token, &left.attended[token * hidden + head..][..sizes.head], &expected);
}
