//! Tensor descriptors: an access through one stays inside the tensor that it describes.

use std::rc::Rc;

use triton_runner_ir::{Op, Type};

use crate::check::Kind;
use crate::reason::Cause;
use crate::space::{Duties, FormId};
use crate::value::{Address, AddressWay, Descriptor, Int, Value};

use super::{Walk, bytes};

impl Walk<'_> {
    pub(super) fn make_descriptor(&mut self, op: &Op) {
        let (Some(base), Some(result)) = (op.operand("base"), op.result()) else { return self.opaque_effect(op) };
        let base = self.address(base, op);
        let sizes: Result<Vec<Int>, _> = op.group("shape").iter().map(|&value| self.int(value)).collect();
        let strides: Result<Vec<Int>, _> = op.group("strides").iter().map(|&value| self.int(value)).collect();
        let element = match self.module.ty(result) {
            Type::Descriptor(descriptor) => bytes(&descriptor.element),
            _ => None,
        };
        let value = match (sizes, strides, element) {
            (Ok(shape), Ok(strides), Some(bytes)) if shape.len() == strides.len() => {
                Value::Descriptor(Rc::new(Descriptor::Made { base, shape, strides, bytes }))
            }
            (Err(reason), ..) | (_, Err(reason), _) => Value::Lost(reason),
            _ => Value::Lost(self.reason(Cause::Descriptor, op)),
        };
        self.set(result, value);
    }

    /// A descriptor that is given as memory that holds one (3.2 and 3.3): the host's, or one that nobody knows.
    pub(super) fn reinterpreted(&mut self, op: &Op) {
        let ([operand], Some(result)) = (&op.operands[..], op.result()) else { return self.opaque_effect(op) };
        let value = match self.get(*operand) {
            Value::Descriptor(descriptor) => Value::Descriptor(descriptor),
            _ => Value::Lost(self.reason(Cause::Descriptor, op)),
        };
        self.set(result, value);
    }

    /// Any access through a descriptor, wherever its blocks lie: what is outside the tensor isn't touched.
    pub(super) fn descriptor_access(&mut self, op: &Op) {
        let descriptor = op.operand("desc").or(op.operands.first().copied());
        let value = descriptor.map(|descriptor| self.get(descriptor));
        match value {
            Some(Value::Descriptor(descriptor)) => {
                if let Descriptor::Made { base, shape, strides, bytes } = &*descriptor {
                    self.whole_tensor(op, base, shape, strides, *bytes);
                }
            }
            Some(Value::Lost(reason)) => self.effect(reason),
            _ => {
                let reason = self.reason(Cause::Descriptor, op);
                self.effect(reason);
            }
        }
        let reason = self.reason(Cause::IndexFromWritten, op);
        for &result in &op.results {
            self.set(result, Value::Lost(reason));
        }
    }

    /// From the first element to the last.
    fn whole_tensor(&mut self, op: &Op, base: &Address, shape: &[Int], strides: &[Int], bytes: i128) {
        let mut duties = Duties::default();
        let mut last: FormId = self.space.number(0);
        for (size, stride) in shape.iter().zip(strides) {
            duties = duties.and(&size.duties).and(&stride.duties);
            duties = self.between(op, size.form, duties, Some(1), None, Kind::Descriptor);
            duties = self.between(op, stride.form, duties, Some(0), None, Kind::Descriptor);
            let before = self.space.add_number(size.form, -1);
            let distance = self.space.product(before, stride.form);
            last = self.space.add(last, distance);
        }
        let element = self.space.uniforms.number(bytes);
        let mut ways = Vec::new();
        for way in &base.ways {
            let offset = self.space.add_times(way.offset, last, element);
            let duties = way.duties.and(&duties);
            ways.push(AddressWay { duties: duties.clone(), ..way.clone() });
            ways.push(AddressWay { offset, duties, ..way.clone() });
        }
        self.touch(&Address { ways }, None, bytes);
    }
}
