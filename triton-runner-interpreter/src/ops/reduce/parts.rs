//! Values with an axis in front, cut and joined along it.

use crate::numbers::format::Class;
use crate::trap::Outcome;
use crate::value::Lane;
use crate::value::axes::{compact, lanes};
use crate::value::{Lanes, Value};

/// All lanes in row-major order, the axis in front.
pub(super) fn first_axis<T: Lane>(lanes: Lanes<T>, shape: &[usize], axis: usize) -> Vec<T> {
    let order = || std::iter::once(axis).chain((0..shape.len()).filter(move |other| *other != axis));
    let sizes: crate::value::axes::Shape = order().map(|axis| shape[axis]).collect();
    match lanes {
        Lanes::Splat(value) => crate::value::pool::filled(value, crate::value::axes::lanes(&sizes)),
        Lanes::Stored(stored) => {
            let steps = order().map(|axis| crate::value::axes::step(&stored.steps, axis)).collect();
            Lanes::Stored(stored.view(steps, 0)).into_vec(&sizes)
        }
    }
}

/// The same as a value with one axis.
pub(super) fn flat(value: Value, shape: &[usize], axis: usize, class: Class) -> Outcome<Value> {
    Ok(by_class!(class, (value in shape) => {
        let data = first_axis(value, shape, axis);
        Value::from(Lanes::full(data, &[lanes(shape)]))
    }))
}

/// The axis in front back in its place.
pub(super) fn last_axis(value: Value, shape: &[usize], axis: usize, class: Class) -> Outcome<Value> {
    let order: Vec<usize> = std::iter::once(axis).chain((0..shape.len()).filter(|other| *other != axis)).collect();
    let sizes: crate::value::axes::Shape = order.iter().map(|&axis| shape[axis]).collect();
    let (moved, _) = compact(&sizes, |_| true);
    let mut steps = moved.clone();
    for (place, &axis) in order.iter().enumerate() {
        steps[axis] = moved[place];
    }
    let all = [lanes(shape)];
    Ok(by_class!(class, (value in &all) => {
        let data = value.into_vec(&all);
        Value::from(match data[..] {
            [one] => Lanes::Splat(one),
            _ => Lanes::Stored(crate::value::Stored::new(data, steps)),
        })
    }))
}

/// The first `at` lanes, as many behind them, and what is left.
pub(super) fn split(value: Value, at: usize, all: usize, class: Class) -> Outcome<(Value, Value, Value)> {
    let shape = [all];
    let mut parts = (Value::None, Value::None, Value::None);
    let first = by_class!(class, (value in &shape) => {
        let mut first = value.into_vec(&shape);
        let mut second = if at <= first.len() { first.split_off(at) } else { Vec::new() };
        let last = if at <= second.len() { second.split_off(at) } else { Vec::new() };
        parts.1 = Value::from(Lanes::full(second, &[at]));
        parts.2 = Value::from(Lanes::full(last, &[all.saturating_sub(2 * at)]));
        Value::from(Lanes::full(first, &[at]))
    });
    parts.0 = first;
    Ok(parts)
}

/// What is behind the first `at` lanes.
pub(super) fn rest_of(value: Value, at: usize, all: usize, class: Class) -> Outcome<Value> {
    let shape = [all];
    Ok(by_class!(class, (value in &shape) => {
        let mut first = value.into_vec(&shape);
        let second = if at <= first.len() { first.split_off(at) } else { Vec::new() };
        Value::from(Lanes::full(second, &[all - at]))
    }))
}

/// The lanes of one, then those of the other.
pub(super) fn append(first: Value, a: usize, second: Value, b: usize, class: Class) -> Outcome<Value> {
    let (a, b) = ([a], [b]);
    Ok(by_class!(class, (first in &a, second in &b) => {
        let mut all = first.into_vec(&a);
        all.extend(second.into_vec(&b));
        let shape = [all.len()];
        Value::from(Lanes::full(all, &shape))
    }))
}

pub(super) fn reversed(value: Value, all: usize, rest: usize, class: Class) -> Outcome<Value> {
    let shape = [all];
    Ok(by_class!(class, (value in &shape) => {
        let data = value.into_vec(&shape);
        let turned = data.rchunks(rest.max(1)).flatten().copied().collect();
        Value::from(Lanes::full(turned, &shape))
    }))
}
