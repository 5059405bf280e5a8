//! `tt.gather` and `tt.histogram`.

use crate::numbers::format::{Class, Format};
use crate::ops::form::{Form, Reason, integers};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Lane;
use crate::value::Values;
use crate::value::axes::{compact, lanes, step};
use crate::value::{Lanes, Value};

/// An operation whose places are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Gather {
        axis: usize,
    },
    /// With a mask, or without.
    Histogram,
}

impl Table {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        match form.name() {
            "tt.gather" => {
                form.count(2, 1)?;
                let (source, places, result) = (form.operand(0)?, form.operand(1)?, form.result(0)?);
                let axis = form.axis(source.shape.len())?;
                integers(places.format())?;
                let mut expected = source.shape.clone();
                expected[axis] = places.shape.get(axis).copied().unwrap_or(0);
                if places.shape != expected || result.shape != expected || result.kind != source.kind {
                    return Err("its shapes differ along another axis".to_owned());
                }
                Ok(Some(Self::Gather { axis }))
            }
            "tt.histogram" => {
                let masked = form.operands.len() == 2;
                form.count(1 + usize::from(masked), 1)?;
                integers(form.operand(0)?.format())?;
                let counts = form.result(0)?;
                let is_mask = !masked
                    || form.operand(1)?.format() == Format::I1 && form.operand(1)?.shape == form.operand(0)?.shape;
                if !is_mask || counts.shape.len() != 1 || integers(counts.format())?.class() == Class::Mask {
                    return Err("its types don't fit".to_owned());
                }
                Ok(Some(Self::Histogram))
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let mut operands = operands.into_iter();
        let source = operands.next().ok_or_else(|| Trap::form(0))?;
        let other = operands.next();
        let value = match self {
            Self::Gather { axis } => {
                let places = indices(other.ok_or_else(|| Trap::form(1))?, scope, 1)?;
                let (from, to) = (scope.shape(0), scope.result_shape(0));
                by_class!(scope.format(0).class(), (source in from) => {
                    let data = source.into_vec(from);
                    Value::from(Lanes::full(gather(&data, from, &places, to, axis), to))
                })
            }
            Self::Histogram => {
                let values = indices(source, scope, 0)?;
                let mask = match other {
                    Some(mask) => {
                        Some(mask.into_bits(scope.shape(1)).ok_or_else(|| Trap::form(1))?.to_vec(scope.shape(1)))
                    }
                    None => None,
                };
                let mut counts = vec![0i64; lanes(scope.result_shape(0))];
                for (place, value) in values.iter().enumerate() {
                    let is_on = mask.as_ref().is_none_or(|mask| mask.get(place) == Some(&1));
                    if let (true, Some(count)) =
                        (is_on, usize::try_from(*value).ok().and_then(|bin| counts.get_mut(bin)))
                    {
                        *count += 1;
                    }
                }
                match scope.result_format(0).class() {
                    Class::I64 => Value::from(Lanes::full(counts, scope.result_shape(0))),
                    _ => {
                        let counts = counts.into_iter().map(|count| count as i32).collect();
                        Value::from(Lanes::full(counts, scope.result_shape(0)))
                    }
                }
            }
        };
        Ok(smallvec::smallvec![value])
    }
}

/// Integers of any width, lane by lane.
pub(crate) fn indices(value: Value, scope: &Scope<'_>, operand: usize) -> Outcome<Vec<i64>> {
    let shape = scope.shape(operand);
    Ok(match scope.format(operand).class() {
        Class::I64 => value.into_i64(shape).ok_or_else(|| Trap::form(operand))?.to_vec(shape),
        _ => {
            let narrow = value.into_i32(shape).ok_or_else(|| Trap::form(operand))?.to_vec(shape);
            narrow.into_iter().map(i64::from).collect()
        }
    })
}

fn gather<T: Lane>(data: &[T], from: &[usize], places: &[i64], to: &[usize], axis: usize) -> Vec<T> {
    let (steps, _) = compact(from, |_| true);
    let along = step(&steps, axis);
    let size = from.get(axis).copied().unwrap_or(1);
    // Steps of the other axes in the source, for each lane of the result.
    let mut others = steps.clone();
    others[axis] = 0;
    let walk = crate::value::axes::Walk::new(to, [&others]);
    let mut out = Vec::with_capacity(places.len());
    let mut next = places.iter();
    walk.each([0], |[start]| {
        for lane in 0..walk.row {
            let base = start + lane as i64 * walk.steps[0];
            let place = next.next().copied().unwrap_or_default();
            // Outside the axis nothing is defined: what a GPU does there is not to be relied on.
            let inside = usize::try_from(place).is_ok_and(|place| place < size);
            let at = if inside { base + place * along } else { -1 };
            out.push(usize::try_from(at).ok().and_then(|at| data.get(at)).copied().unwrap_or_default());
        }
    });
    out
}
