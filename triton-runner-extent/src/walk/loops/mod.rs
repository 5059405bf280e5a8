//! Loops: a counter, and values that are carried from one iteration to the next.

mod carried;

use triton_runner_ir::{Attribute, Op, ValueId};

use crate::check::{Check, Kind};
use crate::reason::Cause;
use crate::space::{Atom, ContextId, Duties, Duty, End, FormId, ReasonId};
use crate::uniform::Uniform;
use crate::value::{Constraint, Int, Value};

use super::{Walk, range};

/// Iterations that compilers look ahead at most, unless a loop says more: they compute the counters of those, and compare
/// them.
const LOOKED_AHEAD: i128 = Check::MOST_STAGES as i128;

/// A loop whose counter goes from one number up to below another.
struct Counted {
    first: Int,
    limit: Int,
    step: Uniform,
    duties: Duties,
}

impl Walk<'_> {
    pub(super) fn for_loop(&mut self, op: &Op) {
        let module = self.module;
        let (Some(&region), [counter, arguments @ ..]) = (op.regions.first(), module.region_arguments(op, 0)) else {
            return self.opaque_effect(op);
        };
        let outside = self.control.clone();
        let counted = self.counted(op);
        self.loops += 1;
        let depth = self.loops;
        let place = self.place(op);
        let number = self.space.next_loop(place);
        let counted = counted.and_then(|counted| {
            let (first, limit, step) = (counted.first.form, counted.limit.form, counted.step);
            let atom = self.space.add_atom(Atom::Counter { number, depth, first, limit, step });
            let behind = self.space.of_atom(atom);
            self.count(op, &counted, behind, *counter).map(|()| (counted, behind))
        });
        let (behind, trips) = match counted {
            Ok((counted, behind)) => (behind, self.space.trips(counted.first.form, counted.limit.form, counted.step)),
            Err(reason) => {
                let reason = self.loop_bound(op, reason);
                let value = self.unknown(*counter, reason);
                self.set(*counter, value);
                self.endless(number, reason)
            }
        };
        // Compilers make one loop of it and those inside.
        let is_flattened = op.attribute("tt.flatten").is_some();
        self.flattened += u32::from(is_flattened);
        let inits = op.group("initArgs").iter().map(|&init| self.get(init)).collect();
        let carried =
            self.carried(op, inits, arguments, behind, |walk| (walk.region(region, op), walk.control.clone()));
        self.region(region, op);
        self.flattened -= u32::from(is_flattened);
        self.loops -= 1;
        self.control = outside;
        for (place, &result) in op.results.iter().enumerate() {
            let value = self.carried_out(op, &carried, place, result, trips);
            self.set(result, value);
        }
    }

    /// Iterations of a loop of which nobody knows how many there are, behind one and in all.
    fn endless(&mut self, number: u32, reason: ReasonId) -> (FormId, FormId) {
        let depth = self.loops;
        let atom = self.space.add_atom(Atom::Endless { number, depth, reason });
        let zero = self.space.uniforms.number(0);
        let trips = self.space.opaque(&[], depth - 1, (End::Known(zero), End::Lost(reason)));
        (self.space.of_atom(atom), trips)
    }

    fn loop_bound(&mut self, op: &Op, reason: ReasonId) -> ReasonId {
        match self.space.reason(reason).cause {
            Cause::IndexFromMemory | Cause::IndexFromWritten | Cause::Float | Cause::Lanes | Cause::Carried => {
                self.reason(Cause::LoopBound, op)
            }
            _ => reason,
        }
    }

    /// First value, limit and step of the counter.
    ///
    /// # Errors
    ///
    /// Why they aren't known.
    fn counted(&mut self, op: &Op) -> Result<Counted, ReasonId> {
        let unclear = |this: &mut Self| this.reason(Cause::LoopBound, op);
        let (Some(first), Some(limit), Some(step)) =
            (op.operand("lowerBound"), op.operand("upperBound"), op.operand("step"))
        else {
            return Err(unclear(self));
        };
        let (first, limit, step) = (self.int(first)?, self.int(limit)?, self.int(step)?);
        let duties = first.duties.and(&limit.duties).and(&step.duties);
        let Some(by) = self.space.as_uniform(step.form) else { return Err(unclear(self)) };
        if op.attribute("unsignedCmp").is_some() || self.space.uniforms.interval(by).hi < 1 {
            return Err(unclear(self));
        }
        self.positive(op, by, Kind::Step);
        let contexts = self.control.clone();
        self.require(&duties, &contexts)?;
        Ok(Counted { first, limit, step: by, duties })
    }

    /// Sets the counter, and what holds inside the loop; it must not wrap.
    fn count(&mut self, op: &Op, counted: &Counted, behind: FormId, counter: ValueId) -> Result<(), ReasonId> {
        let (first, limit) = (counted.first.form, counted.limit.form);
        let value = self.space.add_times(first, behind, counted.step);
        let above = self.space.sub(value, limit);
        let form = self.space.add_number(above, 1);
        let below = Constraint { form, duties: Duties::default() };
        let outside = self.control.clone();
        let inside: Vec<ContextId> =
            outside.iter().map(|&context| self.constrained(context, &vec![below.clone()])).collect();
        let (lo, hi) = range(self.width(counter).unwrap_or(32));
        let place = self.place(op);
        let mut duties = Vec::new();
        let mut fits = |this: &mut Self, form: FormId, lo: Option<i128>, hi: Option<i128>| {
            let duty = Duty { kind: Kind::Loop, place: place.clone(), form, lo, hi, within: None };
            duties.push(this.space.add_duty(duty));
        };
        // By one it gets to the limit at most, which is a number of its type.
        if self.space.uniforms.as_number(counted.step) != Some(1) {
            let step = self.space.of_uniform(counted.step);
            let next = self.space.add(value, step);
            fits(self, next, None, Some(hi));
        }
        let stages = op.attribute("tt.num_stages").and_then(Attribute::as_i64).map_or(0, i128::from);
        let ahead = self.space.uniforms.scale(counted.step, LOOKED_AHEAD.max(stages));
        let ahead = self.space.of_uniform(ahead);
        let (after, before) = (self.space.add(first, ahead), self.space.sub(first, ahead));
        if self.space.span(after).hi > hi {
            fits(self, after, None, Some(hi));
        }
        if self.space.span(before).lo < lo {
            fits(self, before, Some(lo), None);
        }
        self.require(&Duties::of(duties), &inside)?;
        // Where the last iteration is peeled off (sm_100) the end goes back, and must not wrap to where there are iterations.
        let end = self.space.sub(limit, ahead);
        if self.space.span(end).lo < lo {
            let place = self.place(op);
            let duty = Duty { kind: Kind::Loop, place, form: end, lo: Some(lo), hi: None, within: None };
            let duty = self.space.add_duty(duty);
            self.require(&Duties::of([duty]), &outside)?;
        }
        if op.attribute("tt.flatten").is_some() {
            // Its iterations are counted: where that wraps, a loop that has none gets some.
            let length = self.space.sub(limit, first);
            let (kind, place) = (Kind::Flatten, self.place(op));
            let duty = self.space.add_duty(Duty { kind, place, form: length, lo: Some(lo), hi: None, within: None });
            self.require(&Duties::of([duty]), &outside)?;
        }
        if self.flattened > 0 {
            self.runs(op, counted)?;
        }
        self.control = inside;
        self.set(counter, Value::Int(Int { form: value, duties: counted.duties.clone() }));
        Ok(())
    }

    /// Makes it a duty that there is an iteration: as a part of a flattened loop it runs once, whatever its end is.
    fn runs(&mut self, op: &Op, counted: &Counted) -> Result<(), ReasonId> {
        let length = self.space.sub(counted.limit.form, counted.first.form);
        let (kind, place) = (Kind::Flatten, self.place(op));
        let duty = self.space.add_duty(Duty { kind, place, form: length, lo: Some(1), hi: None, within: None });
        let contexts = self.control.clone();
        self.require(&Duties::of([duty]), &contexts)
    }

    pub(super) fn while_loop(&mut self, op: &Op) {
        let module = self.module;
        let [before, after] = op.regions[..] else { return self.opaque_effect(op) };
        let (arguments, inner) = (module.region_arguments(op, 0), module.region_arguments(op, 1));
        let outside = self.control.clone();
        self.loops += 1;
        let place = self.place(op);
        let number = self.space.next_loop(place);
        let reason = self.reason(Cause::LoopBound, op);
        let (behind, _) = self.endless(number, reason);
        let inits = op.operands.iter().map(|&init| self.get(init)).collect();
        let mut forwarded = Vec::new();
        let mut iteration = |walk: &mut Self| {
            let control = walk.control.clone();
            let mut values = walk.region(before, op);
            let last = module.region(before).blocks.last().and_then(|&block| module.block(block).ops.last());
            let condition = last.and_then(|&last| module.op(last).operands.first());
            let truth = condition.map(|&condition| walk.truth(condition));
            values.drain(..values.len().min(1));
            for (&argument, value) in inner.iter().zip(&values) {
                walk.set(argument, value.clone());
            }
            forwarded = values;
            if let Some(truth) = truth {
                walk.control = walk.narrowed_control(&truth.yes);
            }
            let yielded = walk.region(after, op);
            (yielded, std::mem::replace(&mut walk.control, control))
        };
        self.carried(op, inits, arguments, behind, &mut iteration);
        iteration(self);
        self.loops -= 1;
        self.control = outside;
        let reason = self.reason(Cause::Carried, op);
        for (place, &result) in op.results.iter().enumerate() {
            let value = match forwarded.get(place) {
                Some(value) => self.outside(value, result, reason),
                None => self.unknown(result, reason),
            };
            self.set(result, value);
        }
    }

    /// A value of a loop's last iteration, behind the loop.
    fn outside(&mut self, value: &Value, result: ValueId, reason: ReasonId) -> Value {
        let changes = |this: &Self, form: FormId| this.space.form_depths(form).0 > this.loops;
        match value {
            Value::Int(int) if !changes(self, int.form) => value.clone(),
            Value::Address(address) => {
                let ways = address.ways.iter().map(|way| {
                    let mut way = way.clone();
                    way.when.clear();
                    if changes(self, way.offset) { self.without_offset(way, reason) } else { way }
                });
                Value::Address(crate::value::Address { ways: ways.collect() })
            }
            Value::Lost(_) | Value::Descriptor(_) => value.clone(),
            Value::Int(_) | Value::Truth(_) => self.unknown(result, reason),
        }
    }
}
