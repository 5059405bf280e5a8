//! Tensor descriptors: an access through one stays inside the tensor that it describes.

use std::rc::Rc;

use triton_runner_ir::{Op, Type};

use crate::check::Kind;
use crate::reason::Cause;
use crate::space::{Duties, End, FormId, ReasonId};
use crate::value::{Address, AddressWay, All, Base, Constraint, Descriptor, Int, Truth, Value};

use super::{Walk, bytes};

/// Bytes that a tensor's start and its strides are multiples of.
const ALIGN: i128 = 16;

/// Most elements along a dimension.
const MOST_ELEMENTS: i128 = 1 << 32;

/// Bytes that no stride reaches.
const STRIDE_END: i128 = 1 << 40;

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

    /// An access through a descriptor: what is outside the tensor isn't touched.
    pub(super) fn descriptor_access(&mut self, op: &Op) {
        let descriptor = op.operand("desc").or(op.operands.first().copied());
        let value = descriptor.map(|descriptor| self.get(descriptor));
        match value {
            Some(Value::Descriptor(descriptor)) => {
                if let Descriptor::Made { base, shape, strides, bytes } = &*descriptor {
                    self.block_of_tensor(op, base, shape, strides, *bytes);
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

    /// Elements of a block that are in the tensor.
    fn block_of_tensor(&mut self, op: &Op, base: &Address, shape: &[Int], strides: &[Int], bytes: i128) {
        let mut duties = match self.rules(op, base, shape, strides, bytes) {
            Ok(duties) => duties,
            Err(reason) => return self.effect(reason),
        };
        if let (Some(row), false) = (shape.last(), op.name.ends_with("_load") || op.name.ends_with("_gather")) {
            // The hardware writes whole pieces, behind the end of a row too. Every row starts at one.
            let element = self.space.uniforms.number(bytes);
            let row = self.space.scale(row.form, element);
            if let Err(reason) = self.aligned(op, row) {
                return self.effect(reason);
            }
        }
        let (mut offset, mut inside) = (self.space.number(0), All::new());
        for (place, (size, stride)) in shape.iter().zip(strides).enumerate() {
            let index = self.index_in_tensor(op, place, size);
            duties = duties.and(&index.duties);
            let (zero, distance) = (self.space.number(0), self.space.product(index.form, stride.form));
            offset = self.space.add(offset, distance);
            let (before, behind) = (self.space.sub(zero, index.form), self.space.sub(index.form, size.form));
            let behind = self.space.add_number(behind, 1);
            inside.extend([before, behind].map(|form| Constraint { form, duties: Duties::default() }));
        }
        let element = self.space.uniforms.number(bytes);
        let mut ways = Vec::new();
        for way in &base.ways {
            let offset = self.space.add_times(way.offset, offset, element);
            ways.push(AddressWay { offset, duties: way.duties.and(&duties), ..way.clone() });
        }
        let mask = Truth { yes: vec![inside], no: vec![All::new()] };
        self.touch(&Address { ways }, Some(&mask), bytes);
    }

    /// What the hardware asks of a tensor that is reached by a descriptor, whatever is read through it: the limits of
    /// `cuTensorMapEncodeTiled`.
    ///
    /// # Errors
    ///
    /// Why it can't be told before the launch whether it gets that.
    fn rules(
        &mut self,
        op: &Op,
        base: &Address,
        shape: &[Int],
        strides: &[Int],
        bytes: i128,
    ) -> Result<Duties, ReasonId> {
        let contexts = self.control.clone();
        let mut duties = Duties::default();
        for size in shape {
            duties = duties.and(&size.duties);
            duties = self.between(op, size.form, duties, Some(1), Some(MOST_ELEMENTS), Kind::Descriptor);
        }
        let most = (STRIDE_END - 1) / bytes.max(1);
        for (place, stride) in strides.iter().enumerate() {
            let (low, high) = if place + 1 == strides.len() { (1, 1) } else { (0, most) };
            duties = duties.and(&stride.duties);
            duties = self.between(op, stride.form, duties, Some(low), Some(high), Kind::Descriptor);
            if place + 1 < strides.len() {
                let element = self.space.uniforms.number(bytes);
                let distance = self.space.scale(stride.form, element);
                self.aligned(op, distance)?;
            }
        }
        for way in &base.ways {
            // What is behind a lost base is said where it is touched.
            let Base::Argument(place) = way.base else { continue };
            let promised = self.arguments.get(place).map_or(1, |argument| argument.divisible_by);
            if i128::from(promised) % ALIGN != 0 {
                return Err(self.reason(Cause::DescriptorRules, op));
            }
            self.require(&way.duties, &contexts)?;
            self.aligned(op, way.offset)?;
        }
        Ok(self.space.everywhere_in(&duties, &contexts))
    }

    /// Makes it a condition that so many bytes are a multiple of 16.
    fn aligned(&mut self, op: &Op, bytes: FormId) -> Result<(), ReasonId> {
        if self.is_multiple(op, bytes, ALIGN, None, Kind::Descriptor) {
            return Ok(());
        }
        match self.lost(bytes) {
            Some(reason) => Err(reason),
            None => Err(self.reason(Cause::DescriptorRules, op)),
        }
    }

    /// An element's place along an axis of the tensor; any that the tensor has where that isn't followed.
    fn index_in_tensor(&mut self, op: &Op, axis: usize, size: &Int) -> Int {
        let descriptor = op.operand("desc").or(op.operands.first().copied());
        let block = match descriptor.map(|descriptor| self.module.ty(descriptor)) {
            Some(Type::Descriptor(descriptor)) => descriptor.block.clone(),
            _ => Box::default(),
        };
        let index = match (axis, op.operand("x_offsets"), op.operand("y_offset")) {
            (0, Some(rows), _) => Some(rows),
            (1, _, Some(column)) => Some(column),
            _ => op.group("indices").get(axis).copied(),
        };
        let is_row = axis == 0 && op.operand("x_offsets").is_some();
        let int = index.and_then(|index| self.int(index).ok());
        match (int, block.get(axis)) {
            (Some(int), Some(&length)) => {
                // The rows of a gather have lanes of their own.
                let lane = if is_row { self.space.number(0) } else { self.space.lane(axis as u32 + 1, length) };
                let form = self.space.add(int.form, lane);
                let duties = self.fits(op, form, int.duties, 32, Kind::Wrap);
                Int { form, duties }
            }
            _ => {
                let zero = self.space.uniforms.number(0);
                let reason = self.reason(Cause::Descriptor, op);
                let form = self.space.opaque(&[], self.loops, (End::Known(zero), End::Lost(reason)));
                Int { form, duties: size.duties.clone() }
            }
        }
    }
}
