//! Pointers, and what reads and writes through them.

use triton_runner_ir::{Op, Type, ValueId};
use triton_runner_manifest::Access;

use crate::reason::Cause;
use crate::space::ReasonId;
use crate::value::{Address, AddressWay, Base, Value};

use super::{Walk, pointee_bytes};

impl Walk<'_> {
    pub(super) fn address(&mut self, value: ValueId, op: &Op) -> Address {
        match self.get(value) {
            Value::Address(address) => address,
            Value::Lost(reason) => self.lost_way(reason),
            Value::Int(_) | Value::Truth(_) | Value::Descriptor(_) => {
                let reason = self.reason(Cause::Operation(op.name.as_ref().into()), op);
                self.lost_way(reason)
            }
        }
    }

    fn lost_way(&mut self, reason: ReasonId) -> Address {
        match self.lost_address(reason) {
            Value::Address(address) => address,
            _ => Address { ways: Vec::new() },
        }
    }

    pub(super) fn add_pointer(&mut self, op: &Op) {
        let ([pointer, offset], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        let Some(bytes) = pointee_bytes(self.module.ty(*pointer)) else {
            return self.unknown_results(op, Cause::Operation(op.name.as_ref().into()));
        };
        let address = self.address(*pointer, op);
        let offset = self.int(*offset);
        let mut ways = Vec::new();
        for way in address.ways {
            ways.push(match &offset {
                Ok(offset) => {
                    let bytes = self.space.uniforms.number(bytes);
                    let sum = self.space.add_times(way.offset, offset.form, bytes);
                    AddressWay { offset: sum, duties: way.duties.and(&offset.duties), ..way }
                }
                Err(reason) => self.without_offset(way, *reason),
            });
        }
        self.set(result, Value::Address(Address { ways }));
    }

    /// Somewhere behind or before the same base.
    pub(super) fn without_offset(&mut self, way: AddressWay, reason: ReasonId) -> AddressWay {
        let lost = crate::space::End::Lost(reason);
        let offset = self.space.opaque(&[], self.loops, (lost, lost));
        AddressWay { offset, ..way }
    }

    /// `tt.load`, `tt.store` and atomic operations: an access at each lane where the mask is true.
    pub(super) fn access(&mut self, op: &Op) {
        let pointer = op.operand("ptr").or(op.operands.first().copied());
        let Some(pointer) = pointer else { return self.opaque_effect(op) };
        let ty = self.module.ty(pointer);
        let Some(bytes) = pointee_bytes(ty) else { return self.opaque_effect(op) };
        let address = self.address(pointer, op);
        let mask = op.operand("mask").map(|mask| self.truth(mask));
        self.starts_at_elements(op, &address, bytes);
        self.touch(&address, mask.as_ref(), bytes);
        let cause = match op.name.as_ref() {
            "tt.load" if !self.is_written(&address) => match ty.pointee() {
                Some(Type::Pointer(_)) => Cause::PointerFromMemory,
                Some(Type::Float(_)) => Cause::Float,
                _ => Cause::IndexFromMemory,
            },
            _ => Cause::IndexFromWritten,
        };
        let reason = self.reason(cause.clone(), op);
        for &result in &op.results {
            // What the kernel's own stores may change is no longer what it was compared with.
            let value = match (cause.clone(), self.module.ty(result).element()) {
                (Cause::IndexFromWritten, Type::Integer(integer)) if integer.width > 1 => Value::Lost(reason),
                _ => self.unknown(result, reason),
            };
            self.set(result, value);
        }
    }

    /// Whether the kernel writes what may lie there.
    fn is_written(&self, address: &Address) -> bool {
        address.ways.iter().any(|way| match way.base {
            Base::Argument(argument) => self.arguments.get(argument).is_none_or(|one| one.access != Access::Read),
            Base::Lost(_) => true,
        })
    }

    /// An operation that may touch anything.
    pub(super) fn opaque_effect(&mut self, op: &Op) {
        let cause = match op.name.as_ref() {
            "tt.elementwise_inline_asm" => Cause::InlineAsm,
            name => Cause::Operation(name.into()),
        };
        let reason = self.reason(cause.clone(), op);
        self.effect(reason);
        self.unknown_results(op, cause);
    }

    /// Something may be touched that can't be told.
    pub(super) fn effect(&mut self, reason: ReasonId) {
        if self.quiet == 0 {
            self.lost.insert((None, reason));
        }
    }

    /// A pointer to something else at the same address.
    pub(super) fn bitcast(&mut self, op: &Op) {
        let ([operand], Some(result)) = (&op.operands[..], op.result()) else { return self.not_understood(op) };
        match (self.get(*operand), self.module.ty(result).element()) {
            (Value::Address(address), Type::Pointer(_)) => self.set(result, Value::Address(address)),
            (Value::Address(_), _) | (_, Type::Pointer(_)) => {
                self.unknown_results(op, Cause::PointerFromNumber);
            }
            _ => self.convert(op),
        }
    }
}
