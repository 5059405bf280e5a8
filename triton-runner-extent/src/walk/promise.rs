//! What an author promises the compiler. It believes it, so machine code may touch what the IR's lanes don't: a promise is a
//! condition of the launch, and where it can't be one the kernel isn't safe.

use triton_runner_ir::{Attribute, Elements, Op, ValueId};

use crate::check::Kind;
use crate::reason::Cause;
use crate::space::{Atom, AtomId, Duties, End, FormId, ReasonId};
use crate::uniform::Uniform;
use crate::value::{All, Value};

use super::{Condition, Walk};

/// Elements of the widest access, if they are bytes: no machine code takes more at once.
const WIDEST: i128 = 16;

impl Walk<'_> {
    /// `tl.assume`: whatever follows where it isn't so has to be impossible.
    pub(super) fn assume(&mut self, op: &Op) {
        let Some(&condition) = op.operands.first() else { return self.opaque_effect(op) };
        let truth = self.truth(condition);
        if self.quiet > 0 {
            return;
        }
        let contexts = self.control.clone();
        let is_exact = truth.constraints().all(|one| self.require(&one.duties, &contexts).is_ok());
        if !is_exact || !truth.no.iter().all(|all| self.is_never(op, all)) {
            self.unkept(op);
        }
    }

    /// Makes it a condition that one of these never holds; gives whether it could.
    fn is_never(&mut self, op: &Op, all: &All) -> bool {
        let place = self.place(op);
        for context in self.control.clone() {
            let mut room: Option<Uniform> = None;
            for one in all {
                if let (End::Known(low), _) = self.space.bounds(one.form, context) {
                    let own = self.space.uniforms.add_number(low, -1);
                    room = Some(room.map_or(own, |room| self.space.uniforms.max(room, own)));
                }
            }
            let Some(room) = room else { return false };
            if self.space.uniforms.interval(room).lo < 0 {
                let (guard, kind, place) = (self.space.guard(context), Kind::Assume, place.clone());
                self.condition(Condition { guard, room, kind, place, of: None, is_assumed: false });
            }
        }
        true
    }

    fn unkept(&mut self, op: &Op) {
        let reason = self.reason(Cause::Promise, op);
        self.effect(reason);
    }

    /// `tl.multiple_of`, `tl.max_contiguous` and `tl.max_constancy` of an operation's results.
    pub(super) fn promises(&mut self, op: &Op) {
        let names = ["tt.divisibility", "tt.contiguity", "tt.constancy"];
        if self.quiet > 0 || names.iter().all(|name| op.attribute(name).is_none()) {
            return;
        }
        let [divisible, contiguous, constant] = names.map(|name| op.attribute(name).map_or_else(Vec::new, numbers));
        for &result in &op.results {
            if !self.keeps(op, result, &divisible, &contiguous, &constant) {
                return self.unkept(op);
            }
        }
    }

    /// Makes conditions of the promises for a value; gives whether it could.
    fn keeps(&mut self, op: &Op, value: ValueId, divisible: &[i128], contiguous: &[i128], constant: &[i128]) -> bool {
        let int = match self.get(value) {
            Value::Int(int) => int,
            // Of a pointer its argument's promise is kept by the launch; of others nothing is believed that matters here.
            _ => return false,
        };
        let shape = self.module.ty(value).shape();
        if self.require_everywhere(&int.duties).is_err() {
            return false;
        }
        if shape.is_empty() {
            let by = divisible.first().copied().unwrap_or(1);
            return self.is_multiple(op, int.form, by, None, Kind::Promise);
        }
        let places: Vec<u32> = (0..).take(shape.len()).collect();
        for axis in places {
            let of = |list: &[i128]| list.get(axis as usize).copied().unwrap_or(1);
            let run = of(contiguous).clamp(1, WIDEST);
            let same = of(constant).clamp(1, WIDEST);
            let by = of(divisible).clamp(1, WIDEST);
            if !self.counts_up(op, int.form, axis, run, by) || !self.stays(int.form, axis, same) {
                return false;
            }
        }
        true
    }

    fn require_everywhere(&mut self, duties: &Duties) -> Result<(), ReasonId> {
        let contexts = self.control.clone();
        self.require(duties, &contexts)
    }

    /// Runs of lanes count up by one from a multiple of a number.
    fn counts_up(&mut self, op: &Op, form: FormId, axis: u32, run: i128, by: i128) -> bool {
        if run == 1 && by == 1 {
            return true;
        }
        let (lane, own, others) = self.along(form, axis);
        let one = self.space.uniforms.number(1);
        if own == Some(one) && others.iter().all(|atom| !self.differs_along(*atom, axis)) {
            // The lane's own place counts in runs of its own.
            return self.is_multiple(op, form, by, lane, Kind::Promise);
        }
        // A remainder counts up as its dividend does, as long as a run isn't cut by a multiple of the divisor.
        let atom = self.space.as_atom(form).map(|atom| self.space.atom(atom));
        if let Some(&Atom::Remainder { of, by: divisor }) = atom.as_deref()
            && let Some(divisor) = self.space.as_uniform(divisor)
            && self.is_never_negative(of)
        {
            let run = run.max(by);
            let modulus = self.space.of_uniform(divisor);
            return self.is_multiple(op, modulus, run, None, Kind::Promise) && self.counts_up(op, of, axis, run, run);
        }
        run == 1 && own.is_none() && others.iter().all(|atom| !self.differs_along(*atom, axis)) && {
            self.is_multiple(op, form, by, None, Kind::Promise)
        }
    }

    /// Runs of lanes are equal.
    fn stays(&self, form: FormId, axis: u32, same: i128) -> bool {
        let (_, own, others) = self.along(form, axis);
        same == 1 || own.is_none() && others.iter().all(|atom| !self.differs_along(*atom, axis))
    }

    /// The axis's own lane with its factor, and all other atoms.
    fn along(&self, form: FormId, axis: u32) -> (Option<AtomId>, Option<Uniform>, Vec<AtomId>) {
        let (mut lane, mut own, mut others) = (None, None, Vec::new());
        for &(atom, factor) in &self.space.form(form).terms {
            match *self.space.atom(atom) {
                Atom::Lane { axis: of, .. } if of == axis => (lane, own) = (Some(atom), Some(factor)),
                _ => others.push(atom),
            }
        }
        (lane, own, others)
    }

    fn differs_along(&self, atom: AtomId, axis: u32) -> bool {
        match &*self.space.atom(atom) {
            Atom::Lane { axis: of, .. } => *of == axis,
            atom => atom.parts().into_iter().any(|part| {
                let form = self.space.form(part);
                form.terms.iter().any(|(inner, _)| self.differs_along(*inner, axis))
            }),
        }
    }

    fn is_never_negative(&mut self, form: FormId) -> bool {
        let contexts = self.control.clone();
        contexts.into_iter().all(|context| match self.space.bounds(form, context).0 {
            End::Known(low) => self.space.uniforms.interval(low).lo >= 0,
            End::Lost(_) => false,
        })
    }

    /// Makes it a condition that a form, one lane aside, is a multiple of a number: each of its parts is, where it is more
    /// than 0. Gives whether it could.
    pub(super) fn is_multiple(&mut self, op: &Op, form: FormId, by: i128, but: Option<AtomId>, kind: Kind) -> bool {
        if by <= 1 {
            return true;
        }
        let form = self.space.form(form);
        let place = self.place(op);
        for context in self.control.clone() {
            let mut parts = vec![form.constant];
            for &(atom, factor) in form.terms.iter().filter(|(atom, _)| Some(*atom) != but) {
                // An atom that is 0 throughout adds nothing, whatever its factor.
                parts.push(match self.space.range(atom, context) {
                    (End::Known(low), End::Known(high)) if self.space.uniforms.interval(low).lo >= 0 => {
                        let one = self.space.uniforms.number(1);
                        let is_more = self.space.uniforms.min(high, one);
                        self.space.uniforms.mul(factor, is_more)
                    }
                    _ => factor,
                });
            }
            for part in parts {
                let divisor = self.space.uniforms.number(by);
                let quotient = self.space.uniforms.floor(part, divisor);
                let whole = self.space.uniforms.scale(quotient, by);
                let room = self.space.uniforms.sub(whole, part);
                match self.space.uniforms.as_number(room) {
                    Some(0) => {}
                    Some(_) => return false,
                    None if self.quiet > 0 => {}
                    None => {
                        let (guard, place) = (self.space.guard(context), place.clone());
                        self.condition(Condition { guard, room, kind, place, of: None, is_assumed: false });
                    }
                }
            }
        }
        true
    }
}

fn numbers(attribute: &Attribute) -> Vec<i128> {
    match attribute {
        Attribute::Dense(dense) => match &dense.elements {
            // One number for all axes; no tensor has as many.
            Elements::Splat(bits) => vec![bits.cast_signed().into(); 16],
            Elements::List(list) => list.iter().map(|bits| bits.cast_signed().into()).collect(),
        },
        other => other.as_i64().map(i128::from).into_iter().collect(),
    }
}
