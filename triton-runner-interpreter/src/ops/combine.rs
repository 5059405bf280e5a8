//! `tt.reduce` and `tt.scan`: a region combines elements along an axis. It runs on whole tensors: on the two halves of
//! the axis, then on the halves of that.

use crate::machine::{Outcome, Scope, Trap, Values};
use crate::numbers::elementwise::{FloatBinary, binary_f32};
use crate::numbers::format::{Class, Format, Rounding, round_f32};
use crate::numbers::Operand;
use crate::ops::Operation;
use crate::ops::float::Float;
use crate::ops::form::{Form, Reason};
use crate::program::{Code, Instruction, Slot};
use crate::value::axes::{compact, lanes};
use crate::value::{Lanes, Value};

/// The region of a reduction or a scan.
#[derive(Clone, Debug)]
pub(crate) struct Combiner {
    pub(crate) code: Vec<Instruction>,
    /// Of the first operands, then of the second ones.
    pub(crate) inputs: Vec<Slot>,
    pub(crate) outputs: Vec<Slot>,
}

/// Runs a combiner: its inputs, and how many lanes each has.
pub(crate) type Combine<'c> = dyn FnMut(&Combiner, Values, usize) -> Outcome<Values> + 'c;

/// `tt.reduce`.
#[derive(Clone, Debug)]
pub(crate) struct Reduce {
    axis: usize,
    combiner: Combiner,
    /// The one operation on `f32` numbers that the region consists of.
    simple: Option<FloatBinary>,
}

/// `tt.scan`.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    axis: usize,
    reverse: bool,
    combiner: Combiner,
}

fn check(form: &Form<'_>, combiner: &Combiner) -> Result<usize, Reason> {
    let shape = &form.operand(0)?.shape;
    let count = form.operands.len();
    if form.operands.iter().any(|ty| ty.shape != *shape) || form.results.len() != count {
        return Err("its operands have different shapes, or not as many results".to_owned());
    }
    if form.operands.iter().zip(&form.results).any(|(from, to)| from.kind != to.kind) {
        return Err("its results have other elements than its operands".to_owned());
    }
    if combiner.inputs.len() != 2 * count || combiner.outputs.len() != count {
        return Err("its region takes or returns another number of elements".to_owned());
    }
    form.axis(shape.len())
}

impl Reduce {
    pub(crate) fn decode(form: &Form<'_>, combiner: Combiner) -> Result<Self, Reason> {
        let axis = check(form, &combiner)?;
        let mut shape = form.operand(0)?.shape.clone();
        shape.remove(axis);
        if form.results.iter().any(|ty| ty.shape != shape) {
            return Err("its results' shape isn't its operands' without the axis".to_owned());
        }
        let simple = match &combiner.code[..] {
            [Instruction { code: Code::Compute(Operation::Float(Float::Binary(binary))), operands, results, .. }]
                if form.operands.len() == 1
                    && form.operand(0)?.format().class() == Class::F32
                    && operands[..] == combiner.inputs[..]
                    && results[..] == combiner.outputs[..]
                    && !matches!(binary, FloatBinary::Subtract | FloatBinary::Divide | FloatBinary::Remainder) =>
            {
                Some(*binary)
            }
            _ => None,
        };
        Ok(Self { axis, combiner, simple })
    }

    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values, combine: &mut Combine<'_>) -> Outcome<Values> {
        let shape = scope.shape(0);
        let to = scope.result_shape(0);
        let count = operands.len();
        let mut size = shape.get(self.axis).copied().unwrap_or(1);
        let rest = lanes(to);
        if let (Some(binary), [Value::F32(lanes)]) = (self.simple, &operands[..]) {
            let data = first_axis(lanes.clone(), shape, self.axis);
            let data = halve(binary, scope.format(0), data, size, rest);
            return Ok(smallvec::smallvec![Lanes::full(data, to).into()]);
        }
        let mut parts: Values = smallvec::SmallVec::new();
        for (place, value) in operands.into_iter().enumerate() {
            parts.push(flat(value, shape, self.axis, scope.format(place).class())?);
        }
        while size > 1 {
            let half = size / 2;
            let mut inputs: Values = smallvec::SmallVec::new();
            let mut seconds: Values = smallvec::SmallVec::new();
            let mut odd: Values = smallvec::SmallVec::new();
            for (place, part) in parts.into_iter().enumerate() {
                let class = scope.format(place).class();
                let (first, second, last) = split(part, half * rest, size * rest, class)?;
                inputs.push(first);
                seconds.push(second);
                odd.push(last);
            }
            inputs.extend(seconds);
            parts = combine(&self.combiner, inputs, half * rest)?;
            if parts.len() != count {
                return Err(Trap::form(0));
            }
            if size % 2 == 1 {
                let mut joined: Values = smallvec::SmallVec::new();
                for (place, (part, last)) in parts.into_iter().zip(odd).enumerate() {
                    joined.push(append(part, half * rest, last, rest, scope.format(place).class())?);
                }
                parts = joined;
            }
            size = half + size % 2;
        }
        let mut results: Values = smallvec::SmallVec::new();
        for (place, part) in parts.into_iter().enumerate() {
            let class = scope.format(place).class();
            let shape = [rest];
            results.push(by_class!(class, (part in &shape) => Value::from(Lanes::full(part.into_vec(&shape), to))));
        }
        Ok(results)
    }
}

impl Scan {
    pub(crate) fn decode(form: &Form<'_>, combiner: Combiner) -> Result<Self, Reason> {
        let axis = check(form, &combiner)?;
        if form.operands != form.results {
            return Err("its results' types aren't its operands'".to_owned());
        }
        Ok(Self { axis, reverse: form.flag("reverse"), combiner })
    }

    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values, combine: &mut Combine<'_>) -> Outcome<Values> {
        let shape = scope.shape(0);
        let size = shape.get(self.axis).copied().unwrap_or(1);
        let all = lanes(shape);
        let rest = all / size.max(1);
        let class = |place: usize| scope.format(place).class();
        let mut parts: Values = smallvec::SmallVec::new();
        for (place, value) in operands.into_iter().enumerate() {
            let part = flat(value, shape, self.axis, class(place))?;
            parts.push(if self.reverse { reversed(part, all, rest, class(place))? } else { part });
        }
        let mut apart = 1;
        while apart < size {
            // Each element takes in what ends just before what it has taken in so far.
            let (kept, moved) = (apart * rest, all - apart * rest);
            let mut before: Values = smallvec::SmallVec::new();
            let mut after: Values = smallvec::SmallVec::new();
            for (place, part) in parts.iter().enumerate() {
                before.push(split(part.clone(), moved, all, class(place))?.0);
                after.push(rest_of(part.clone(), kept, all, class(place))?);
            }
            before.extend(after);
            let combined = combine(&self.combiner, before, moved)?;
            let mut next: Values = smallvec::SmallVec::new();
            for (place, (part, combined)) in parts.into_iter().zip(combined).enumerate() {
                let first = split(part, kept, all, class(place))?.0;
                next.push(append(first, kept, combined, moved, class(place))?);
            }
            parts = next;
            apart *= 2;
        }
        let mut results: Values = smallvec::SmallVec::new();
        for (place, part) in parts.into_iter().enumerate() {
            let part = if self.reverse { reversed(part, all, rest, class(place))? } else { part };
            results.push(last_axis(part, shape, self.axis, class(place))?);
        }
        Ok(results)
    }
}

/// All lanes in row-major order, the axis in front.
fn first_axis<T: Copy + Default>(lanes: Lanes<T>, shape: &[usize], axis: usize) -> Vec<T> {
    let order = || std::iter::once(axis).chain((0..shape.len()).filter(move |other| *other != axis));
    let sizes: crate::value::axes::Shape = order().map(|axis| shape[axis]).collect();
    match lanes {
        Lanes::Splat(value) => vec![value; crate::value::axes::lanes(&sizes)],
        Lanes::Stored(stored) => {
            let steps = order().map(|axis| crate::value::axes::step(&stored.steps, axis)).collect();
            Lanes::Stored(stored.view(steps, 0)).into_vec(&sizes)
        }
    }
}

/// The same as a value with one axis.
fn flat(value: Value, shape: &[usize], axis: usize, class: Class) -> Outcome<Value> {
    Ok(by_class!(class, (value in shape) => {
        let data = first_axis(value, shape, axis);
        Value::from(Lanes::full(data, &[lanes(shape)]))
    }))
}

/// The axis in front back in its place.
fn last_axis(value: Value, shape: &[usize], axis: usize, class: Class) -> Outcome<Value> {
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
fn split(value: Value, at: usize, all: usize, class: Class) -> Outcome<(Value, Value, Value)> {
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
fn rest_of(value: Value, at: usize, all: usize, class: Class) -> Outcome<Value> {
    let shape = [all];
    Ok(by_class!(class, (value in &shape) => {
        let mut first = value.into_vec(&shape);
        let second = if at <= first.len() { first.split_off(at) } else { Vec::new() };
        Value::from(Lanes::full(second, &[all - at]))
    }))
}

/// The lanes of one, then those of the other.
fn append(first: Value, a: usize, second: Value, b: usize, class: Class) -> Outcome<Value> {
    let (a, b) = ([a], [b]);
    Ok(by_class!(class, (first in &a, second in &b) => {
        let mut all = first.into_vec(&a);
        all.extend(second.into_vec(&b));
        let shape = [all.len()];
        Value::from(Lanes::full(all, &shape))
    }))
}

fn reversed(value: Value, all: usize, rest: usize, class: Class) -> Outcome<Value> {
    let shape = [all];
    Ok(by_class!(class, (value in &shape) => {
        let data = value.into_vec(&shape);
        let turned = data.rchunks(rest.max(1)).flatten().copied().collect();
        Value::from(Lanes::full(turned, &shape))
    }))
}

/// Sums, largest and smallest numbers: half of the axis onto the other half.
fn halve(binary: FloatBinary, format: Format, mut data: Vec<f32>, mut size: usize, rest: usize) -> Vec<f32> {
    while size > 1 {
        let half = size / 2;
        let odd = size - 2 * half;
        let (first, second) = data.split_at_mut((half + odd) * rest);
        // With an odd size the one in the middle waits.
        let row = first.get_mut(..half * rest).unwrap_or_default();
        binary_f32(binary, false, row, Operand::Each(second));
        if format != Format::F32 {
            round_f32(format, Rounding::NearestEven, row);
        }
        size = half + odd;
        data.truncate(size * rest);
    }
    data
}
