//! The operations and sizes that are checked and timed, by name: `rms_norm/fp16/8192x4096`.

use std::error::Error;

use triton_runner_rt::Result;
use triton_runner_rt::half::{bf16, f16};

use crate::add_rms_norm::{self, AddRmsNormCase};
use crate::attention::{AttentionCase, Sizes, Which};
use crate::block::decode::DecodeBlock;
use crate::block::{self, Block, Replayed};
use crate::case::Case;
use crate::decode::{self, DecodeCase};
use crate::int8_linear::{self, Int8LinearCase};
use crate::layer_norm::{self, LayerNormCase};
use crate::linear::LinearCase;
use crate::machine::Machine;
use crate::rms_norm::RmsNormCase;
use crate::rotary::RotaryCase;
use crate::softmax::{self, SoftmaxCase};
use crate::swiglu::SwigluCase;
use crate::top_k::{self, TopKCase};

/// Small and uneven sizes, which are compared with float64 number by number.
pub(crate) const CHECKED: [&str; 26] = [
    "rms_norm/ELEMENT/70x4112",
    "add_rms_norm/ELEMENT/70x4112",
    "int8_linear/ELEMENT/19x272x512",
    "top_k/ELEMENT/3x5000x1",
    "top_k/ELEMENT/3x5000x64",
    "layer_norm/ELEMENT/70x4112",
    "softmax/ELEMENT/70x1009",
    "swiglu/ELEMENT/70x2064",
    "rotary/ELEMENT/3x100x33x64",
    "flash_attention/ELEMENT/2x3x333x64",
    "flash_attention/ELEMENT/2x3x333x64/causal",
    "flash_attention/ELEMENT/2x3x333x128",
    "flash_attention/ELEMENT/2x3x333x128/causal",
    "portable_attention/ELEMENT/2x3x333x64",
    "described_attention/ELEMENT/2x3x333x128",
    "described_attention/ELEMENT/2x3x333x128/causal",
    "decode_attention/ELEMENT/5x2x700",
    "decode_block/ELEMENT/5x1x300x256",
    "decode_block/ELEMENT/5x1x300x256/graph",
    "linear/ELEMENT/129x272x320/residual",
    "linear/ELEMENT/16x272x512/residual",
    "linear/ELEMENT/33x272x512/residual",
    "block/ELEMENT/2x65x3x64x320",
    "block/ELEMENT/2x65x3x64x320/graph",
    "block/ELEMENT/1x16x16x64x2816",
    "block/ELEMENT/1x16x16x64x2816/graph",
];

/// The sizes of a model with 8 billion parameters, on 8192 tokens and more: compared, most of them by samples, and timed.
pub(crate) const TIMED: [&str; 29] = [
    "rms_norm/ELEMENT/8192x4096",
    "add_rms_norm/ELEMENT/8192x4096",
    "int8_linear/ELEMENT/16x4096x4096",
    "top_k/ELEMENT/64x128256x1",
    "top_k/ELEMENT/64x128256x64",
    "layer_norm/ELEMENT/8192x4096",
    "softmax/ELEMENT/8192x4096",
    "swiglu/ELEMENT/8192x14336",
    "rotary/ELEMENT/4x2048x32x128",
    "flash_attention/ELEMENT/4x32x4096x64",
    "flash_attention/ELEMENT/4x32x4096x64/causal",
    "flash_attention/ELEMENT/4x32x4096x128",
    "flash_attention/ELEMENT/4x32x4096x128/causal",
    "portable_attention/ELEMENT/4x32x4096x64",
    "portable_attention/ELEMENT/4x32x4096x64/causal",
    "portable_attention/ELEMENT/4x32x4096x128",
    "portable_attention/ELEMENT/4x32x4096x128/causal",
    "described_attention/ELEMENT/4x32x4096x128",
    "described_attention/ELEMENT/4x32x4096x128/causal",
    "decode_attention/ELEMENT/64x8x8192/even",
    "linear/ELEMENT/8192x4096x4096",
    "linear/ELEMENT/16x4096x4096",
    "linear/ELEMENT/64x4096x4096",
    "decode_block/ELEMENT/16x8x4096x14336",
    "decode_block/ELEMENT/16x8x4096x14336/graph",
    "block/ELEMENT/4x2048x32x128x14336",
    "block/ELEMENT/4x2048x32x128x14336/graph",
    "block/ELEMENT/1x16x16x64x2816",
    "block/ELEMENT/1x16x16x64x2816/graph",
];

/// The names of a list for both element types.
pub(crate) fn names(list: &[&str]) -> Vec<String> {
    let names = |element: &str| list.iter().map(|name| name.replace("ELEMENT", element)).collect::<Vec<_>>();
    [names("fp16"), names("bf16")].concat()
}

/// The operation with this name, on new random numbers.
pub(crate) fn make(machine: &Machine, name: &str) -> Result<Box<dyn Case>, Box<dyn Error>> {
    let parts: Vec<&str> = name.split('/').collect();
    let [operation, element, sizes, flag @ ..] = parts.as_slice() else {
        return Err(format!("`{name}` is not OPERATION/ELEMENT/SIZES or OPERATION/ELEMENT/SIZES/FLAG").into());
    };
    let sizes: Vec<usize> = sizes.split('x').map(str::parse).collect::<Result<_, _>>()?;
    let case = match *element {
        "fp16" => of_type::<f16>(machine, operation, &sizes, flag)?,
        "bf16" => of_type::<bf16>(machine, operation, &sizes, flag)?,
        _ => None,
    };
    case.ok_or_else(|| format!("there is no operation `{name}`").into())
}

/// `None` where there is no such operation, or it has other sizes or flags.
fn of_type<T>(machine: &Machine, operation: &str, sizes: &[usize], flag: &[&str]) -> Result<Option<Box<dyn Case>>>
where
    T: block::Kernels + decode::Kernels + layer_norm::Kernels + softmax::Kernels,
    T: add_rms_norm::Kernels + int8_linear::Kernels + top_k::Kernels,
{
    Ok(Some(match (operation, sizes, flag) {
        ("rms_norm", &[rows, columns], []) => Box::new(RmsNormCase::<T>::new(machine, rows, columns)?),
        ("add_rms_norm", &[rows, columns], []) => Box::new(AddRmsNormCase::<T>::new(machine, rows, columns)?),
        ("int8_linear", &[rows, outputs, inputs], []) => {
            Box::new(Int8LinearCase::<T>::new(machine, [rows, outputs, inputs])?)
        }
        ("top_k", &[rows, columns, k], []) => Box::new(TopKCase::<T>::new(machine, [rows, columns, k])?),
        ("layer_norm", &[rows, columns], []) => Box::new(LayerNormCase::<T>::new(machine, rows, columns)?),
        ("softmax", &[rows, columns], []) => Box::new(SoftmaxCase::<T>::new(machine, rows, columns)?),
        ("swiglu", &[rows, columns], []) => Box::new(SwigluCase::<T>::new(machine, rows, columns)?),
        ("rotary", &[batch, length, heads, head], []) => {
            Box::new(RotaryCase::<T>::new(machine, [batch, length, heads, head])?)
        }
        (
            "flash_attention" | "portable_attention" | "described_attention",
            &[batch, heads, length, head],
            [] | ["causal"],
        ) => {
            let which = match operation {
                "portable_attention" => Which::Portable,
                "described_attention" => Which::Described,
                _ => Which::Fastest,
            };
            let sizes = Sizes { batch, heads, length, head };
            Box::new(AttentionCase::<T>::new(machine, sizes, !flag.is_empty(), which)?)
        }
        ("decode_attention", &[sequences, heads, length], [] | ["even"]) => {
            let sizes = decode::Sizes { sequences, heads, length };
            Box::new(DecodeCase::<T>::new(machine, sizes, !flag.is_empty())?)
        }
        ("decode_block", &[sequences, heads, length, inner], [] | ["graph"]) => {
            let sizes = block::decode::Sizes { cache: decode::Sizes { sequences, heads, length }, inner };
            let block = DecodeBlock::<T>::new(machine, sizes, true)?;
            match machine {
                _ if flag.is_empty() => Box::new(block),
                Machine::Gpu(gpu) => Box::new(block::decode::Replayed::new(gpu, block)?),
                // There are no graphs.
                Machine::Cpu => return Ok(None),
            }
        }
        ("linear", &[rows, outputs, inputs], [] | ["residual"]) => {
            Box::new(LinearCase::<T>::new(machine, [rows, outputs, inputs], !flag.is_empty())?)
        }
        ("block", &[batch, length, heads, head, inner], [] | ["graph"]) => {
            let block = Block::<T>::new(machine, block::Sizes { batch, length, heads, head, inner })?;
            match machine {
                _ if flag.is_empty() => Box::new(block),
                Machine::Gpu(gpu) => Box::new(Replayed::new(gpu, block)?),
                // There are no graphs.
                Machine::Cpu => return Ok(None),
            }
        }
        _ => return Ok(None),
    }))
}
