//! Values that a loop hands from one iteration to the next.
//!
//! Each starts as a number of which nothing is known. Where an iteration adds the same to it each time, it is a multiple of
//! the iterations behind; else it lies between its first value and what an iteration can make of it.

use triton_runner_ir::{Op, ValueId};

use crate::reason::Cause;
use crate::space::{ContextId, Duties, End, FormId};
use crate::value::{Address, AddressWay, All, Base, Int, Value};

use super::super::Walk;

/// Passes through a loop until nothing new is found.
const MOST_PASSES: usize = 5;

/// What an iteration yields, and what holds in it.
pub(super) type Iteration = (Vec<Value>, Vec<ContextId>);

/// A value before a loop, and how it changes.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    init: Value,
    change: Change,
    /// What the changes rest on.
    duties: Duties,
}

#[derive(Clone, Debug)]
enum Change {
    /// It is the same in every iteration.
    None,
    /// It is some number, whose form is this; for an address, so many bytes behind what it was.
    Some(FormId),
    /// So much more with each iteration.
    By(FormId),
    /// An address behind or before any of these.
    Bases(Vec<Base>),
    /// Nothing is known.
    Any,
}

impl Walk<'_> {
    /// Finds out how values change, and sets a region's arguments to what they are in any one iteration.
    pub(super) fn carried(
        &mut self,
        op: &Op,
        inits: Vec<Value>,
        arguments: &[ValueId],
        behind: FormId,
        mut iteration: impl FnMut(&mut Self) -> Iteration,
    ) -> Vec<Carried> {
        // Where the first iteration begins: what a `while` asks for holds behind its condition alone.
        let begins = self.control.clone();
        let mut all = Vec::new();
        for (init, &argument) in inits.into_iter().zip(arguments) {
            let change = match &init {
                Value::Int(_) | Value::Address(_) => Change::Some(self.some_number(op, argument)),
                Value::Descriptor(_) | Value::Lost(_) => Change::None,
                Value::Truth(_) => Change::Any,
            };
            all.push(Carried { init, change, duties: Duties::default() });
        }
        let matters = all.iter().any(|one| !matches!(one.init, Value::Lost(_) | Value::Truth(_)));
        if matters {
            self.quiet += 1;
            let mut is_settled = false;
            for _ in 0..MOST_PASSES {
                self.bind(op, &all, arguments, behind);
                let (yielded, _) = iteration(self);
                if !self.learn(op, &mut all, arguments, &yielded) {
                    is_settled = true;
                    break;
                }
            }
            self.settle(&mut all, is_settled);
            self.bind(op, &all, arguments, behind);
            let (yielded, contexts) = iteration(self);
            self.between_ends(&mut all, arguments, &yielded, &begins, &contexts);
            let steps = all.iter().filter(|one| matches!(one.change, Change::By(_))).count();
            // One may rest on what another rests on.
            for _ in 0..steps.min(2) {
                self.bind(op, &all, arguments, behind);
                let (yielded, contexts) = iteration(self);
                self.rest_on(&mut all, &yielded, &contexts);
            }
            self.quiet -= 1;
        }
        self.bind(op, &all, arguments, behind);
        all
    }

    fn some_number(&mut self, op: &Op, argument: ValueId) -> FormId {
        let reason = self.reason(Cause::Carried, op);
        let shape = self.module.ty(argument).shape();
        self.space.opaque(shape, self.loops, (End::Lost(reason), End::Lost(reason)))
    }

    fn bind(&mut self, op: &Op, all: &[Carried], arguments: &[ValueId], behind: FormId) {
        for (one, &argument) in all.iter().zip(arguments) {
            let value = self.value_after(op, one, argument, behind);
            self.set(argument, value);
        }
    }

    /// The value with so many iterations behind it.
    fn value_after(&mut self, op: &Op, one: &Carried, of: ValueId, behind: FormId) -> Value {
        match (&one.init, &one.change) {
            (init, Change::None) => init.clone(),
            (Value::Int(_), &Change::Some(form)) => Value::Int(Int { form, duties: one.duties.clone() }),
            (Value::Int(init), &Change::By(by)) => {
                let more = self.space.product(by, behind);
                Value::Int(Int { form: self.space.add(init.form, more), duties: init.duties.and(&one.duties) })
            }
            (Value::Address(address), &(Change::Some(more) | Change::By(more))) => {
                let is_step = matches!(one.change, Change::By(_));
                let more = if is_step { self.space.product(more, behind) } else { more };
                let ways = address.ways.iter().map(|way| {
                    let offset = self.space.add(way.offset, more);
                    AddressWay { offset, duties: way.duties.and(&one.duties), ..way.clone() }
                });
                Value::Address(Address { ways: ways.collect() })
            }
            (_, Change::Bases(bases)) => {
                let reason = self.reason(Cause::Carried, op);
                let zero = self.space.number(0);
                let ways = bases.iter().map(|&base| {
                    let way = AddressWay { base, offset: zero, when: All::new(), duties: Duties::default() };
                    self.without_offset(way, reason)
                });
                Value::Address(Address { ways: ways.collect() })
            }
            _ => {
                let reason = self.reason(Cause::Carried, op);
                self.unknown(of, reason)
            }
        }
    }

    /// What an iteration tells. Gives whether there is something new.
    fn learn(&mut self, op: &Op, all: &mut [Carried], arguments: &[ValueId], yielded: &[Value]) -> bool {
        let mut is_new = false;
        for (place, one) in all.iter_mut().enumerate() {
            let next = yielded.get(place);
            let before = arguments.get(place).map(|&argument| self.get(argument));
            let change = match (&one.change, before, next) {
                (Change::Some(_), Some(before), Some(next)) => self.difference(&before, next),
                (Change::None, _, Some(next)) => match (&one.init, next) {
                    (Value::Descriptor(_), next) if *next != one.init => Some(Change::Any),
                    _ => None,
                },
                (Change::Bases(known), _, Some(Value::Address(next))) => more_bases(known, next).map(Change::Bases),
                (Change::Any, ..) => None,
                (_, _, None) => Some(Change::Any),
                _ => None,
            };
            if let Some(change) = change {
                if matches!((&change, &one.init), (Change::Any, Value::Descriptor(_))) {
                    one.init = Value::Lost(self.reason(Cause::Descriptor, op));
                    one.change = Change::None;
                } else {
                    one.change = change;
                }
                is_new = true;
            }
        }
        is_new
    }

    /// How a value changed, if that is the same each time.
    fn difference(&mut self, before: &Value, after: &Value) -> Option<Change> {
        match (before, after) {
            (Value::Int(before), Value::Int(after)) => self.step(before.form, after.form),
            (Value::Address(before), Value::Address(after)) => {
                let same_bases = before.ways.len() == after.ways.len()
                    && before.ways.iter().zip(&after.ways).all(|(a, b)| a.base == b.base && a.when == b.when);
                if !same_bases {
                    let bases: Vec<Base> = before.ways.iter().map(|way| way.base).collect();
                    return more_bases(&bases, after).map(Change::Bases);
                }
                let pairs: Vec<_> = before.ways.iter().zip(&after.ways).map(|(a, b)| (a.offset, b.offset)).collect();
                let mut differences = Vec::new();
                for (before, after) in pairs {
                    differences.push(self.space.sub(after, before));
                }
                let (&first, rest) = differences.split_first()?;
                let zero = self.space.number(0);
                if rest.iter().all(|other| *other == first) { self.step(zero, first) } else { None }
            }
            (_, Value::Lost(_)) => Some(Change::Any),
            _ => None,
        }
    }

    fn step(&mut self, before: FormId, after: FormId) -> Option<Change> {
        let difference = self.space.sub(after, before);
        match self.space.as_number(difference) {
            Some(0) => Some(Change::None),
            _ => (self.space.form_depths(difference).0 < self.loops).then_some(Change::By(difference)),
        }
    }

    /// Addresses that don't change by the same each time have any offset. Where something new would still be found nothing
    /// is known.
    fn settle(&mut self, all: &mut [Carried], is_settled: bool) {
        for one in all {
            match &one.init {
                Value::Int(_) | Value::Address(_) if !is_settled => one.change = Change::Any,
                Value::Address(init) if matches!(one.change, Change::Some(_)) => {
                    one.change = Change::Bases(init.ways.iter().map(|way| way.base).collect());
                }
                _ => {}
            }
        }
    }

    /// Integers that don't change by the same each time: between the first value and all that an iteration makes.
    fn between_ends(
        &mut self,
        all: &mut [Carried],
        arguments: &[ValueId],
        yielded: &[Value],
        begins: &[ContextId],
        contexts: &[ContextId],
    ) {
        for (place, one) in all.iter_mut().enumerate() {
            let (Value::Int(init), Change::Some(_), Some(Value::Int(next))) =
                (&one.init, &one.change, yielded.get(place))
            else {
                continue;
            };
            if self.require(&next.duties, contexts).is_err() {
                continue;
            }
            let (first, duties) = (init.clone(), next.duties.clone());
            let of_first = self.ends_over(first.form, begins);
            let of_next = self.ends_over(next.form, contexts);
            let Some(ends) = self.either_ends(of_first, of_next) else { continue };
            if ends.0.known().is_none() && ends.1.known().is_none() {
                continue;
            }
            let shape = arguments.get(place).map_or(&[][..], |&argument| self.module.ty(argument).shape());
            let form = self.space.opaque(shape, self.loops, ends);
            let duties = self.space.everywhere_in(&duties, contexts);
            let first_duties = self.space.everywhere_in(&first.duties, begins);
            *one = Carried { init: Value::Int(first), change: Change::Some(form), duties: duties.and(&first_duties) };
        }
    }

    /// Ends of a number wherever one of these holds; `None` where none does.
    fn ends_over(&mut self, form: FormId, contexts: &[ContextId]) -> Option<(End, End)> {
        let mut ends = None;
        for &context in contexts {
            let of_context = self.space.bounds(form, context);
            ends = self.either_ends(ends, Some(of_context));
        }
        ends
    }

    fn either_ends(&mut self, one: Option<(End, End)>, other: Option<(End, End)>) -> Option<(End, End)> {
        match (one, other) {
            (Some(one), Some(other)) => Some((self.space.lower(one.0, other.0), self.space.upper(one.1, other.1))),
            (one, other) => one.or(other),
        }
    }

    /// Changes by the same each time rest on what an iteration rests on, in all of them.
    fn rest_on(&mut self, all: &mut [Carried], yielded: &[Value], contexts: &[ContextId]) {
        for (place, one) in all.iter_mut().enumerate() {
            let duties = match (&one.change, yielded.get(place)) {
                (Change::By(_), Some(Value::Int(next))) => next.duties.clone(),
                (Change::By(_), Some(Value::Address(next))) => {
                    next.ways.iter().fold(Duties::default(), |all, way| all.and(&way.duties))
                }
                _ => continue,
            };
            one.duties = self.space.everywhere_in(&duties, contexts);
        }
    }

    /// The value behind the loop.
    pub(super) fn carried_out(&mut self, op: &Op, all: &[Carried], place: usize, of: ValueId, trips: FormId) -> Value {
        match all.get(place) {
            Some(one) => {
                let after = self.value_after(op, one, of, trips);
                let reason = self.reason(Cause::Carried, op);
                match (&one.change, &after, &one.init) {
                    (Change::Some(form), Value::Int(int), Value::Int(init)) => {
                        // Another number, outside the loop, between the same ends, or the first one where no iteration ran.
                        let contexts = self.control.clone();
                        let inside =
                            self.space.bounds_of_opaque(*form).unwrap_or((End::Lost(reason), End::Lost(reason)));
                        let of_init = self.ends_over(init.form, &contexts);
                        let ends = self.either_ends(of_init, Some(inside)).unwrap_or(inside);
                        let form = self.space.opaque(self.module.ty(of).shape(), self.loops, ends);
                        Value::Int(Int { form, duties: int.duties.and(&init.duties) })
                    }
                    (Change::Some(_), Value::Address(_), _) => self.outside(&after, of, reason),
                    _ => after,
                }
            }
            None => {
                let reason = self.reason(Cause::Carried, op);
                self.unknown(of, reason)
            }
        }
    }
}

/// These bases and those of an address, if it has others.
fn more_bases(known: &[Base], next: &Address) -> Option<Vec<Base>> {
    let mut bases = known.to_vec();
    for way in &next.ways {
        if !bases.contains(&way.base) {
            bases.push(way.base);
        }
    }
    (bases.len() > known.len()).then_some(bases)
}
