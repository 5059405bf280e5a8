//! Memory of arguments, as the command line says what is in it.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use triton_runner_interpreter::numbers::format::{
    Class, Format, Rounding, round_f32, store_f32, store_f64, store_i32, store_i64,
};

use super::given::{Content, Value};
use super::tensor::Memory;
use super::tensor_file;

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

impl Memory {
    /// For a pointer to elements of this format; `None` for what is no memory.
    ///
    /// # Errors
    ///
    /// Another type, a file that can't be read: in words.
    pub(super) fn of(value: &Value, expected: Format) -> Result<Option<Self>, String> {
        let memory = match value {
            Value::Integer(_) | Value::Float(_) | Value::Null => return Ok(None),
            Value::Memory { content, element, shape } => {
                let format = format(element).ok_or_else(|| format!("there is no type `{element}`"))?;
                let (shape, fresh) = (shape.clone(), *content == Content::Uninit);
                Self { bytes: filled(*content, format, shape.iter().product()), format, shape, fresh }
            }
            Value::File { path, tensor } => {
                tensor_file::read(path, tensor.as_deref()).map_err(|error| format!("{}: {error}", path.display()))?
            }
        };
        // A pointer to truth values is one to bytes.
        let is_same = memory.format == expected || memory.format.bytes() == 1 && expected.bytes() == 1;
        match is_same {
            true => Ok(Some(memory)),
            false => Err(format!("the kernel's elements are {expected:?}, and these are {:?}", memory.format)),
        }
    }
}

/// Numbers that are the same in every run: floating-point ones from -1 to 1, integers from 0 to 99.
fn filled(content: Content, format: Format, count: usize) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(0x7472_6974_6f6e);
    let mut bytes = vec![0; count * format.bytes()];
    let number = |place: usize| match content {
        Content::Ones => 1.0,
        Content::Range => place as f64,
        Content::Random | Content::Zeros | Content::Uninit => 0.0,
    };
    let is_random = content == Content::Random;
    match format.class() {
        _ if matches!(content, Content::Zeros | Content::Uninit) => {}
        Class::F64 => {
            let mut next = |place| if is_random { random.random_range(-1.0..1.0) } else { number(place) };
            store_f64(&(0..count).map(&mut next).collect::<Vec<f64>>(), &mut bytes);
        }
        Class::F32 => {
            let mut next = |place| if is_random { random.random_range(-1.0..1.0) } else { number(place) as f32 };
            let mut row: Vec<f32> = (0..count).map(&mut next).collect();
            round_f32(format, Rounding::NearestEven, &mut row);
            store_f32(format, &row, &mut bytes);
        }
        Class::I64 => {
            let mut next = |place| if is_random { random.random_range(0..100) } else { number(place) as i64 };
            store_i64(&(0..count).map(&mut next).collect::<Vec<i64>>(), &mut bytes);
        }
        Class::I32 => {
            let mut next = |place| if is_random { random.random_range(0..100) } else { number(place) as i32 };
            store_i32(format, &(0..count).map(&mut next).collect::<Vec<i32>>(), &mut bytes);
        }
        Class::Mask => bytes.iter_mut().enumerate().for_each(|(place, byte)| {
            *byte = if is_random {
                random.random_range(0..2)
            } else {
                u8::from(content == Content::Ones || place % 2 == 1)
            };
        }),
    }
    bytes
}
