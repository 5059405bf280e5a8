//! Truth values: comparisons, and what is made of them.

use triton_runner_ir::{Attribute, Op, ValueId};

use crate::space::{Duties, FormId};
use crate::value::{Address, All, Constraint, Truth, Value};

use super::Walk;

impl Walk<'_> {
    /// An operand as a truth value; nothing follows from what is none.
    pub(super) fn truth(&mut self, value: ValueId) -> Truth {
        match self.get(value) {
            Value::Truth(truth) => truth,
            _ => Truth::unknown(),
        }
    }

    pub(super) fn compare(&mut self, op: &Op) {
        let ([a, b], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        let predicate = op.attribute("predicate").and_then(Attribute::as_keyword);
        let truth = match (self.get(*a), self.get(*b)) {
            (Value::Int(a), Value::Int(b)) => {
                let duties = a.duties.and(&b.duties);
                self.compared(predicate.unwrap_or_default(), a.form, b.form, &duties)
            }
            (Value::Truth(a), Value::Truth(b)) => match predicate {
                Some("eq") => a.same(&b),
                Some("ne") => a.same(&b).not(),
                _ => Truth::unknown(),
            },
            _ => Truth::unknown(),
        };
        self.set(result, Value::Truth(truth));
    }

    fn compared(&mut self, predicate: &str, a: FormId, b: FormId, duties: &Duties) -> Truth {
        let mut not_above = |low: FormId, high: FormId, by: i128| {
            let difference = self.space.sub(low, high);
            Constraint { form: self.space.add_number(difference, by), duties: duties.clone() }
        };
        // a ≤ b, a < b, b ≤ a, b < a.
        let (at_most, below, at_least, above) =
            (not_above(a, b, 0), not_above(a, b, 1), not_above(b, a, 0), not_above(b, a, 1));
        let signed = |predicate: &str| match predicate {
            "slt" | "ult" => Some((below.clone(), at_least.clone())),
            "sle" | "ule" => Some((at_most.clone(), above.clone())),
            "sgt" | "ugt" => Some((above.clone(), at_most.clone())),
            "sge" | "uge" => Some((at_least.clone(), below.clone())),
            _ => None,
        };
        match predicate {
            "eq" => Truth { yes: vec![vec![at_most, at_least]], no: vec![vec![below], vec![above]] },
            "ne" => Truth { yes: vec![vec![below], vec![above]], no: vec![vec![at_most, at_least]] },
            _ => match signed(predicate) {
                None => Truth::unknown(),
                Some((yes, no)) if predicate.starts_with('s') => Truth { yes: vec![vec![yes]], no: vec![vec![no]] },
                Some((yes, no)) => {
                    // As unsigned numbers negative ones are the largest: what is below one that isn't negative isn't
                    // negative either.
                    let never_negative = [a, b].map(|form| self.space.span(form).lo >= 0);
                    let smaller_first = predicate.starts_with("ul");
                    let is_bounded = |first_is_larger: bool| never_negative[usize::from(!first_is_larger)];
                    let list = |this: &mut Self, one: Constraint, larger_is_first: bool| {
                        if !is_bounded(larger_is_first) {
                            return vec![];
                        }
                        let smaller = if larger_is_first { b } else { a };
                        let zero = this.space.number(0);
                        let form = this.space.sub(zero, smaller);
                        vec![one, Constraint { form, duties: duties.clone() }]
                    };
                    let yes = list(self, yes, !smaller_first);
                    let no = list(self, no, smaller_first);
                    Truth { yes: vec![yes], no: vec![no] }
                }
            },
        }
    }

    /// `and`, `or` and `xor` of truth values. Gives whether they are.
    pub(super) fn combine(&mut self, op: &Op) -> bool {
        let ([a, b], Some(result)) = (&op.operands[..], op.result()) else { return false };
        if self.width(result) != Some(1) {
            return false;
        }
        let (a, b) = (self.truth(*a), self.truth(*b));
        let truth = match op.name.as_ref() {
            "arith.andi" | "arith.muli" | "arith.minui" => a.and(&b),
            "arith.ori" | "arith.maxui" => a.or(&b),
            "arith.xori" | "arith.addi" | "arith.subi" => a.same(&b).not(),
            _ => Truth::unknown(),
        };
        self.set(result, Value::Truth(truth));
        true
    }

    pub(super) fn select(&mut self, op: &Op) {
        let ([condition, yes, no], Some(result)) = (&op.operands[..], op.result()) else {
            return self.not_understood(op);
        };
        let condition = self.truth(*condition);
        let (yes, no) = (self.get(*yes), self.get(*no));
        match self.either(&condition, &yes, &no) {
            Some(value) => self.set(result, value),
            None => self.not_understood(op),
        }
    }

    /// One value where this is so, another where it isn't. Nothing for values of different kinds.
    pub(super) fn either(&mut self, truth: &Truth, yes: &Value, no: &Value) -> Option<Value> {
        Some(match (yes, no) {
            _ if yes == no => yes.clone(),
            (Value::Int(yes), Value::Int(no)) => {
                let int = self.either_int(truth, yes, no);
                if self.space.form_depths(int.form).1 > super::DEEPEST {
                    return None;
                }
                Value::Int(int)
            }
            (Value::Truth(yes), Value::Truth(no)) => Value::Truth(truth.select(yes, no)),
            (Value::Address(yes), Value::Address(no)) => {
                let mut ways = Vec::new();
                for (lists, address) in [(&truth.yes, yes), (&truth.no, no)] {
                    for all in lists {
                        let all = self.provable(all);
                        ways.extend(address.ways.iter().map(|way| {
                            let when: All = way.when.iter().chain(&all).cloned().collect();
                            crate::value::AddressWay { when, ..way.clone() }
                        }));
                    }
                }
                // Nothing is left out: what is told apart no longer is just more than one address.
                if ways.len() > MOST_WAYS {
                    ways = yes.ways.iter().chain(&no.ways).cloned().collect();
                    ways.dedup();
                    if ways.len() > MOST_WAYS {
                        return None;
                    }
                }
                Value::Address(Address { ways })
            }
            (Value::Lost(reason), _) | (_, Value::Lost(reason)) => Value::Lost(*reason),
            _ => return None,
        })
    }
}

/// More addresses that a value may be aren't kept apart.
const MOST_WAYS: usize = 16;
