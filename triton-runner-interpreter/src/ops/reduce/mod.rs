//! `tt.reduce` and `tt.scan`: a region combines elements along an axis. It runs on whole tensors: on the two halves of
//! the axis, then on the halves of that.

mod order;
mod parts;
mod scan;

pub(crate) use scan::Scan;

use crate::numbers::elementwise::FloatBinary;
use crate::numbers::format::{Class, Format};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::types::Slot;
use crate::value::Values;
use crate::value::axes::lanes;
use crate::value::{Lanes, Stored, Value};
use order::{Order, halve, halve_rows};
use parts::{append, first_axis, flat, split};

/// The region of a reduction or a scan.
#[derive(Clone, Debug)]
pub(crate) struct Combiner {
    /// The program's region that holds its instructions.
    pub(crate) region: usize,
    /// The one operation on floating-point numbers that it consists of.
    pub(crate) simple: Option<FloatBinary>,
    /// Of the first operands, then of the second ones.
    pub(crate) inputs: Vec<Slot>,
    pub(crate) outputs: Vec<Slot>,
    /// Warps of the kernel.
    pub(crate) warps: usize,
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
    /// It sums products, and has their factors as operands.
    fused: bool,
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
    /// With `fused` it takes both factors of a product that only it needs.
    pub(crate) fn decode(form: &Form<'_>, combiner: Combiner, fused: bool) -> Result<Self, Reason> {
        let axis = check(form, &combiner)?;
        let mut shape = form.operand(0)?.shape.clone();
        shape.remove(axis);
        if form.results.iter().any(|ty| ty.shape != shape) {
            return Err("its results' shape isn't its operands' without the axis".to_owned());
        }
        let is_one = form.operands.len() == 1 && form.operand(0)?.format().class() == Class::F32;
        let simple = combiner.simple.filter(|binary| {
            is_one && !matches!(binary, FloatBinary::Subtract | FloatBinary::Divide | FloatBinary::Remainder)
        });
        if fused && simple != Some(FloatBinary::Add) {
            return Err("its region isn't a sum".to_owned());
        }
        Ok(Self { axis, combiner, simple, fused })
    }

    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values, combine: &mut Combine<'_>) -> Outcome<Values> {
        let shape = scope.shape(0);
        let to = scope.result_shape(0);
        let count = operands.len();
        let mut size = shape.get(self.axis).copied().unwrap_or(1);
        let rest = lanes(to);
        if let Some(binary) = self.simple {
            let format = scope.format(0);
            // Along the last axis rows are folded where they are first: what is left to turn is small, and what others
            // need isn't copied.
            let in_rows = self.axis + 1 == shape.len() && size.is_multiple_of(2) && size > 8 && !self.fused;
            if in_rows && (binary != FloatBinary::Add || format == Format::F32) {
                let value = operands.into_iter().next().and_then(Value::into_f32).ok_or_else(|| Trap::form(0))?;
                let (data, width, size) = match &value {
                    Lanes::Stored(stored) if stored.is_compact(shape) && stored.data().0.len() == size * rest => {
                        halve_rows(binary, format, stored.data().0, size)
                    }
                    other => halve_rows(binary, format, &other.to_vec(shape), size),
                };
                let rows = Stored::new(data, smallvec::smallvec![width as i64, 1]);
                let turned = first_axis(Lanes::Stored(rows), &[rest, size], 1);
                return Ok(smallvec::smallvec![Lanes::full(halve(binary, format, turned, size, rest), to).into()]);
            }
            let mut rows = operands.into_iter().map(|value| match value.into_f32() {
                Some(lanes) => Ok(first_axis(lanes, shape, self.axis)),
                None => Err(Trap::form(0)),
            });
            let data = rows.next().ok_or_else(|| Trap::form(0))??;
            let factors = if self.fused { Some(rows.next().ok_or_else(|| Trap::form(1))??) } else { None };
            let data = match (binary, format) {
                (FloatBinary::Add, Format::F16 | Format::Bf16) => {
                    Order::new(shape, self.axis, format, self.combiner.warps).sum(format, data, factors, size, rest)
                }
                _ => halve(binary, format, data, size, rest),
            };
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
