//! Accesses and duties: from forms to bytes and conditions.

use crate::reason::Cause;
use crate::space::{ContextId, Duties, DutyId, End, ReasonId};
use crate::value::{Address, AddressWay, All, Base, Truth};

use super::{Access, Condition, Walk};

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
        let end = self.space.uniforms.add_number(high, bytes);
        let access = Access { guard: self.space.guard(context), low, end };
        let accesses = self.touched.entry(argument).or_default();
        if !accesses.contains(&access) {
            accesses.push(access);
        }
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
        if condition.guard.is_none() && self.space.uniforms.interval(condition.room).hi < 0 {
            let reason = self.space.add_reason(Cause::Never, condition.place);
            self.lost.insert((None, reason));
        } else if self.seen.insert(condition.clone()) {
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
                if self.space.uniforms.interval(room).lo < 0 {
                    let (guard, of) = (self.space.guard(context), Some((id, context)));
                    let (kind, place) = (duty.kind, duty.place.clone());
                    conditions.push(Condition { guard, room, kind, place, of, is_assumed: false });
                }
            }
        }
        Ok(conditions)
    }
}
