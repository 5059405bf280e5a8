//! Types of a kernel's arguments.

use triton_runner_manifest::{ArgType, Scalar};

use crate::types::{DescriptorType, IntegerType, Signedness, Type};

/// What an argument's type should be, if it is none.
const EXPECTED: &str = "expected a pointer (`!tt.ptr<f32>`), an integer, a float or a tensor descriptor";
const POINTEE: &str = "expected a pointer to one of i1, i8, i16, i32, i64, f16, bf16, f32, f64, f8E4M3FN, f8E5M2";
const BLOCK: &str = "expected a tensor descriptor of a block such as `128x64xf16`";

/// What a caller passes for a type, or what should be there.
pub(super) fn of(ty: &Type) -> Result<ArgType, &'static str> {
    match ty {
        Type::Pointer(pointer) => signless(&pointer.pointee).map(ArgType::Pointer).ok_or(POINTEE),
        Type::Descriptor(descriptor) => block(descriptor).ok_or(BLOCK),
        Type::Opaque(text) if text.starts_with("!tt.ptr<") => Err(POINTEE),
        Type::Opaque(text) if text.starts_with("!tt.tensordesc<") => Err(BLOCK),
        other => signless(other).map(ArgType::Scalar).ok_or(EXPECTED),
    }
}

fn signless(ty: &Type) -> Option<Scalar> {
    match ty {
        Type::Integer(IntegerType { signedness: Signedness::Signed | Signedness::Unsigned, .. }) => None,
        other => other.scalar(),
    }
}

/// Elements of a descriptor keep their sign: `si8`, `ui8`.
fn block(descriptor: &DescriptorType) -> Option<ArgType> {
    let element = descriptor.element.scalar()?;
    let block: Vec<u32> = descriptor.block.iter().map(|&size| size.try_into().ok()).collect::<Option<_>>()?;
    (block.len() <= MAX_RANK).then_some(ArgType::TensorDesc { element, block })
}

/// `CUtensorMap` has at most five dimensions.
const MAX_RANK: usize = 5;
