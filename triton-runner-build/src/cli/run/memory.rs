//! Memory of arguments: its bytes, its elements' format, and its shape.

use triton_runner_interpreter::numbers::format::Format;

/// What a kernel reads and writes as one argument.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) shape: Vec<usize>,
    /// Nothing was written to it yet.
    pub(super) fresh: bool,
}

/// The format that a type's name stands for, in any of the spellings of Triton, MLIR and numpy.
pub(super) fn format(name: &str) -> Option<Format> {
    Some(match name {
        "i1" | "bool" => Format::I1,
        "i8" | "u8" | "int8" | "uint8" => Format::I8,
        "i16" | "u16" | "int16" | "uint16" => Format::I16,
        "i32" | "u32" | "int32" | "uint32" => Format::I32,
        "i64" | "u64" | "int64" | "uint64" => Format::I64,
        "f16" | "fp16" | "float16" => Format::F16,
        "bf16" | "bfloat16" => Format::Bf16,
        "f32" | "fp32" | "float32" => Format::F32,
        "f64" | "fp64" | "float64" => Format::F64,
        "f8e4m3fn" | "fp8e4nv" | "f8e4m3" => Format::F8E4M3Fn,
        "f8e5m2" | "fp8e5" => Format::F8E5M2,
        _ => return None,
    })
}
