//! Where a single atom lies.

use crate::reason::{Cause, Place};
use crate::space::{Atom, AtomId, ContextId, End, FormId, Space};
use crate::uniform::Uniform;

impl Space {
    /// The lowest and the highest value of an atom where a context holds.
    pub(crate) fn range(&mut self, atom: AtomId, context: ContextId) -> (End, End) {
        if let Some(&known) = self.known.ranges.get(&(atom, context)) {
            return known;
        }
        if !self.known.pending.insert((atom, context)) {
            // A minimum bounds what it is made of, and is bounded by that: nothing is gained by going round.
            let reason = self.add_reason(Cause::Control, Place::default());
            return (End::Lost(reason), End::Lost(reason));
        }
        let own = self.own_range(atom, context);
        self.known.pending.remove(&(atom, context));
        let ends = if self.context(context).is_empty() {
            own
        } else {
            let said = self.table(context).ends.get(&atom).copied().unwrap_or_default();
            self.narrowed(own, said)
        };
        self.known.ranges.insert((atom, context), ends);
        ends
    }

    /// By what the atom is made of.
    fn own_range(&mut self, id: AtomId, context: ContextId) -> (End, End) {
        let zero = self.uniforms.number(0);
        match *self.atom(id) {
            Atom::Program(axis) => {
                let programs = self.uniforms.grid(axis);
                (End::Known(zero), End::Known(self.uniforms.add_number(programs, -1)))
            }
            Atom::Lane { size, .. } => (End::Known(zero), End::Known(self.uniforms.number(i128::from(size) - 1))),
            Atom::Counter { number, first, limit, step, .. } => {
                (End::Known(zero), self.last(Some(number), first, limit, step, context))
            }
            Atom::Endless { reason, .. } => (End::Known(zero), End::Lost(reason)),
            Atom::Trips { first, limit, step } => match self.last(None, first, limit, step, context) {
                // One more than the last iteration has behind it, and 0 where there is none.
                End::Known(last) => {
                    let trips = self.uniforms.add_number(last, 1);
                    (End::Known(zero), End::Known(self.uniforms.max(trips, zero)))
                }
                lost => (End::Known(zero), lost),
            },
            Atom::Quotient { of, by } => self.quotient_range(of, by, context),
            Atom::Remainder { of, by } => self.remainder_range(of, by, context),
            Atom::Min(a, b) => {
                let (a, b) = (self.bounds(a, context), self.bounds(b, context));
                (self.lower(a.0, b.0), self.least_known(a.1, b.1))
            }
            Atom::Max(a, b) => {
                let (a, b) = (self.bounds(a, context), self.bounds(b, context));
                (self.most_known(a.0, b.0), self.upper(a.1, b.1))
            }
            Atom::Product(a, b) => self.product_range(a, b, context),
            Atom::LowBits { of, ones } => {
                let (lo, hi) = self.bounds(of, context);
                let most = self.uniforms.number(ones);
                let is_low = lo.known().is_some_and(|lo| self.uniforms.interval(lo).lo >= 0);
                (End::Known(zero), if is_low { self.least_known(hi, End::Known(most)) } else { End::Known(most) })
            }
            Atom::Bits { a, b, .. } => {
                let (a, b) = (self.bounds(a, context), self.bounds(b, context));
                (End::Known(zero), self.plus(a, b).1)
            }
            Atom::Join(ref ways) => {
                let mut ends: Option<(End, End)> = None;
                for way in ways {
                    let context = self.within(context, way.when.iter().copied());
                    let of_way = self.bounds(way.value, context);
                    let of_way = self.guarded(of_way, ends, context);
                    ends = Some(match ends {
                        None => of_way,
                        Some(ends) => (self.lower(ends.0, of_way.0), self.upper(ends.1, of_way.1)),
                    });
                }
                ends.unwrap_or((End::Known(zero), End::Known(zero)))
            }
            Atom::Opaque { number, .. } => self.opaque[number as usize],
        }
    }

    /// Ends of a way of a join; where it can't be taken those of the ways before it, which it then adds nothing to.
    fn guarded(&mut self, ends: (End, End), before: Option<(End, End)>, context: ContextId) -> (End, End) {
        let Some((End::Known(lo), End::Known(hi))) = before else { return ends };
        let (Some(guard), (End::Known(own_lo), End::Known(own_hi))) = (self.guard(context), ends) else { return ends };
        (End::Known(self.uniforms.select(guard, own_lo, lo)), End::Known(self.uniforms.select(guard, own_hi, hi)))
    }

    /// Iterations before the last one of a loop, which has this number if one is meant and not all that go so far.
    fn last(&mut self, number: Option<u32>, first: FormId, limit: FormId, step: Uniform, context: ContextId) -> End {
        let length = self.sub(limit, first);
        match self.bounds(length, context).1 {
            End::Known(length) => {
                let last = self.uniforms.add_number(length, -1);
                End::Known(self.uniforms.floor(last, step))
            }
            End::Lost(reason) => {
                let place = match number {
                    Some(number) => self.place_of_loop(number),
                    None => self.reason(reason).place.clone(),
                };
                End::Lost(self.add_reason(Cause::LoopBound, place))
            }
        }
    }

    fn quotient_range(&mut self, of: FormId, by: FormId, context: ContextId) -> (End, End) {
        let (of, by) = (self.bounds(of, context), self.bounds(by, context));
        let mut end = |end: End, is_low: bool| {
            let end = match end {
                End::Known(end) => end,
                lost @ End::Lost(_) => return lost,
            };
            let never_negative = self.uniforms.interval(end).lo >= 0;
            // Far from 0 by the smallest divisor, close to it by the largest.
            let (small, large) = match by {
                (End::Known(small), large) => (small, large),
                (lost, _) => return lost,
            };
            let far = self.uniforms.div(end, small);
            let near = match large {
                End::Known(large) => self.uniforms.div(end, large),
                End::Lost(_) => self.uniforms.number(0),
            };
            End::Known(match (is_low, never_negative) {
                (true, true) => near,
                (true, false) => self.uniforms.min(far, near),
                (false, true) => far,
                (false, false) => self.uniforms.max(far, near),
            })
        };
        (end(of.0, true), end(of.1, false))
    }

    fn remainder_range(&mut self, of: FormId, by: FormId, context: ContextId) -> (End, End) {
        let (of, by) = (self.bounds(of, context), self.bounds(by, context));
        let zero = self.uniforms.number(0);
        let most = match by.1 {
            End::Known(by) => End::Known(self.uniforms.add_number(by, -1)),
            lost => lost,
        };
        let hi = match (of.1, most) {
            (End::Known(of), End::Known(most)) => {
                let hi = self.uniforms.min(of, most);
                End::Known(self.uniforms.max(hi, zero))
            }
            (End::Known(of), End::Lost(_)) => End::Known(self.uniforms.max(of, zero)),
            (End::Lost(_), most) => most,
        };
        let lo = match (of.0, most) {
            (End::Known(of), _) if self.uniforms.interval(of).lo >= 0 => End::Known(zero),
            (End::Known(of), End::Known(most)) => {
                let least = self.uniforms.neg(most);
                let lo = self.uniforms.max(of, least);
                End::Known(self.uniforms.min(lo, zero))
            }
            (End::Known(of), End::Lost(_)) => End::Known(self.uniforms.min(of, zero)),
            // A negative dividend leaves a negative rest: that it may be one is what can't be known.
            (lost, _) => lost,
        };
        (lo, hi)
    }

    fn product_range(&mut self, a: FormId, b: FormId, context: ContextId) -> (End, End) {
        let (a, b) = (self.bounds(a, context), self.bounds(b, context));
        let mut corners = Vec::new();
        for a in [a.0, a.1] {
            for b in [b.0, b.1] {
                corners.push(match (a, b) {
                    (End::Known(a), End::Known(b)) => End::Known(self.uniforms.mul(a, b)),
                    (End::Lost(reason), _) | (_, End::Lost(reason)) => End::Lost(reason),
                });
            }
        }
        let first = corners[0];
        let (mut lo, mut hi) = (first, first);
        for corner in corners {
            lo = self.lower(lo, corner);
            hi = self.upper(hi, corner);
        }
        (lo, hi)
    }

    /// The lower of two ends that both hold.
    fn least_known(&mut self, a: End, b: End) -> End {
        match (a, b) {
            (End::Known(a), End::Known(b)) => End::Known(self.uniforms.min(a, b)),
            (End::Known(known), _) | (_, End::Known(known)) => End::Known(known),
            (lost, _) => lost,
        }
    }

    /// The higher of two ends that both hold.
    fn most_known(&mut self, a: End, b: End) -> End {
        match (a, b) {
            (End::Known(a), End::Known(b)) => End::Known(self.uniforms.max(a, b)),
            (End::Known(known), _) | (_, End::Known(known)) => End::Known(known),
            (lost, _) => lost,
        }
    }
}
