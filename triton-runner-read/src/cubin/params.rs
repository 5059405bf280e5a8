//! A kernel's parameters from their records.

use super::CubinError;
use super::info::Records;
use crate::entry::Param;

/// The largest alignment of a parameter: that of a `CUtensorMap`, which some compilers take for 128.
const MAX_ALIGN: u32 = 128;

/// Puts the parameters into their order and checks that nothing is missing between them.
///
/// The compiler aligns each parameter's address in constant memory, and the block's start there (0x160, 0x210 or 0x380,
/// by architecture) need not be a multiple of 64: a `CUtensorMap` that comes first is at offset 48 of its block on
/// sm_90. The offsets given here are those of a block that starts at 0.
pub(super) fn place(name: &str, records: &Records) -> Result<Vec<Param>, CubinError> {
    let error = |problem: String| CubinError::Params { name: name.to_owned(), problem };
    let mut params = records.params.clone();
    params.sort_by_key(|param| param.ordinal);
    let base = u32::from(records.param_base.unwrap_or(0));
    let mut address = base;
    let mut end = 0_u32;
    let mut placed = Vec::new();
    for (ordinal, param) in params.iter().enumerate() {
        if usize::from(param.ordinal) != ordinal {
            let problem = if usize::from(param.ordinal) < ordinal { "is there twice" } else { "comes after a gap" };
            return Err(error(format!("parameter {} {problem}", param.ordinal)));
        }
        if param.size == 0 {
            return Err(error(format!("parameter {ordinal} has no size")));
        }
        let found = base + u32::from(param.offset);
        let align = alignment(address, found, param.size).ok_or_else(|| {
            error(format!("parameter {ordinal} is at offset {}, which leaves a gap or an overlap", param.offset))
        })?;
        let offset = end.next_multiple_of(align);
        address = found + param.size;
        end = offset + param.size;
        placed.push(Param { offset, size: param.size, pointer: param.pointer });
    }
    match records.param_bytes {
        Some(bytes) if u32::from(bytes) != address - base => {
            Err(error(format!("they end at {}, but have {bytes} bytes", address - base)))
        }
        None if !params.is_empty() => Err(error("there is no record of their size".to_owned())),
        _ => Ok(placed),
    }
}

/// The alignment that puts something of this size to `found` if `free` is the first free address.
fn alignment(free: u32, found: u32, size: u32) -> Option<u32> {
    let least = (0..=MAX_ALIGN.ilog2()).map(|log| 1 << log).find(|&align| free.next_multiple_of(align) == found)?;
    // Where there is no gap, all smaller alignments explain the place; values have that of their size.
    let natural = match size {
        1 | 2 | 4 | 8 | 16 => size,
        128 => 64,
        _ => 1,
    };
    Some(if found.is_multiple_of(natural) { least.max(natural) } else { least })
}
