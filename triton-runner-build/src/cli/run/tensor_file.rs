//! Tensors in files: `.npy`, read and written, and safetensors, read.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use npyz::{NpyFile, TypeStr, WriterBuilder as _};
use safetensors::{Dtype, SafeTensors};
use triton_runner_interpreter::numbers::format::{Class, Format};

use super::tensor::Memory;

type Reason = Box<dyn std::error::Error>;

/// A tensor of a file.
pub(super) fn read(path: &Path, tensor: Option<&str>) -> Result<Memory, Reason> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => read_npy(path),
        _ => read_safetensors(path, tensor),
    }
}

fn read_npy(path: &Path) -> Result<Memory, Reason> {
    let npy = NpyFile::new(BufReader::new(File::open(path)?))?;
    let npyz::DType::Plain(ty) = npy.dtype() else { return Err("it holds records, not numbers".into()) };
    let format = match ty.to_string().trim_start_matches(['<', '|', '=']) {
        "f2" => Format::F16,
        "f4" => Format::F32,
        "f8" => Format::F64,
        "b1" => Format::I1,
        "i1" | "u1" => Format::I8,
        "i2" | "u2" => Format::I16,
        "i4" | "u4" => Format::I32,
        "i8" | "u8" => Format::I64,
        other => {
            return Err(
                format!("its numbers are `{other}`; known are f2, f4, f8, b1 and integers, little-endian").into()
            );
        }
    };
    if npy.order() == npyz::Order::Fortran && npy.shape().len() > 1 {
        return Err("it is stored column by column; save it with numpy.ascontiguousarray".into());
    }
    let shape: Vec<usize> = npy.shape().iter().map(|size| *size as usize).collect();
    let count = shape.iter().try_fold(format.bytes(), |bytes, size| bytes.checked_mul(*size));
    let count = count.ok_or("its shape is larger than any file")?;
    // What is behind the header, whatever its type.
    let mut bytes = Vec::new();
    npy.into_inner().read_to_end(&mut bytes)?;
    if bytes.len() != count {
        return Err(format!("it holds {} bytes of numbers, and its shape says {count}", bytes.len()).into());
    }
    Ok(Memory { bytes, format, shape, fresh: false })
}

fn read_safetensors(path: &Path, tensor: Option<&str>) -> Result<Memory, Reason> {
    let file = std::fs::read(path)?;
    let tensors = SafeTensors::deserialize(&file)?;
    let names: Vec<&str> = tensors.names();
    let name = match (tensor, &names[..]) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, _) => {
            return Err(format!("it has {} tensors; name one behind a colon: {}", names.len(), names.join(", ")).into());
        }
    };
    let view =
        tensors.tensor(name).map_err(|_| format!("it has no tensor `{name}`; there are {}", names.join(", ")))?;
    let format = match view.dtype() {
        Dtype::BOOL => Format::I1,
        Dtype::U8 | Dtype::I8 => Format::I8,
        Dtype::U16 | Dtype::I16 => Format::I16,
        Dtype::U32 | Dtype::I32 => Format::I32,
        Dtype::U64 | Dtype::I64 => Format::I64,
        Dtype::F16 => Format::F16,
        Dtype::BF16 => Format::Bf16,
        Dtype::F32 => Format::F32,
        Dtype::F64 => Format::F64,
        Dtype::F8_E4M3 => Format::F8E4M3Fn,
        Dtype::F8_E5M2 => Format::F8E5M2,
        other => return Err(format!("its numbers are {other:?}, which no kernel has").into()),
    };
    Ok(Memory { bytes: view.data().to_vec(), format, shape: view.shape().to_vec(), fresh: false })
}

/// Writes memory as `.npy`, whole or not at all. Formats that numpy doesn't have are written as integers of their bits.
pub(super) fn write(path: &Path, memory: &Memory) -> Result<(), Reason> {
    let ty = match (memory.format, memory.format.class()) {
        (Format::F16, _) => "<f2",
        (Format::F32, _) => "<f4",
        (Format::F64, _) => "<f8",
        (Format::I1, _) => "|b1",
        (Format::I8, _) => "|i1",
        (Format::I16, _) => "<i2",
        (Format::I32, _) => "<i4",
        (_, Class::I64) => "<i8",
        (other, _) if other.bytes() == 2 => "<u2",
        _ => "|u1",
    };
    let ty: TypeStr = ty.parse()?;
    let shape: Vec<u64> = memory.shape.iter().map(|size| *size as u64).collect();
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new_header_only().dtype(npyz::DType::Plain(ty)).shape(&shape);
    options.writer(&mut bytes).write_header_only()?;
    bytes.extend_from_slice(&memory.bytes);
    Ok(crate::fs::write::write(path, &bytes)?)
}
