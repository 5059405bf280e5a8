//! `tt.scan`: each element with all that come before it along an axis.

use super::parts::{append, flat, last_axis, rest_of, reversed, split};
use super::{Combine, Combiner, check};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::Outcome;
use crate::value::Values;
use crate::value::axes::lanes;

/// `tt.scan`.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    axis: usize,
    reverse: bool,
    combiner: Combiner,
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
