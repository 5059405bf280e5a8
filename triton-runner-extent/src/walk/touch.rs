//! Accesses and duties: from forms to bytes and conditions.

use std::collections::{HashMap, HashSet};

use crate::reason::Cause;
use crate::space::{ContextId, Duties, DutyId, End, ReasonId};
use crate::uniform::Uniform;
use crate::value::{Address, AddressWay, All, Base, Truth};

use super::{Condition, Walk};

/// Of what isn't touched at all: no byte lies above it, or below.
const NOTHING: (i128, i128) = (i64::MAX as i128, i64::MIN as i128);

impl Walk<'_> {
    /// Bytes from each address up to so many behind it are touched where the mask is true.
    pub(super) fn touch(&mut self, address: &Address, mask: Option<&Truth>, bytes: i128) {
        if self.quiet > 0 {
            return;
        }
        for context in self.control.clone() {
            let always = [All::new()];
            for all in mask.map_or(&always[..], |mask| &mask.yes) {
                let masked = self.constrained(context, all);
                for way in &address.ways {
                    let within = self.constrained_from(context, masked, &way.when);
                    self.touch_way(way, within, bytes);
                }
            }
        }
    }

    fn touch_way(&mut self, way: &AddressWay, context: ContextId, bytes: i128) {
        let argument = match way.base {
            Base::Argument(argument) => argument,
            Base::Lost(reason) => {
                self.lost.insert((None, reason));
                return;
            }
        };
        if let Err(reason) = self.require(&way.duties, &[context]) {
            self.lost.insert((Some(argument), reason));
            return;
        }
        let (low, high) = match self.space.bounds(way.offset, context) {
            (End::Known(low), End::Known(high)) => (low, high),
            (End::Lost(reason), _) | (_, End::Lost(reason)) => {
                self.lost.insert((Some(argument), reason));
                return;
            }
        };
        let uniforms = &mut self.space.uniforms;
        let nothing = (uniforms.number(NOTHING.0), uniforms.number(NOTHING.1));
        let high = uniforms.add_number(high, bytes - 1);
        let (low, high) = match self.space.guard(context) {
            None => (low, high),
            Some(guard) => {
                let uniforms = &mut self.space.uniforms;
                (uniforms.select(guard, low, nothing.0), uniforms.select(guard, high, nothing.1))
            }
        };
        let all = match self.touched.get(&argument) {
            None => (low, high),
            Some(&(lowest, highest)) => {
                let uniforms = &mut self.space.uniforms;
                (uniforms.min(lowest, low), uniforms.max(highest, high))
            }
        };
        self.touched.insert(argument, all);
    }

    /// The context with what holds besides: what rests on duties that can't be told counts for nothing.
    pub(super) fn constrained(&mut self, context: ContextId, all: &All) -> ContextId {
        self.constrained_from(context, context, all)
    }

    /// The same on top of another context. The duties have to be met in the first one, without what follows from them.
    fn constrained_from(&mut self, context: ContextId, on: ContextId, all: &All) -> ContextId {
        let mut forms = Vec::new();
        for constraint in all {
            if self.require(&constraint.duties, &[context]).is_ok() {
                forms.push(constraint.form);
            }
        }
        self.space.within(on, forms)
    }

    /// Makes conditions of duties.
    ///
    /// # Errors
    ///
    /// Why one of them can't be told before the launch; then none is a condition.
    pub(super) fn require(&mut self, duties: &Duties, contexts: &[ContextId]) -> Result<(), ReasonId> {
        let mut conditions = Vec::new();
        for duty in duties.iter() {
            conditions.extend(self.conditions_of(duty, contexts)?);
        }
        if self.quiet == 0 {
            conditions.into_iter().for_each(|condition| self.condition(condition));
        }
        Ok(())
    }

    pub(super) fn condition(&mut self, condition: Condition) {
        if self.space.uniforms.interval(condition.value).hi < 0 {
            let reason = self.space.add_reason(Cause::Never, condition.place);
            self.lost.insert((None, reason));
        } else if self.seen.insert((condition.value, condition.of)) {
            self.conditions.push(condition);
        }
    }

    fn conditions_of(&mut self, id: DutyId, contexts: &[ContextId]) -> Result<Vec<Condition>, ReasonId> {
        let duty = self.space.duty(id);
        let contexts = duty.within.as_deref().unwrap_or(contexts);
        let mut conditions = Vec::new();
        for &context in contexts {
            let (low, high) = self.space.bounds(duty.form, context);
            let mut rooms = Vec::new();
            if let Some(lo) = duty.lo {
                match low {
                    End::Known(low) => rooms.push(self.space.uniforms.add_number(low, -lo)),
                    End::Lost(reason) => return Err(reason),
                }
            }
            if let Some(hi) = duty.hi {
                match high {
                    End::Known(high) => {
                        let hi = self.space.uniforms.number(hi);
                        rooms.push(self.space.uniforms.sub(hi, high));
                    }
                    End::Lost(reason) => return Err(reason),
                }
            }
            for room in rooms {
                let value = self.guarded(room, context);
                if self.space.uniforms.interval(value).lo < 0 {
                    let of = Some((id, context));
                    conditions.push(Condition { value, kind: duty.kind, place: duty.place.clone(), of });
                }
            }
        }
        Ok(conditions)
    }

    /// Conditions that don't follow from others: a duty that is met in a context is met in all that are inside it.
    pub(crate) fn least_conditions(&self) -> Vec<&Condition> {
        let mut by_duty: HashMap<DutyId, Vec<ContextId>> = HashMap::new();
        for (duty, context) in self.conditions.iter().filter_map(|condition| condition.of) {
            by_duty.entry(duty).or_default().push(context);
        }
        let is_wider = |wide: ContextId, narrow: ContextId| {
            let (wide, narrow) = (self.space.context(wide), self.space.context(narrow));
            wide.len() < narrow.len() && wide.iter().all(|form| narrow.contains(form))
        };
        let follows = |condition: &&Condition| {
            condition.of.is_some_and(|(duty, context)| {
                by_duty.get(&duty).is_some_and(|others| others.iter().any(|&other| is_wider(other, context)))
            })
        };
        let mut values = HashSet::new();
        let left = self.conditions.iter().filter(|condition| !follows(condition));
        left.filter(|condition| values.insert(condition.value)).collect()
    }

    /// 0 where nothing is in the context.
    pub(super) fn guarded(&mut self, room: Uniform, context: ContextId) -> Uniform {
        if self.space.uniforms.interval(room).lo >= 0 {
            return room;
        }
        match self.space.guard(context) {
            None => room,
            Some(guard) => {
                let zero = self.space.uniforms.number(0);
                self.space.uniforms.select(guard, room, zero)
            }
        }
    }
}
