//! Integers of integers.

use triton_runner_ir::{Attribute, Elements, Op, ValueId};

use crate::check::Kind;
use crate::reason::Cause;
use crate::space::{Duties, End, FormId, ReasonId, Way};
use crate::uniform::Uniform;
use crate::value::{All, Constraint, Int, Truth, Value};

use super::{Walk, range};

impl Walk<'_> {
    /// An operand as an integer.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub(super) fn int(&mut self, value: ValueId) -> Result<Int, ReasonId> {
        match self.get(value) {
            Value::Int(int) => Ok(int),
            Value::Lost(reason) => Err(reason),
            Value::Truth(_) | Value::Address(_) | Value::Descriptor(_) => {
                Err(self.space.add_reason(Cause::Operation("integer".into()), crate::reason::Place::default()))
            }
        }
    }

    pub(super) fn constant(&mut self, op: &Op) {
        let Some(result) = op.result() else { return };
        let is_truth = self.width(result) == Some(1);
        let integer = |bits: u64, width: u32| {
            let shift = 64 - width.clamp(1, 64);
            i128::from((bits << shift).cast_signed() >> shift)
        };
        let width = self.width(result);
        let numbers = match (op.attribute("value"), width) {
            (Some(Attribute::Bool(value)), _) => vec![i128::from(*value)],
            (Some(Attribute::Integer(value)), Some(_)) => vec![value.value],
            (Some(Attribute::Dense(dense)), Some(width)) => match &dense.elements {
                Elements::Splat(bits) => vec![integer(*bits, width)],
                Elements::List(list) => list.iter().map(|bits| integer(*bits, width)).collect(),
            },
            (Some(Attribute::Float(_) | Attribute::Dense(_)), None) => {
                return self.unknown_results(op, Cause::Float);
            }
            _ => return self.unknown_results(op, Cause::Operation(op.name.as_ref().into())),
        };
        let value = match (&numbers[..], is_truth) {
            ([one], true) => Value::Truth(Truth::constant(*one != 0)),
            ([one], false) => {
                let form = self.space.number(*one);
                Value::Int(Int { form, duties: Duties::default() })
            }
            (_, true) | ([], false) => Value::Truth(Truth::unknown()),
            (many, false) => {
                let ends = [many.iter().min(), many.iter().max()].map(|end| end.copied().unwrap_or(0));
                let [lo, hi] = ends.map(|end| End::Known(self.space.uniforms.number(end)));
                let form = self.space.opaque(self.module.ty(result).shape(), self.loops, (lo, hi));
                Value::Int(Int { form, duties: Duties::default() })
            }
        };
        self.set(result, value);
    }

    /// Operations of two integers.
    pub(super) fn binary(&mut self, op: &Op) {
        let [a, b] = op.operands[..] else { return self.not_understood(op) };
        let (a, b) = match (self.int(a), self.int(b)) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(reason), _) | (_, Err(reason)) => return self.of_lost(op, reason),
        };
        let duties = a.duties.and(&b.duties);
        let (a, b) = (a.form, b.form);
        let space = &mut self.space;
        match op.name.as_ref() {
            "arith.addi" => {
                let sum = space.add(a, b);
                self.integer(op, sum, duties);
            }
            "arith.subi" => {
                let difference = space.sub(a, b);
                self.integer(op, difference, duties);
            }
            "arith.muli" => {
                let product = space.product(a, b);
                self.integer(op, product, duties);
            }
            "arith.minsi" => {
                let min = space.min_of(a, b);
                self.one_of_both(op, min, duties);
            }
            "arith.maxsi" => {
                let max = space.max_of(a, b);
                self.one_of_both(op, max, duties);
            }
            "arith.minui" | "arith.maxui" => {
                let Some(duties) = self.not_negative(op, &[a, b], duties) else { return };
                let extreme = if op.name == "arith.minui" { self.space.min_of(a, b) } else { self.space.max_of(a, b) };
                self.one_of_both(op, extreme, duties);
            }
            "arith.divsi" | "arith.remsi" => self.divide(op, a, b, duties),
            "arith.divui" | "arith.remui" | "arith.floordivsi" => {
                let Some(duties) = self.not_negative(op, &[a], duties) else { return };
                self.divide(op, a, b, duties);
            }
            "arith.shli" => match self.power(b, op) {
                Some(power) => {
                    let power = self.space.uniforms.number(power);
                    let product = self.space.scale(a, power);
                    self.integer(op, product, duties);
                }
                None => self.not_understood(op),
            },
            "arith.shrsi" | "arith.shrui" => match self.power(b, op) {
                Some(power) => {
                    let Some(duties) = self.not_negative(op, &[a], duties) else { return };
                    let power = self.space.number(power);
                    let quotient = self.space.quotient(a, power);
                    self.integer(op, quotient, duties);
                }
                None => self.not_understood(op),
            },
            "arith.andi" => self.and_bits(op, a, b, duties),
            "arith.ori" | "arith.xori" => {
                let is_or = op.name == "arith.ori";
                let all_ones = [self.space.as_number(a), self.space.as_number(b)].contains(&Some(-1));
                if all_ones && !is_or {
                    // −1 − x.
                    let sum = self.space.add(a, b);
                    let minus = self.space.uniforms.number(-1);
                    let other = self.space.add_number(sum, 1);
                    let negative = self.space.scale(other, minus);
                    let result = self.space.add_number(negative, -1);
                    return self.integer(op, result, duties);
                }
                let Some(duties) = self.not_negative(op, &[a, b], duties) else { return };
                let bits = self.space.bits(if is_or { 'o' } else { 'x' }, a, b);
                // It has no more bits than its operands.
                let Some(result) = op.result() else { return };
                self.set(result, Value::Int(Int { form: bits, duties }));
            }
            _ => self.not_understood(op),
        }
    }

    /// Quotient or remainder by what has to be positive.
    fn divide(&mut self, op: &Op, of: FormId, by: FormId, mut duties: Duties) {
        match self.space.as_uniform(by) {
            Some(divisor) => {
                if self.space.uniforms.interval(divisor).hi < 1 {
                    return self.not_understood(op);
                }
                self.positive(op, divisor, Kind::Divisor);
            }
            None => duties = self.between(op, by, duties, Some(1), None, Kind::Divisor),
        }
        if op.name.ends_with("si") && self.may_be_aligned(of) {
            let contexts = self.control.clone();
            let negative = self.between(op, of, Duties::default(), Some(0), None, Kind::Lanes);
            duties = duties.and(&self.space.everywhere_in(&negative, &contexts));
        }
        let is_quotient = op.name.contains("div");
        let form = if is_quotient { self.space.quotient(of, by) } else { self.space.remainder(of, by) };
        self.integer(op, form, duties);
    }

    /// Makes it a condition of the whole check that a number is positive.
    pub(super) fn positive(&mut self, op: &Op, number: Uniform, kind: Kind) {
        if self.space.uniforms.interval(number).lo < 1 {
            let room = self.space.uniforms.add_number(number, -1);
            let place = self.place(op);
            self.condition(super::Condition { guard: None, room, kind, place, of: None, is_assumed: true });
            self.space.uniforms.assume_positive(number);
        }
    }

    /// Duties that none of these is negative; sets the results and gives nothing where that can't be told.
    fn not_negative(&mut self, op: &Op, forms: &[FormId], mut duties: Duties) -> Option<Duties> {
        for &form in forms {
            if let Some(reason) = self.lost_below(form) {
                self.unknown_of(op, reason);
                return None;
            }
            duties = self.between(op, form, duties, Some(0), None, Kind::Negative);
        }
        Some(duties)
    }

    /// Why the lowest value of a form isn't known here.
    fn lost_below(&mut self, form: FormId) -> Option<ReasonId> {
        let contexts = self.control.clone();
        contexts.into_iter().find_map(|context| match self.space.bounds(form, context).0 {
            End::Lost(reason) => Some(reason),
            End::Known(_) => None,
        })
    }

    fn unknown_of(&mut self, op: &Op, reason: ReasonId) {
        for &result in &op.results {
            let value = self.unknown(result, reason);
            self.set(result, value);
        }
    }

    /// What comes of a number that is of no use.
    fn of_lost(&mut self, op: &Op, reason: ReasonId) {
        op.results.iter().for_each(|&result| {
            let value =
                if self.width(result) == Some(1) { Value::Truth(Truth::unknown()) } else { Value::Lost(reason) };
            self.set(result, value);
        });
    }

    pub(super) fn not_understood(&mut self, op: &Op) {
        self.unknown_results(op, Cause::Operation(op.name.as_ref().into()));
    }

    /// 2 to the power of a constant that is less than the width.
    fn power(&self, of: FormId, op: &Op) -> Option<i128> {
        let width = op.result().and_then(|result| self.width(result))?;
        let power = self.space.as_number(of)?;
        (0..i128::from(width) - 1).contains(&power).then(|| 1 << power)
    }

    fn and_bits(&mut self, op: &Op, a: FormId, b: FormId, duties: Duties) {
        let (of, mask) = match (self.space.as_number(a), self.space.as_number(b)) {
            (_, Some(mask)) => (a, mask),
            (Some(mask), _) => (b, mask),
            _ => {
                let spans = [self.space.span(a), self.space.span(b)];
                let Some(least) = spans.iter().filter(|span| span.lo >= 0).map(|span| span.hi).min() else {
                    return self.not_understood(op);
                };
                return self.up_to(op, least, duties);
            }
        };
        let low = mask.checked_add(1).filter(|next| mask >= 0 && next.count_ones() == 1);
        let high = mask.checked_neg().filter(|next| mask < 0 && next.count_ones() == 1);
        match (low, high) {
            (Some(_), _) => {
                let low = self.space.low_bits(of, mask);
                self.integer(op, low, duties);
            }
            // What the low bits leave.
            (None, Some(next)) => {
                let low = self.space.low_bits(of, next - 1);
                let rest = self.space.sub(of, low);
                self.integer(op, rest, duties);
            }
            (None, None) if mask >= 0 => self.up_to(op, mask, duties),
            _ => self.not_understood(op),
        }
    }

    /// Some number from 0 up to another.
    fn up_to(&mut self, op: &Op, most: i128, duties: Duties) {
        let Some(result) = op.result() else { return };
        let width = self.width(result).unwrap_or(1);
        if most > range(width).1 {
            return self.not_understood(op);
        }
        let (lo, hi) = (self.space.uniforms.number(0), self.space.uniforms.number(most));
        let ends = (End::Known(lo), End::Known(hi));
        let form = self.space.opaque(self.module.ty(result).shape(), self.loops, ends);
        self.set(result, Value::Int(Int { form, duties }));
    }

    /// The same number in another type.
    pub(super) fn convert(&mut self, op: &Op) {
        let ([operand], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        let value = self.get(*operand);
        let from = self.width(*operand);
        match (op.name.as_ref(), value, from) {
            ("arith.extsi" | "arith.extui", Value::Truth(truth), _) => {
                let one = if op.name == "arith.extsi" { -1 } else { 1 };
                let (yes, no) = (self.space.number(one), self.space.number(0));
                let none = Duties::default();
                let (yes, no) = (Int { form: yes, duties: none.clone() }, Int { form: no, duties: none });
                let joined = self.either_int(&truth, &yes, &no);
                self.set(result, Value::Int(joined));
            }
            // Every number of a type is one of a wider type too.
            ("arith.extsi", Value::Int(int), Some(from)) if self.width(result).is_some_and(|to| to >= from) => {
                self.set(result, Value::Int(int));
            }
            ("arith.extsi" | "arith.index_cast", Value::Int(int), _) => self.integer(op, int.form, int.duties),
            ("arith.extui" | "arith.index_castui", Value::Int(int), Some(from)) => self.unsigned(op, int, from),
            ("arith.trunci", Value::Int(_), _) if self.width(result) == Some(1) => {
                self.set(result, Value::Truth(Truth::unknown()));
            }
            ("arith.trunci", Value::Int(int), _) => match self.lost(int.form) {
                Some(reason) => self.unknown_of(op, reason),
                None => self.integer(op, int.form, int.duties),
            },
            ("arith.bitcast" | "tt.bitcast", Value::Int(int), Some(from)) if self.width(result) == Some(from) => {
                self.set(result, Value::Int(int));
            }
            (_, Value::Lost(reason), _) => self.of_lost(op, reason),
            _ => self.not_understood(op),
        }
    }

    /// Why an end of a form isn't known here.
    pub(super) fn lost(&mut self, form: FormId) -> Option<ReasonId> {
        let contexts = self.control.clone();
        contexts.into_iter().find_map(|context| match self.space.bounds(form, context) {
            (End::Lost(reason), _) | (_, End::Lost(reason)) => Some(reason),
            _ => None,
        })
    }

    /// Zeros in front: a negative number becomes a large one.
    fn unsigned(&mut self, op: &Op, int: Int, from: u32) {
        let Some(result) = op.result() else { return };
        if self.space.span(int.form).lo >= 0 {
            return self.integer(op, int.form, int.duties);
        }
        if from <= 16 {
            return self.up_to(op, (1 << from) - 1, int.duties);
        }
        let Some(reason) = self.lost_below(int.form) else {
            let duties = self.between(op, int.form, int.duties, Some(0), None, Kind::Negative);
            return self.integer(op, int.form, duties);
        };
        let ends = (End::Known(self.space.uniforms.number(0)), End::Lost(reason));
        let form = self.space.opaque(self.module.ty(result).shape(), self.loops, ends);
        self.set(result, Value::Int(Int { form, duties: int.duties }));
    }

    /// One integer where this is so, another where it isn't.
    pub(super) fn either_int(&mut self, truth: &Truth, yes: &Int, no: &Int) -> Int {
        let mut duties = yes.duties.and(&no.duties);
        let lists: Vec<(All, FormId)> = truth.yes.iter().map(|all| (all.clone(), yes.form)).collect();
        let others = truth.no.iter().map(|all| (all.clone(), no.form));
        let mut ways = Vec::new();
        for (all, value) in lists.into_iter().chain(others) {
            let all = self.provable(&all);
            duties = all.iter().fold(duties, |duties, one| duties.and(&one.duties));
            ways.push(Way { when: all.iter().map(|one| one.form).collect(), value });
        }
        Int { form: self.space.join(ways), duties }
    }

    /// Those whose duties can be told here.
    pub(super) fn provable(&mut self, all: &All) -> All {
        let contexts = self.control.clone();
        self.quiet += 1;
        let kept: Vec<Constraint> =
            all.iter().filter(|one| self.require(&one.duties, &contexts).is_ok()).cloned().collect();
        self.quiet -= 1;
        kept
    }
}
