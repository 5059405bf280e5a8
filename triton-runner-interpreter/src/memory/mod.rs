//! Memory of a launch: buffers of the caller at virtual addresses.
//!
//! An address names its buffer, also past its end and before its start, so nothing outside the buffers is ever touched
//! and a pointer that a kernel stores and loads again is still checked. Buffers that may be written are cut into
//! stripes, each behind a lock: programs run in parallel, and what is a race of the kernel is none of Rust's.

mod cursor;
mod written;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use cursor::Cursor;
pub(crate) use written::Written;

use crate::numbers::format::Format;

/// Bits of an address below the buffer's number.
const OFFSET_BITS: u32 = 43;
/// Where a buffer starts in its part of the addresses: pointers may go as far in both directions.
const START: i64 = 1 << (OFFSET_BITS - 1);
/// More buffers than this don't fit into positive addresses.
const MAX_BUFFERS: usize = 1 << (62 - OFFSET_BITS);
/// Bytes of a stripe; addresses of stripes are multiples of it.
const STRIPE: usize = 1 << 14;

/// All buffers of a launch.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    buffers: Vec<Buffer<'a>>,
    /// What was never written may be read.
    lenient: bool,
}

/// One allocation.
#[derive(Debug)]
struct Buffer<'a> {
    len: usize,
    /// The address of its first byte modulo `STRIPE`.
    misaligned: usize,
    bytes: Bytes<'a>,
}

#[derive(Debug)]
enum Bytes<'a> {
    Read(&'a [u8]),
    Write(Vec<Mutex<Stripe<'a>>>),
}

/// A part of a buffer that is locked as a whole.
#[derive(Debug)]
struct Stripe<'a> {
    bytes: &'a mut [u8],
    /// Which bytes hold a value, for buffers that were given without.
    written: Option<Written>,
}

/// What a launch gives.
#[derive(Debug)]
pub(crate) enum Given<'a> {
    Read(&'a [u8]),
    Write(&'a mut [u8]),
    /// Nothing was written to it yet.
    Uninitialized(&'a mut [u8]),
}

/// A buffer's name and elements, by an argument that points to it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) format: Format,
}

/// A tensor in memory, as tensor descriptors describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) base: i64,
    /// Elements of each dimension.
    pub(crate) shape: Vec<i64>,
    /// Elements between neighbours of each dimension.
    pub(crate) strides: Vec<i64>,
    /// What is loaded outside the shape: NaN instead of 0.
    pub(crate) nan: bool,
    /// Loaded f32 numbers are rounded to tf32.
    pub(crate) tf32: bool,
}

/// Why memory can't be accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No buffer is there: null, or an integer that never was a pointer.
    Nowhere { address: i64 },
    /// Before the start or past the end of a buffer.
    Outside { buffer: usize, offset: i64, bytes: usize, len: usize },
    /// Not at a multiple of the element's size.
    Misaligned { address: i64, bytes: usize },
    /// A write to what was given to be read.
    ReadOnly { buffer: usize, offset: i64 },
    /// A read of what was never written.
    Uninitialized { buffer: usize, offset: i64 },
}

impl<'a> Memory<'a> {
    /// Buffers with how far each is from an address that is aligned to anything; `None` if there are too many or one is
    /// too large.
    pub(crate) fn new(buffers: Vec<(Given<'a>, usize)>, lenient: bool) -> Option<Self> {
        if buffers.len() >= MAX_BUFFERS {
            return None;
        }
        let buffers = buffers.into_iter().map(|(given, misaligned)| Buffer::new(given, misaligned % STRIPE));
        let buffers: Vec<_> = buffers.collect();
        buffers.iter().all(|buffer| (buffer.len as u64) < START as u64 / 2).then_some(Self { buffers, lenient })
    }

    /// The address that a buffer's first byte will have.
    pub(crate) fn address_of(buffer: usize, misaligned: usize) -> i64 {
        let number = buffer.min(MAX_BUFFERS) as i64 + 1;
        (number << OFFSET_BITS) + START + (misaligned % STRIPE) as i64
    }

    /// The buffer that an address belongs to, and how far from its first byte it is.
    pub(crate) fn locate(&self, address: i64) -> Option<(usize, i64)> {
        let buffer = usize::try_from(address >> OFFSET_BITS).ok()?.checked_sub(1)?;
        let found = self.buffers.get(buffer)?;
        let offset = (address & ((1 << OFFSET_BITS) - 1)) - START - found.misaligned as i64;
        Some((buffer, offset))
    }

    /// Where `bytes` bytes at an address are, if all of them are in a buffer.
    fn find(&self, address: i64, bytes: usize, align: usize) -> Result<(usize, usize), Fault> {
        let (buffer, offset) = self.locate(address).ok_or(Fault::Nowhere { address })?;
        let len = self.buffers[buffer].len;
        let fits = usize::try_from(offset).is_ok_and(|start| start.checked_add(bytes).is_some_and(|end| end <= len));
        if !fits {
            return Err(Fault::Outside { buffer, offset, bytes, len });
        }
        if address % align as i64 != 0 {
            return Err(Fault::Misaligned { address, bytes: align });
        }
        Ok((buffer, offset as usize))
    }

    /// Whether a row of elements of `size` bytes may be written.
    pub(crate) fn can_write(&self, address: i64, size: usize, count: usize) -> bool {
        let found = self.find(address, size * count, size);
        found.is_ok_and(|(buffer, _)| matches!(self.buffers[buffer].bytes, Bytes::Write(_)))
    }

    /// Bytes of a buffer.
    pub(crate) fn len(&self, buffer: usize) -> usize {
        self.buffers.get(buffer).map_or(0, |buffer| buffer.len)
    }

    /// How many buffers there are.
    pub(crate) fn count(&self) -> usize {
        self.buffers.len()
    }

    /// Of a buffer that was given without values: the first byte that has none still, and how many have none.
    pub(crate) fn unwritten(&self, buffer: usize) -> Option<(usize, usize)> {
        let Bytes::Write(stripes) = &self.buffers.get(buffer)?.bytes else { return None };
        let (mut start, mut first, mut count) = (0, None, 0);
        for stripe in stripes {
            let stripe = lock(stripe);
            let len = stripe.bytes.len();
            if let Some(written) = &stripe.written {
                first = first.or_else(|| Some(start + written.first_gap(0, len)?));
                count += written.gaps(len);
            }
            start += len;
        }
        Some((first?, count))
    }
}

impl<'a> Buffer<'a> {
    fn new(given: Given<'a>, misaligned: usize) -> Self {
        let (bytes, is_initialized) = match given {
            Given::Read(bytes) => return Self { len: bytes.len(), misaligned, bytes: Bytes::Read(bytes) },
            Given::Write(bytes) => (bytes, true),
            Given::Uninitialized(bytes) => (bytes, false),
        };
        let len = bytes.len();
        // The first stripe is shorter, so that elements never lie across two of them.
        let (first, rest) = bytes.split_at_mut(len.min(STRIPE - misaligned));
        let stripes = std::iter::once(first).chain(rest.chunks_mut(STRIPE)).map(|bytes| {
            let written = (!is_initialized).then(|| Written::none(bytes.len()));
            Mutex::new(Stripe { bytes, written })
        });
        Self { len, misaligned, bytes: Bytes::Write(stripes.collect()) }
    }

    /// The stripe that holds a byte, and the byte's place in it.
    fn place(&self, offset: usize) -> (usize, usize) {
        let at = offset + self.misaligned;
        let stripe = at / STRIPE;
        (stripe, if stripe == 0 { offset } else { at % STRIPE })
    }
}

/// A program that panicked left bytes behind, and bytes are always valid.
fn lock<'m, 'a>(stripe: &'m Mutex<Stripe<'a>>) -> MutexGuard<'m, Stripe<'a>> {
    stripe.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
