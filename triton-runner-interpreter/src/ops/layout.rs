//! Operations that move lanes: most only change how a value is seen.

use crate::numbers::format::Class;
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Lane;
use crate::value::Values;
use crate::value::axes::lanes;
use crate::value::{Affine, Lanes, Value};

/// Where lanes go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `tt.splat`, `tt.broadcast`, and what only has a meaning on a GPU: the form of the value says it already.
    Same,
    /// `tt.expand_dims`, `tt.trans`: the old axis for each new one.
    Axes(Vec<Option<usize>>),
    /// `tt.reshape`.
    Reshape,
    /// `tt.join`.
    Join,
    /// `tt.split`.
    Split,
    /// `tt.cat`.
    Cat,
}

impl Layout {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let differ = |why: &str| Err(format!("its result's shape isn't its operand's {why}"));
        let layout = match form.name() {
            "tt.splat" | "tt.broadcast" | "tt.unsplat" => {
                form.count(1, 1)?;
                let (from, to) = (&form.operand(0)?.shape, &form.result(0)?.shape);
                let fits = from.is_empty()
                    || from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from == to || *from == 1)
                    || to.is_empty() && lanes(from) == 1;
                if !fits {
                    return differ("repeated");
                }
                Self::Same
            }
            "tt.expand_dims" => {
                form.count(1, 1)?;
                let (from, to) = (&form.operand(0)?.shape, &form.result(0)?.shape);
                let axis = form.axis(to.len())?;
                let mut expected = from.clone();
                if axis > expected.len() {
                    return differ("with an axis of size 1");
                }
                expected.insert(axis, 1);
                if expected != *to {
                    return differ("with an axis of size 1");
                }
                Self::Axes((0..to.len()).map(|at| (at != axis).then_some(at - usize::from(at > axis))).collect())
            }
            "tt.trans" => {
                form.count(1, 1)?;
                let (from, to) = (&form.operand(0)?.shape, &form.result(0)?.shape);
                let order = match form.op.attribute("order") {
                    Some(triton_runner_ir::Attribute::DenseArray(array)) => array.values.clone(),
                    _ => return Err("it has no `order`".to_owned()),
                };
                let order: Option<Vec<usize>> = order.iter().map(|axis| usize::try_from(*axis).ok()).collect();
                let order = order.unwrap_or_default();
                let mut sorted = order.clone();
                sorted.sort_unstable();
                let is_order = sorted.iter().copied().eq(0..from.len()) && to.len() == from.len();
                if !is_order || order.iter().zip(to).any(|(axis, size)| from[*axis] != *size) {
                    return differ("with its axes in that order");
                }
                Self::Axes(order.into_iter().map(Some).collect())
            }
            "tt.reshape" => {
                form.count(1, 1)?;
                if lanes(&form.operand(0)?.shape) != lanes(&form.result(0)?.shape) {
                    return differ("with as many elements");
                }
                Self::Reshape
            }
            "tt.join" => {
                form.count(2, 1)?;
                let mut shape = form.operand(0)?.shape.clone();
                shape.push(2);
                if form.operand(0)? != form.operand(1)? || form.result(0)?.shape != shape {
                    return differ("with an axis of size 2");
                }
                Self::Join
            }
            "tt.split" => {
                form.count(1, 2)?;
                let mut shape = form.result(0)?.shape.clone();
                shape.push(2);
                if form.result(0)? != form.result(1)? || form.operand(0)?.shape != shape {
                    return differ("without its axis of size 2");
                }
                Self::Split
            }
            "tt.cat" => {
                form.count(2, 1)?;
                let (a, b, to) = (form.operand(0)?, form.operand(1)?, form.result(0)?);
                let is_sum = a.shape.len() == 1 && b.shape.len() == 1 && to.shape[..] == [a.shape[0] + b.shape[0]];
                if !is_sum {
                    return Err("it isn't of two tensors with one axis".to_owned());
                }
                Self::Cat
            }
            _ => return Ok(None),
        };
        let results = form.results.iter().map(|ty| &ty.kind);
        match form.operands.iter().map(|ty| &ty.kind).chain(results).collect::<Vec<_>>()[..] {
            [first, ref others @ ..] if others.iter().all(|kind| **kind == *first) => Ok(Some(layout)),
            _ => Err("elements of its result are of another type".to_owned()),
        }
    }

    /// Without looking at lanes, where there are none.
    pub(crate) fn shortly(&self, a: &Value) -> Option<Value> {
        match (self, a) {
            (Self::Same, Value::Affine(_) | Value::Region(_)) => Some(a.clone()),
            (Self::Axes(axes), Value::Affine(_) | Value::Region(_)) => Some(a.clone().with_axes(axes)),
            _ => None,
        }
    }

    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let mut operands = operands.into_iter();
        let a = operands.next().ok_or_else(|| Trap::form(0))?;
        let class = scope.format(0).class();
        Ok(match self {
            Self::Same => smallvec::smallvec![a],
            Self::Axes(axes) => smallvec::smallvec![a.with_axes(axes)],
            Self::Reshape => smallvec::smallvec![a.reshaped(scope.shape(0), scope.result_shape(0), class)],
            Self::Split => {
                let shape = scope.shape(0);
                smallvec::smallvec![a.last_axis(shape, 0), a.last_axis(shape, 1)]
            }
            Self::Join => {
                let b = operands.next().ok_or_else(|| Trap::form(1))?;
                smallvec::smallvec![join(scope.shape(0), scope.result_shape(0), class, a, b)?]
            }
            Self::Cat => {
                let b = operands.next().ok_or_else(|| Trap::form(1))?;
                let shapes = [scope.shape(0), scope.shape(1), scope.result_shape(0)];
                smallvec::smallvec![cat(shapes, class, a, b)?]
            }
        })
    }
}

fn join(shape: &[usize], to: &[usize], class: Class, a: Value, b: Value) -> Outcome<Value> {
    if let (Value::Affine(first), Value::Affine(second)) = (&a, &b)
        && let Some(apart) = second.sub(first, shape, 64).and_then(|apart| apart.as_splat())
    {
        let mut steps = first.steps.clone();
        steps.resize(shape.len(), 0);
        steps.push(apart);
        return Ok(Value::Affine(Affine { base: first.base, steps }));
    }
    fn interleave<T: Lane>(shape: &[usize], to: &[usize], a: Lanes<T>, b: Lanes<T>) -> Lanes<T> {
        let (a, b) = (a.into_vec(shape), b.into_vec(shape));
        Lanes::full(a.into_iter().zip(b).flat_map(|(a, b)| [a, b]).collect(), to)
    }
    Ok(by_class!(class, (a in shape, b in shape) => Value::from(interleave(shape, to, a, b))))
}

fn cat([first, second, to]: [&[usize]; 3], class: Class, a: Value, b: Value) -> Outcome<Value> {
    fn chain<T: Lane>(first: &[usize], second: &[usize], to: &[usize], a: Lanes<T>, b: Lanes<T>) -> Lanes<T> {
        let mut all = a.into_vec(first);
        all.extend(b.into_vec(second));
        Lanes::full(all, to)
    }
    Ok(by_class!(class, (a in first, b in second) => Value::from(chain(first, second, to, a, b))))
}
