//! The records of `.nv.info` and `.nv.info.NAME` (`EIATTR`).
//!
//! A record is a format byte, a code byte and two bytes: nothing (format 1), a byte (2), a number (3), or the size of
//! the bytes that follow (4).

use std::collections::HashMap;

use super::CubinError;

/// Codes of the records that are looked at.
mod code {
    pub(super) const MAX_THREADS: u8 = 0x05;
    pub(super) const PARAM_CBANK: u8 = 0x0a;
    pub(super) const REQNTID: u8 = 0x10;
    pub(super) const FRAME_SIZE: u8 = 0x11;
    pub(super) const MIN_STACK_SIZE: u8 = 0x12;
    pub(super) const KPARAM_INFO: u8 = 0x17;
    pub(super) const CBANK_PARAM_SIZE: u8 = 0x19;
    pub(super) const REGCOUNT: u8 = 0x2f;
    pub(super) const CTA_PER_CLUSTER: u8 = 0x3d;
}

/// A record.
pub(super) struct Record<'a> {
    pub(super) code: u8,
    format: u8,
    /// Of format 2 and 3.
    value: u16,
    /// Of format 4.
    payload: &'a [u8],
}

impl Record<'_> {
    /// The number of a record of format 2 or 3.
    pub(super) fn number(&self) -> Option<u16> {
        match self.format {
            2 => Some(self.value & 0xff),
            3 => Some(self.value),
            _ => None,
        }
    }

    fn words<const N: usize>(&self) -> Option<[u32; N]> {
        let (words, []) = self.payload.as_chunks::<4>() else { return None };
        let words: Vec<_> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        words.try_into().ok()
    }
}

/// Calls `f` with each record.
pub(super) fn each<'a>(
    of: &str,
    bytes: &'a [u8],
    mut f: impl FnMut(Record<'a>) -> Result<(), &'static str>,
) -> Result<(), CubinError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let position = bytes.len() - rest.len();
        let error = |problem| CubinError::Record { of: of.to_owned(), position, problem };
        let ([format, code, low, high], after) =
            rest.split_first_chunk().ok_or(error("the section ends inside a record"))?;
        let value = u16::from_le_bytes([*low, *high]);
        let size = match format {
            1..=3 => 0,
            4 => usize::from(value),
            _ => return Err(error("a record of an unknown format")),
        };
        let (payload, after) = after.split_at_checked(size).ok_or(error("the section ends inside a record"))?;
        rest = after;
        f(Record { code: *code, format: *format, value, payload }).map_err(error)?;
    }
    Ok(())
}

/// One parameter as its record has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KernelParam {
    pub(super) ordinal: u16,
    pub(super) offset: u16,
    pub(super) size: u32,
    /// Marked `.ptr`, to global memory or to no particular space.
    pub(super) pointer: bool,
}

/// What the records of one section say.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) params: Vec<KernelParam>,
    /// Where in constant memory the parameters start.
    pub(super) param_base: Option<u16>,
    /// Bytes of all parameters.
    pub(super) param_bytes: Option<u16>,
    pub(super) required_block: Option<[u32; 3]>,
    pub(super) max_block: Option<[u32; 3]>,
    pub(super) cluster: Option<[u32; 3]>,
    /// By index of the function's symbol.
    pub(super) register_counts: HashMap<u32, u32>,
    pub(super) frame_sizes: HashMap<u32, u32>,
    pub(super) stack_sizes: HashMap<u32, u32>,
}

pub(super) fn read(of: &str, bytes: &[u8]) -> Result<Records, CubinError> {
    let mut records = Records::default();
    each(of, bytes, |record| records.add(&record))?;
    Ok(records)
}

impl Records {
    fn add(&mut self, record: &Record<'_>) -> Result<(), &'static str> {
        const SIZE: &str = "a record of the wrong size";
        match record.code {
            code::KPARAM_INFO => {
                let [_index, place, kind] = record.words().ok_or(SIZE)?;
                self.params.push(KernelParam {
                    ordinal: (place & 0xffff) as u16,
                    offset: (place >> 16) as u16,
                    size: kind >> 18,
                    pointer: matches!((kind >> 8) & 0xf, 4 | 5),
                });
            }
            code::PARAM_CBANK => {
                let [_symbol, place] = record.words().ok_or(SIZE)?;
                self.param_base = Some((place & 0xffff) as u16);
            }
            code::CBANK_PARAM_SIZE => self.param_bytes = Some(record.number().ok_or(SIZE)?),
            code::REQNTID => self.required_block = Some(record.words().ok_or(SIZE)?),
            code::MAX_THREADS => self.max_block = Some(record.words().ok_or(SIZE)?),
            code::CTA_PER_CLUSTER => self.cluster = Some(record.words().ok_or(SIZE)?),
            code::REGCOUNT => insert(&mut self.register_counts, record.words().ok_or(SIZE)?),
            code::FRAME_SIZE => insert(&mut self.frame_sizes, record.words().ok_or(SIZE)?),
            code::MIN_STACK_SIZE => insert(&mut self.stack_sizes, record.words().ok_or(SIZE)?),
            _ => {}
        }
        Ok(())
    }
}

/// Some records are there twice; they say the same.
fn insert(map: &mut HashMap<u32, u32>, [symbol, value]: [u32; 2]) {
    let slot = map.entry(symbol).or_default();
    *slot = value.max(*slot);
}
