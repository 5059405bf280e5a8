//! Recorded launches as files: a list of them, and the bytes of all buffers, each content once.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Map, Value, json};

use super::family::Function;
use super::front;
use crate::cli::Result;

/// `launches.json`, and `buffers.safetensors` beside it.
pub(super) struct Launches {
    pub(super) list: String,
    pub(super) buffers: Vec<u8>,
    /// How many there are.
    pub(super) count: usize,
}

/// Those of these kernels; `None` where none was recorded.
pub(super) fn of(functions: &[Function], spool: &Path) -> Result<Option<Launches>> {
    let mut list = Vec::new();
    let mut contents = BTreeMap::new();
    for member in functions.iter().flat_map(Function::members) {
        for launch in &member.kernel.recorded {
            for buffer in &launch.bufs {
                keep(buffer, spool, &mut contents)
                    .map_err(|error| format!("a launch of `{}`: {error}", member.stem))?;
            }
            list.push(json!({
                "kernel": member.stem, "grid": launch.grid, "args": launch.args, "bufs": launch.bufs,
            }));
        }
    }
    if list.is_empty() {
        return Ok(None);
    }
    let views = contents.iter().map(|(name, (dtype, bytes))| {
        let view = TensorView::new(*dtype, vec![bytes.len() * 8 / dtype.bitsize()], bytes)?;
        Ok((name.as_str(), view))
    });
    let views = views.collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()?;
    let buffers = safetensors::serialize(views, None)?;
    let count = list.len();
    // A line for each launch.
    let lines: Vec<_> = list.iter().map(Value::to_string).collect();
    Ok(Some(Launches { list: format!("[\n{}\n]\n", lines.join(",\n")), buffers, count }))
}

/// What a buffer held, before the launch and after it.
fn keep(buffer: &Map<String, Value>, spool: &Path, contents: &mut BTreeMap<String, (Dtype, Vec<u8>)>) -> Result {
    for moment in ["before", "after"] {
        let name = buffer.get(moment).and_then(Value::as_str).unwrap_or_default();
        // It becomes part of a path.
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("`{name}` names no buffer").into());
        }
        if contents.contains_key(name) {
            continue;
        }
        let path = spool.join(front::BUFFERS).join(name);
        let bytes = std::fs::read(&path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?;
        let ty = buffer.get("dtype").and_then(Value::as_str).map_or(Dtype::U8, dtype);
        let fits = !bytes.is_empty() && (bytes.len() * 8).is_multiple_of(ty.bitsize());
        contents.insert(name.to_owned(), (if fits { ty } else { Dtype::U8 }, bytes));
    }
    Ok(())
}

/// torch's name of an element type.
fn dtype(name: &str) -> Dtype {
    match name {
        "bool" => Dtype::BOOL,
        "int8" => Dtype::I8,
        "int16" => Dtype::I16,
        "uint16" => Dtype::U16,
        "int32" => Dtype::I32,
        "uint32" => Dtype::U32,
        "int64" => Dtype::I64,
        "uint64" => Dtype::U64,
        "float16" => Dtype::F16,
        "bfloat16" => Dtype::BF16,
        "float32" => Dtype::F32,
        "float64" => Dtype::F64,
        "float8_e4m3fn" => Dtype::F8_E4M3,
        "float8_e5m2" => Dtype::F8_E5M2,
        _ => Dtype::U8,
    }
}
