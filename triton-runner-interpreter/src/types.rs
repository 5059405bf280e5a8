//! What is known of a value before the program runs.

use triton_runner_ir::{FloatType, Type};

use crate::numbers::format::Format;
use crate::value::axes::Shape;

/// Where a value is kept while a program runs.
pub(crate) type Slot = u32;

/// A value's type: a scalar has no axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotType {
    pub(crate) shape: Shape,
    pub(crate) kind: Kind,
}

/// What each lane is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number(Format),
    /// An address, with the bytes of what is there.
    Pointer {
        format: Format,
    },
    /// A tensor in memory, with the block that is loaded at once.
    Descriptor {
        block: Shape,
        format: Format,
    },
}

/// More lanes than this no kernel has: Triton's own limit.
const MAX_LANES: u64 = 1 << 20;
const MAX_AXES: usize = 16;

impl SlotType {
    /// `None` for a type that no program computes with.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        let shape = shape(ty.shape())?;
        let kind = match (ty, ty.element()) {
            (Type::Descriptor(descriptor), _) => {
                Kind::Descriptor { block: self::shape(&descriptor.block)?, format: format(&descriptor.element)? }
            }
            (_, Type::Pointer(pointer)) => Kind::Pointer { format: format(&pointer.pointee)? },
            (_, element) => Kind::Number(format(element)?),
        };
        Some(Self { shape, kind })
    }

    /// How a lane is represented: addresses as 64-bit integers.
    pub(crate) fn format(&self) -> Format {
        match self.kind {
            Kind::Number(format) => format,
            Kind::Pointer { .. } | Kind::Descriptor { .. } => Format::I64,
        }
    }

    /// The format of what is in memory where a pointer or a descriptor leads.
    pub(crate) fn element(&self) -> Option<Format> {
        match self.kind {
            Kind::Pointer { format } | Kind::Descriptor { format, .. } => Some(format),
            Kind::Number(_) => None,
        }
    }

    /// The format of what a pointer points to.
    pub(crate) fn pointee(&self) -> Option<Format> {
        match self.kind {
            Kind::Pointer { format } => Some(format),
            _ => None,
        }
    }
}

fn shape(sizes: &[u64]) -> Option<Shape> {
    let lanes = sizes.iter().try_fold(1u64, |lanes, size| lanes.checked_mul(*size))?;
    let fits = lanes <= MAX_LANES && lanes > 0 && sizes.len() <= MAX_AXES;
    fits.then(|| sizes.iter().map(|&size| size as usize).collect())
}

fn format(ty: &Type) -> Option<Format> {
    Some(match ty {
        Type::Index | Type::Pointer(_) => Format::I64,
        Type::Integer(integer) => match integer.width {
            1 => Format::I1,
            8 => Format::I8,
            16 => Format::I16,
            32 => Format::I32,
            64 => Format::I64,
            _ => return None,
        },
        Type::Float(FloatType::F16) => Format::F16,
        Type::Float(FloatType::Bf16) => Format::Bf16,
        Type::Float(FloatType::F32) => Format::F32,
        Type::Float(FloatType::F64) => Format::F64,
        Type::Float(FloatType::F8E4M3FN) => Format::F8E4M3Fn,
        Type::Float(FloatType::F8E5M2) => Format::F8E5M2,
        Type::Float(FloatType::F8E4M3FNUZ) => Format::F8E4M3Fnuz,
        Type::Float(FloatType::F8E5M2FNUZ) => Format::F8E5M2Fnuz,
        Type::Float(FloatType::F8E4M3B11FNUZ) => Format::F8E4B15,
        _ => return None,
    })
}
