//! What is undefined for the compiler. It takes for granted that it doesn't happen, and deletes masks, branches and loops that
//! only matter where it does: so it must not happen at any lane, also where the result reaches no address.

use triton_runner_ir::{Def, Op, ValueId};

use crate::check::Kind;
use crate::reason::Cause;
use crate::value::{Int, Value};

use super::{Walk, range};

/// Quotients and remainders of integers.
pub(super) const DIVISIONS: [&str; 7] = [
    "arith.divsi",
    "arith.divui",
    "arith.remsi",
    "arith.remui",
    "arith.ceildivsi",
    "arith.ceildivui",
    "arith.floordivsi",
];

/// Shifts.
const SHIFTS: [&str; 3] = ["arith.shli", "arith.shrsi", "arith.shrui"];

impl Walk<'_> {
    /// What an operation asks of its operands so that it is defined.
    pub(super) fn defined(&mut self, op: &Op) {
        let name = op.name.as_ref();
        let ([of, by], true) = (&op.operands[..], self.quiet == 0) else { return };
        if DIVISIONS.contains(&name) {
            self.divisor(op, *of, *by);
        } else if SHIFTS.contains(&name) {
            self.amount(op, *by);
        }
    }

    /// A divisor that is never 0, and by −1 a dividend that isn't the least number.
    fn divisor(&mut self, op: &Op, of: ValueId, by: ValueId) {
        let is_defined = match self.get(by) {
            Value::Int(by_int) => match self.space.as_uniform(by_int.form) {
                Some(divisor) => {
                    let interval = self.space.uniforms.interval(divisor);
                    let may_be_one = interval.lo <= -1 && interval.hi == -1 && !op.name.ends_with("ui");
                    if interval.hi >= 1 {
                        self.positive(op, divisor, Kind::Divisor);
                        true
                    } else {
                        interval.hi < 0 && (!may_be_one || self.is_above_the_least(op, of))
                    }
                }
                None => self.is_between(op, &by_int, 1, None, Kind::Divisor) || self.is_loaded(op, by, &by_int),
            },
            Value::Lost(_) => self.comes_from_memory(by),
            Value::Truth(_) | Value::Address(_) | Value::Descriptor(_) => false,
        };
        if !is_defined {
            let reason = self.reason(Cause::Division, op);
            self.effect(reason);
        }
    }

    fn is_above_the_least(&mut self, op: &Op, of: ValueId) -> bool {
        let (Value::Int(int), Some(width)) = (self.get(of), self.width(of)) else { return false };
        self.is_between(op, &int, range(width).0 + 1, None, Kind::Wrap)
    }

    /// Bits that a number is shifted by: what isn't below its width makes any number of it, and of masks that it is in. Where
    /// memory holds it the compiler can't tell.
    fn amount(&mut self, op: &Op, by: ValueId) {
        let is_defined = match (self.get(by), self.width(by)) {
            (Value::Int(int), Some(width)) => {
                self.is_between(op, &int, 0, Some(i128::from(width) - 1), Kind::Shift) || self.comes_from_memory(by)
            }
            (Value::Lost(_), _) => self.comes_from_memory(by),
            _ => false,
        };
        if !is_defined {
            let reason = self.reason(Cause::Shift, op);
            self.effect(reason);
        }
    }

    /// Makes it a condition that a number lies between two others wherever it is computed; gives whether it could. Pipelined
    /// loops compute ahead of their last iteration: what changes with them counts only where it always lies there.
    fn is_between(&mut self, op: &Op, int: &Int, lo: i128, hi: Option<i128>, kind: Kind) -> bool {
        let duties = self.between(op, int.form, int.duties.clone(), Some(lo), hi, kind);
        if duties == int.duties && duties.is_empty() {
            return true;
        }
        let contexts = self.control.clone();
        self.space.form_depths(int.form).0 == 0 && self.require(&duties, &contexts).is_ok()
    }

    /// Whether a divisor is just what memory holds. The compiler learns that it isn't 0, and nothing of all else: that is harmless
    /// as long as nothing that the check relies on compares it, which is seen at the end.
    fn is_loaded(&mut self, op: &Op, value: ValueId, int: &Int) -> bool {
        let is_loaded = self.comes_from_memory(value);
        if is_loaded {
            let reason = self.reason(Cause::Division, op);
            self.uncompared.extend(self.space.form(int.form).terms.iter().map(|(atom, _)| (*atom, reason)));
        }
        is_loaded
    }

    /// Whether each lane is some element that was loaded, or a constant for those that a mask leaves out.
    fn comes_from_memory(&self, mut value: ValueId) -> bool {
        let constant = |value: ValueId| match self.module.value(value).def {
            Def::Result(op, _) => self.module.op(op).name == "arith.constant",
            _ => false,
        };
        loop {
            let Def::Result(op, _) = self.module.value(value).def else { return false };
            let op = self.module.op(op);
            match (op.name.as_ref(), &op.operands[..]) {
                ("tt.load", _) => return op.operand("other").is_none_or(constant),
                ("tt.descriptor_load" | "tt.experimental_descriptor_load", _) => return true,
                (
                    "tt.splat" | "tt.unsplat" | "tt.broadcast" | "tt.expand_dims" | "tt.reshape" | "tt.trans"
                    | "arith.extsi" | "arith.extui" | "arith.trunci",
                    &[from],
                ) => value = from,
                _ => return false,
            }
        }
    }

    /// Divisors of memory that the check relies on in other ways aren't harmless.
    pub(crate) fn compared_divisors(&mut self) {
        let compared = self.uncompared.iter().filter(|&(atom, _)| self.space.is_compared(*atom));
        let reasons: Vec<_> = compared.map(|(_, &reason)| (None, reason)).collect();
        self.lost.extend(reasons);
    }
}
