//! Tensors of tensors: where each lane comes from.

use triton_runner_ir::{Attribute, Op, ValueId};

use crate::reason::Cause;
use crate::space::{Duties, FormId, Lanes};
use crate::value::{Address, AddressWay, All, Constraint, Int, Truth, Value};

use super::Walk;

impl Walk<'_> {
    pub(super) fn make_range(&mut self, op: &Op) {
        let start = op.attribute("start").and_then(Attribute::as_i64);
        let end = op.attribute("end").and_then(Attribute::as_i64);
        let (Some(start), Some(end), Some(result)) = (start, end, op.result()) else { return self.not_understood(op) };
        let shape = self.module.ty(result).shape();
        if !matches!(shape, &[size] if i128::from(size) == i128::from(end) - i128::from(start)) {
            return self.not_understood(op);
        }
        let lane = self.space.lane(0, shape[0]);
        let form = self.space.add_number(lane, start.into());
        self.set(result, Value::Int(Int { form, duties: Duties::default() }));
    }

    /// `splat`, `broadcast` and others that leave lanes where they are: what doesn't differ along an axis has no lane there.
    pub(super) fn same_lanes(&mut self, op: &Op) {
        let ([operand], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        let value = self.get(*operand);
        self.set(result, value);
    }

    pub(super) fn expand_dims(&mut self, op: &Op) {
        let axis = op.attribute("axis").and_then(Attribute::as_i64).and_then(|axis| u32::try_from(axis).ok());
        let (Some(axis), [operand]) = (axis, &op.operands[..]) else { return self.not_understood(op) };
        let shape = self.module.ty(*operand).shape();
        let lanes = (0..).zip(shape).map(|(old, &size)| self.space.lane(if old < axis { old } else { old + 1 }, size));
        let lanes = lanes.collect();
        self.moved(op, *operand, lanes);
    }

    pub(super) fn trans(&mut self, op: &Op) {
        let (Some(Attribute::DenseArray(order)), [operand]) = (op.attribute("order"), &op.operands[..]) else {
            return self.not_understood(op);
        };
        let shape = self.module.ty(*operand).shape();
        let mut lanes = Vec::new();
        for (old, &size) in (0_i64..).zip(shape) {
            let Some(new) = order.values.iter().position(|&from| from == old) else { return self.not_understood(op) };
            lanes.push(self.space.lane(new as u32, size));
        }
        self.moved(op, *operand, lanes);
    }

    pub(super) fn reshape(&mut self, op: &Op) {
        let ([operand], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        let (from, to) = (self.module.ty(*operand).shape(), self.module.ty(result).shape());
        if op.attribute("allow_reorder").and_then(Attribute::as_bool) == Some(true) {
            return self.shuffled(op, *operand);
        }
        // The lane's number in row-major order, which both have in common.
        let mut number = self.space.number(0);
        let mut stride = 1_i128;
        for (axis, &size) in to.iter().enumerate().rev() {
            let lane = self.space.lane(axis as u32, size);
            let by = self.space.uniforms.number(stride);
            number = self.space.add_times(number, lane, by);
            stride = stride.saturating_mul(size.into());
        }
        let (mut lanes, mut stride) = (Vec::new(), 1_i128);
        for &size in from.iter().rev() {
            let by = self.space.number(stride);
            let whole = self.space.quotient(number, by);
            let size_form = self.space.number(size.into());
            lanes.push(self.space.remainder(whole, size_form));
            stride = stride.saturating_mul(size.into());
        }
        lanes.reverse();
        self.moved(op, *operand, lanes);
    }

    /// Lanes in an order that nobody knows: each is some lane of the operand.
    fn shuffled(&mut self, op: &Op, operand: ValueId) {
        let Some(result) = op.result() else { return };
        let shape = self.module.ty(result).shape();
        let mut lanes = Vec::new();
        for &size in self.module.ty(operand).shape() {
            let zero = self.space.uniforms.number(0);
            let last = self.space.uniforms.number(i128::from(size) - 1);
            let ends = (crate::space::End::Known(zero), crate::space::End::Known(last));
            lanes.push(self.space.opaque(shape, self.loops, ends));
        }
        self.moved(op, operand, lanes);
    }

    /// The operand with its lanes as they are found in the result.
    fn moved(&mut self, op: &Op, operand: ValueId, lanes: Vec<FormId>) {
        let Some(result) = op.result() else { return };
        let mut lanes = Lanes::new(lanes);
        let value = match self.get(operand) {
            Value::Int(int) => Value::Int(Int {
                form: self.space.remap(int.form, &mut lanes),
                duties: self.space.remap_duties(&int.duties, &mut lanes),
            }),
            Value::Truth(truth) => {
                let mut lists = |lists: &[All]| lists.iter().map(|all| self.moved_all(all, &mut lanes)).collect();
                Value::Truth(Truth { yes: lists(&truth.yes), no: lists(&truth.no) })
            }
            Value::Address(address) => {
                let ways = address.ways.iter().map(|way| AddressWay {
                    base: way.base,
                    offset: self.space.remap(way.offset, &mut lanes),
                    when: self.moved_all(&way.when, &mut lanes),
                    duties: self.space.remap_duties(&way.duties, &mut lanes),
                });
                Value::Address(Address { ways: ways.collect() })
            }
            Value::Descriptor(_) => return self.not_understood(op),
            Value::Lost(reason) => Value::Lost(reason),
        };
        self.set(result, value);
    }

    fn moved_all(&mut self, all: &All, lanes: &mut Lanes) -> All {
        let one = |one: &Constraint| Constraint {
            form: self.space.remap(one.form, lanes),
            duties: self.space.remap_duties(&one.duties, lanes),
        };
        all.iter().map(one).collect()
    }

    /// Results that come out of other lanes by a rule that isn't followed.
    pub(super) fn exchanged(&mut self, op: &Op) {
        self.unknown_results(op, Cause::Lanes);
    }
}
