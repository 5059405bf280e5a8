//! A recorded launch: kernel, grid, arguments, and buffers before and after.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;
use triton_runner_interpreter::numbers::compare::{Difference, compare};
use triton_runner_interpreter::numbers::format::Format;

use super::given::Given;

/// One launch.
#[derive(Debug)]
pub(super) struct Launch {
    /// The stem of the kernel's files.
    pub(super) kernel: String,
    pub(super) grid: [u32; 3],
    /// By name, in the kernel's order.
    pub(super) arguments: Vec<(String, Given)>,
    pub(super) buffers: Vec<Buffer>,
    /// What its TTIR is, and what its text doesn't say.
    pub(super) ttir: PathBuf,
    /// There is TTGIR alone.
    pub(super) is_gluon: bool,
    pub(super) num_warps: u32,
    pub(super) fp_fusion: bool,
}

/// A piece of memory.
#[derive(Debug)]
pub(super) struct Buffer {
    /// The first argument that points into it.
    name: String,
    format: Option<Format>,
    before: String,
    after: String,
    pub(super) bytes: usize,
    /// Addresses that lie in it.
    pub(super) pointers: Vec<Pointer>,
}

/// An address in memory: where it lies, and where it points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pointer {
    at: usize,
    buffer: usize,
    offset: i64,
}

/// The buffers of a launch, before it and after it.
pub(super) struct Contents<'a> {
    pub(super) before: Vec<Vec<u8>>,
    after: Vec<&'a [u8]>,
}

impl Launch {
    /// Reads an entry of `launches.json`; `kernels` is the folder with the kernels.
    pub(super) fn read(kernels: &Path, value: &Value) -> Result<Self, String> {
        let kernel = value["kernel"].as_str().ok_or("no `kernel`")?.to_owned();
        let json = metadata(kernels, &kernel);
        let text = std::fs::read_to_string(&json).map_err(|error| {
            format!("`{}`, of its kernel: {error}; record again, or remove this recording", json.display())
        })?;
        let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("`{}`: {error}", json.display()))?;
        let axis = |axis: usize| {
            let size = value["grid"].get(axis).and_then(Value::as_u64).ok_or("no `grid`")?;
            u32::try_from(size).map_err(|_| format!("a grid of {size} programs"))
        };
        let grid = [axis(0)?, axis(1)?, axis(2)?];
        let mut buffers =
            value["bufs"].as_array().ok_or("no `bufs`")?.iter().map(Buffer::read).collect::<Result<Vec<_>, _>>()?;
        let mut arguments = Vec::new();
        for entry in value["args"].as_array().ok_or("no `args`")?.iter().filter_map(Value::as_object) {
            let name = entry.get("name").and_then(Value::as_str).ok_or("an argument without a name")?;
            let ty = metadata["signature"].as_array().into_iter().flatten().find(|one| one["name"] == name);
            let ty = ty
                .and_then(|one| one["type"].as_str())
                .ok_or_else(|| format!("`{}` has no argument `{name}`", json.display()))?;
            let is_float = ty.starts_with("fp") || ty.starts_with("bf");
            let given = Given::read(entry, is_float).map_err(|why| format!("argument `{name}`: {why}"))?;
            if let Given::Pointer { buffer, .. } | Given::Tensor { buffer, .. } = &given {
                let buffer =
                    buffers.get_mut(*buffer).ok_or_else(|| format!("argument `{name}`: no buffer {buffer}"))?;
                if buffer.name.is_empty() {
                    name.clone_into(&mut buffer.name);
                }
            }
            arguments.push((name.to_owned(), given));
        }
        let count = buffers.len();
        if buffers.iter().flat_map(|buffer| &buffer.pointers).any(|pointer| pointer.buffer >= count) {
            return Err("an address points to no buffer".to_owned());
        }
        Ok(Self {
            ttir: kernels.join(format!("{kernel}.ttir")),
            is_gluon: metadata["sha256"]["ttgir"].is_string() && metadata["sha256"]["ttir"].is_null(),
            num_warps: metadata["num_warps"].as_u64().and_then(|warps| warps.try_into().ok()).unwrap_or(4),
            fp_fusion: metadata["enable_fp_fusion"].as_bool().unwrap_or(true),
            kernel,
            grid,
            arguments,
            buffers,
        })
    }

    /// Takes the buffers out of a recording's file.
    pub(super) fn contents<'a>(&self, file: &'a SafeTensors<'a>) -> Result<Contents<'a>, String> {
        let bytes = |buffer: &Buffer, name: &str| match file.tensor(name).map(|tensor| tensor.data()) {
            Ok(bytes) if bytes.len() == buffer.bytes => Ok(bytes),
            Ok(bytes) => {
                Err(format!("the buffer of `{}` has {} bytes, not {}", buffer.name, bytes.len(), buffer.bytes))
            }
            Err(error) => Err(format!("the buffer of `{}` is not recorded: {error}", buffer.name)),
        };
        let before = self.buffers.iter().map(|buffer| Ok(bytes(buffer, &buffer.before)?.to_vec()));
        let before = before.collect::<Result<Vec<_>, String>>()?;
        let after = self.buffers.iter().map(|buffer| bytes(buffer, &buffer.after)).collect::<Result<Vec<_>, _>>()?;
        Ok(Contents { before, after })
    }

    /// The argument of this name.
    pub(super) fn argument(&self, name: &str) -> Option<&Given> {
        self.arguments.iter().find(|(other, _)| other == name).map(|(_, given)| given)
    }
}

/// The JSON of a kernel, or of Gluon's, which is for one architecture.
fn metadata(kernels: &Path, kernel: &str) -> PathBuf {
    let json = kernels.join(format!("{kernel}.json"));
    let of_arch = || {
        let mut files = std::fs::read_dir(kernels).ok()?.flatten().map(|file| file.path());
        files.find(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix(kernel).is_some_and(|rest| rest.starts_with(".sm_") && rest.ends_with(".json"))
        })
    };
    if json.exists() { json } else { of_arch().unwrap_or(json) }
}

impl Contents<'_> {
    /// Puts the addresses of this replay in the place of those that the program had.
    pub(super) fn relocate(&mut self, launch: &Launch, address_of: impl Fn(usize) -> u64) {
        for (buffer, bytes) in launch.buffers.iter().zip(&mut self.before) {
            for pointer in &buffer.pointers {
                pointer.write(bytes, &address_of);
            }
        }
    }

    /// Compares what is there now with what Python got.
    pub(super) fn compare(
        &self,
        launch: &Launch,
        found: &[Vec<u8>],
        address_of: impl Fn(usize) -> u64,
    ) -> Vec<Difference> {
        let pairs = launch.buffers.iter().zip(found).zip(&self.after);
        let compare_one = |((buffer, found), after): ((&Buffer, &Vec<u8>), &&[u8])| {
            if buffer.pointers.is_empty() || buffer.before != buffer.after {
                return compare(&buffer.name, buffer.format, found, after);
            }
            let mut expected = after.to_vec();
            buffer.pointers.iter().for_each(|pointer| pointer.write(&mut expected, &address_of));
            compare(&buffer.name, buffer.format, found, &expected)
        };
        pairs.map(compare_one).collect()
    }
}

impl Pointer {
    fn write(&self, bytes: &mut [u8], address_of: &impl Fn(usize) -> u64) {
        let address = address_of(self.buffer).wrapping_add_signed(self.offset);
        if let Some(place) = bytes.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut()) {
            *place = address.to_le_bytes();
        }
    }
}

impl Buffer {
    fn read(value: &Value) -> Result<Self, String> {
        let name =
            |key: &str| value[key].as_str().map(str::to_owned).ok_or_else(|| format!("a buffer without `{key}`"));
        let mut pointers = Vec::new();
        for pointer in value["pointers"].as_array().into_iter().flatten() {
            let number = |index: usize| pointer.get(index).and_then(Value::as_i64).ok_or("an address without a place");
            pointers.push(Pointer { at: number(0)? as usize, buffer: number(1)? as usize, offset: number(2)? });
        }
        Ok(Self {
            name: String::new(),
            format: value["dtype"].as_str().and_then(format),
            before: name("before")?,
            after: name("after")?,
            bytes: value["bytes"].as_u64().ok_or("a buffer without `bytes`")? as usize,
            pointers,
        })
    }
}

/// By torch's name.
fn format(dtype: &str) -> Option<Format> {
    Some(match dtype {
        "bool" => Format::I1,
        "int8" | "uint8" => Format::I8,
        "int16" | "uint16" => Format::I16,
        "int32" | "uint32" => Format::I32,
        "int64" | "uint64" => Format::I64,
        "float16" => Format::F16,
        "bfloat16" => Format::Bf16,
        "float32" => Format::F32,
        "float64" => Format::F64,
        "float8_e4m3fn" => Format::F8E4M3Fn,
        "float8_e5m2" => Format::F8E5M2,
        _ => return None,
    })
}
