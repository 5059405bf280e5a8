//! A recorded launch: kernel, grid, arguments, and buffers before and after.

use std::path::Path;

use serde_json::Value;
use triton_runner_interpreter::numbers::format::Format;
use triton_runner_interpreter::{Argument, TensorDescriptor};

use triton_runner_interpreter::numbers::compare::{Difference, compare};

/// One launch.
pub(crate) struct Recording {
    pub(crate) kernel: String,
    pub(crate) grid: [u32; 3],
    pub(crate) arguments: Vec<Argument>,
    /// Whether products and sums were contracted.
    pub(crate) contract: bool,
    pub(crate) warps: u32,
    buffers: Vec<Recorded>,
}

struct Recorded {
    name: String,
    format: Option<Format>,
    before: std::ops::Range<usize>,
    after: std::ops::Range<usize>,
}

impl Recording {
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>, String> {
        let path = folder.join("launches.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let list: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let launches = list.as_array().ok_or_else(|| format!("{}: expected a list", path.display()))?;
        let read = |(index, launch)| {
            let at = |problem| format!("{}: launch {index}: {problem}", path.display());
            Self::read(folder, launch).map_err(at)
        };
        launches.iter().enumerate().map(read).collect()
    }

    fn read(folder: &Path, launch: &Value) -> Result<Self, String> {
        let kernel = launch["kernel"].as_str().ok_or("no `kernel`")?.to_owned();
        let size = |axis: usize| launch["grid"].get(axis).and_then(Value::as_u64).unwrap_or(1) as u32;
        let mut buffers = Vec::new();
        for buffer in launch["bufs"].as_array().ok_or("no `bufs`")? {
            let range = |key: &str| {
                let start = buffer[key].get(0).and_then(Value::as_u64).ok_or("a buffer without bytes")? as usize;
                let len = buffer[key].get(1).and_then(Value::as_u64).ok_or("a buffer without bytes")? as usize;
                Ok::<_, String>(start..start + len)
            };
            let (before, after) = (range("before")?, range("after")?);
            buffers.push(Recorded { name: String::new(), format: None, before, after });
        }
        let mut arguments = Vec::new();
        for argument in launch["args"].as_array().ok_or("no `args`")? {
            let name = argument["name"].as_str().ok_or("an argument without a name")?;
            if let Some(index) = argument["buf"].as_u64()
                && let Some(buffer) = buffers.get_mut(index as usize)
                && buffer.format.is_none()
            {
                buffer.name = name.to_owned();
                buffer.format = argument["dtype"].as_str().and_then(format);
            }
            // What is folded into the kernel is no argument any more.
            if launch["sig"][name] == "constexpr" {
                continue;
            }
            arguments.push(read_argument(argument).map_err(|problem| format!("argument `{name}`: {problem}"))?);
        }
        let path = folder.join("kernels").join(format!("{kernel}.json"));
        let metadata: Value = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(|text| serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display())))?;
        let contract = metadata["enable_fp_fusion"].as_bool().unwrap_or(true);
        let warps = metadata["num_warps"].as_u64().unwrap_or(4) as u32;
        Ok(Self { kernel, grid: [size(0), size(1), size(2)], arguments, contract, warps, buffers })
    }

    /// Copies of the buffers as they were.
    pub(crate) fn before(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let part = |range: &std::ops::Range<usize>| bytes.get(range.clone()).ok_or("the file of buffers is too short");
        Ok(self.buffers.iter().map(|buffer| part(&buffer.before).map(<[u8]>::to_vec)).collect::<Result<_, _>>()?)
    }

    /// The buffers against what a GPU left there.
    pub(crate) fn compare(&self, found: &[Vec<u8>], bytes: &[u8]) -> Result<Vec<Difference>, String> {
        let compare_one = |(buffer, found): (&Recorded, &Vec<u8>)| {
            let expected = bytes.get(buffer.after.clone()).ok_or("the file of buffers is too short")?;
            Ok(compare(&buffer.name, buffer.format, found, expected))
        };
        self.buffers.iter().zip(found).map(compare_one).collect()
    }
}

fn read_argument(argument: &Value) -> Result<Argument, String> {
    let place = || {
        let buffer = argument["buf"].as_u64().ok_or("no `buf`")? as usize;
        Ok::<_, String>((buffer, argument["off"].as_i64().unwrap_or(0)))
    };
    let list = |key: &str| -> Result<Vec<i64>, String> {
        let list = argument[key].as_array().ok_or_else(|| format!("no `{key}`"))?;
        list.iter().map(|number| number.as_i64().ok_or_else(|| format!("`{key}` isn't of integers"))).collect()
    };
    Ok(match argument["kind"].as_str() {
        Some("ptr") => {
            let (buffer, offset) = place()?;
            Argument::Pointer { buffer, offset }
        }
        Some("desc") => {
            let (buffer, offset) = place()?;
            let pad_with_nan = argument["padding"].as_str() == Some("nan");
            Argument::Descriptor(TensorDescriptor {
                buffer,
                offset,
                shape: list("shape")?,
                strides: list("strides")?,
                pad_with_nan,
                round_to_tf32: false,
            })
        }
        Some("num") => match &argument["value"] {
            Value::Bool(value) => Argument::Integer(i128::from(*value)),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), ..) if !number.is_f64() => Argument::Integer(value.into()),
                (_, Some(value), _) if !number.is_f64() => Argument::Integer(value.into()),
                (.., Some(value)) => Argument::Float(value),
                _ => return Err(format!("{number} is no number that a kernel takes")),
            },
            // JSON has no word for them.
            Value::String(text) => Argument::Float(text.parse().map_err(|_| format!("`{text}` is no number"))?),
            other => return Err(format!("{other} is no number")),
        },
        Some("none") => Argument::Null,
        other => return Err(format!("kind {other:?} is not known")),
    })
}

fn format(torch: &str) -> Option<Format> {
    Some(match torch.strip_prefix("torch.")? {
        "bool" => Format::I1,
        "int8" | "uint8" => Format::I8,
        "int16" | "uint16" => Format::I16,
        "int32" | "uint32" => Format::I32,
        "int64" | "uint64" => Format::I64,
        "float16" | "half" => Format::F16,
        "bfloat16" => Format::Bf16,
        "float32" | "float" => Format::F32,
        "float64" | "double" => Format::F64,
        "float8_e4m3fn" => Format::F8E4M3Fn,
        "float8_e5m2" => Format::F8E5M2,
        "float8_e4m3fnuz" => Format::F8E4M3Fnuz,
        "float8_e5m2fnuz" => Format::F8E5M2Fnuz,
        _ => return None,
    })
}
