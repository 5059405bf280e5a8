//! `arith.constant`.

use triton_runner_ir::{Attribute, Module, OpId, Type};

use crate::numbers::format::{Class, Format};
use crate::ops::element::Element;
use crate::ops::form::Reason;
use crate::types::SlotType;
use crate::value::{Lanes, Value};

/// What a value is before the program starts, in a form that threads may share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    format: Format,
    /// One number for all lanes, or one for each.
    bits: Vec<u64>,
    shape: Vec<usize>,
}

/// The value of a constant.
pub(crate) fn constant(module: &Module, id: OpId) -> Result<Constant, Reason> {
    let op = module.op(id);
    let result = op.result().ok_or("it has no result")?;
    let ty = SlotType::of(module.ty(result)).ok_or_else(|| format!("`{}` is not supported", module.ty(result)))?;
    let bits = match op.attribute("value") {
        Some(Attribute::Integer(integer)) => vec![integer.value as u64],
        Some(Attribute::Bool(value)) => vec![u64::from(*value)],
        Some(Attribute::Float(float)) => vec![float.bits],
        Some(Attribute::Dense(dense)) => match &dense.elements {
            triton_runner_ir::Elements::Splat(bits) => vec![*bits],
            triton_runner_ir::Elements::List(list) => list.clone(),
        },
        _ => return Err("it has no value that is a number".to_owned()),
    };
    let lanes = crate::value::axes::lanes(&ty.shape);
    if bits.len() != 1 && bits.len() != lanes || matches!(module.ty(result), Type::Descriptor(_)) {
        return Err("it has another number of elements than its type".to_owned());
    }
    Ok(Constant { format: ty.format(), bits, shape: ty.shape.to_vec() })
}

impl Constant {
    /// An argument or another scalar.
    pub(crate) fn scalar(format: Format, bits: u64) -> Self {
        Self { format, bits: vec![bits], shape: Vec::new() }
    }

    /// Whether all lanes are the same.
    pub(crate) fn is_splat(&self) -> bool {
        self.bits.len() == 1
    }

    /// The value, for one thread.
    pub(crate) fn value(&self) -> Value {
        match self.format.class() {
            Class::F32 => self.lanes::<f32>().into(),
            Class::F64 => self.lanes::<f64>().into(),
            Class::I32 => self.lanes::<i32>().into(),
            Class::I64 => self.lanes::<i64>().into(),
            Class::Mask => self.lanes::<u8>().into(),
        }
    }

    fn lanes<T: Element>(&self) -> Lanes<T> {
        let size = self.format.bytes();
        let bytes: Vec<u8> = self.bits.iter().flat_map(|bits| bits.to_le_bytes().into_iter().take(size)).collect();
        let mut row = vec![T::default(); self.bits.len()];
        T::load(self.format, &bytes, &mut row);
        Lanes::full(row, &self.shape)
    }
}
