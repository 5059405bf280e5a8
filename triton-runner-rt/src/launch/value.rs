//! An argument's value, read back from what the driver is handed.

use std::fmt;

use half::{bf16, f16};

use crate::driver::abi;

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Flag(bool),
    Integer(i128),
    Float(f64),
    Address(abi::DeviceAddress),
    /// A tensor, or a type that isn't known here.
    Other(&'static str),
}

impl Value {
    /// The value of an argument of this type, as Triton spells it.
    ///
    /// # Safety
    ///
    /// `at` points to a value of that type.
    pub(super) unsafe fn read(ty: &'static str, at: *const u8) -> Self {
        // SAFETY: the caller's promise, for each type's size.
        unsafe {
            match ty {
                "i1" | "u1" => Self::Flag(*at != 0),
                "i8" => Self::Integer(at.cast::<i8>().read_unaligned().into()),
                "u8" => Self::Integer(at.read_unaligned().into()),
                "i16" => Self::Integer(at.cast::<i16>().read_unaligned().into()),
                "u16" => Self::Integer(at.cast::<u16>().read_unaligned().into()),
                "i32" => Self::Integer(at.cast::<i32>().read_unaligned().into()),
                "u32" => Self::Integer(at.cast::<u32>().read_unaligned().into()),
                "i64" => Self::Integer(at.cast::<i64>().read_unaligned().into()),
                "u64" => Self::Integer(at.cast::<u64>().read_unaligned().into()),
                "fp16" => Self::Float(at.cast::<f16>().read_unaligned().into()),
                "bf16" => Self::Float(at.cast::<bf16>().read_unaligned().into()),
                "fp32" => Self::Float(at.cast::<f32>().read_unaligned().into()),
                "fp64" => Self::Float(at.cast::<f64>().read_unaligned()),
                pointer if pointer.starts_with('*') => Self::Address(at.cast::<u64>().read_unaligned()),
                other => Self::Other(other),
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Address(address) => write!(f, "{address:#x}"),
            Self::Other(ty) => write!(f, "a {ty}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read_by_its_size_and_shown_as_what_it_is() {
        let bytes = [0xff_u8; 8];
        let read = |ty| {
            // SAFETY: no type is larger.
            unsafe { Value::read(ty, bytes.as_ptr()) }.to_string()
        };
        let types = ["i1", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "*fp32", "tensordesc<fp16[64]>", "fp32"];
        let shown = types.map(read);
        let expected = ["true", "-1", "255", "-1", "65535", "-1", "4294967295", "-1", "0xffffffffffffffff"];
        assert_eq!(shown[..9], expected);
        assert_eq!(shown[9..], ["a tensordesc<fp16[64]>", "NaN"]);
    }
}
