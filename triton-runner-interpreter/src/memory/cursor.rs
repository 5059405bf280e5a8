//! Access to memory: single elements and rows of neighbours.

use std::sync::MutexGuard;

use super::{Bytes, Fault, Memory, Stripe, lock};

/// Accesses by one operation. The stripe of the last access stays locked until another is needed, so that lanes next to
/// each other cost little. At most one stripe is locked at a time: nothing can wait in a circle.
#[derive(Debug)]
pub(crate) struct Cursor<'m, 'a> {
    memory: &'m Memory<'a>,
    held: Option<(usize, usize, MutexGuard<'m, Stripe<'a>>)>,
}

impl<'m, 'a> Cursor<'m, 'a> {
    pub(crate) fn new(memory: &'m Memory<'a>) -> Self {
        Self { memory, held: None }
    }

    /// Locks a stripe. The one that was locked is let go first.
    fn stripe(&mut self, buffer: usize, stripe: usize) -> Option<&mut Stripe<'a>> {
        if !matches!(&self.held, Some((b, s, _)) if (*b, *s) == (buffer, stripe)) {
            self.held = None;
            let Bytes::Write(stripes) = &self.memory.buffers.get(buffer)?.bytes else { return None };
            self.held = Some((buffer, stripe, lock(stripes.get(stripe)?)));
        }
        self.held.as_mut().map(|(_, _, guard)| &mut **guard)
    }

    /// Reads a row of elements of `size` bytes from an address on. `f` gets its bytes in order, in pieces of whole
    /// elements.
    pub(crate) fn read(
        &mut self,
        address: i64,
        size: usize,
        count: usize,
        mut f: impl FnMut(&[u8]),
    ) -> Result<(), Fault> {
        let (buffer, mut offset) = self.memory.find(address, size * count, size)?;
        let found = &self.memory.buffers[buffer];
        if let Bytes::Read(bytes) = &found.bytes {
            f(bytes.get(offset..offset + size * count).unwrap_or_default());
            return Ok(());
        }
        let end = offset + size * count;
        while offset < end {
            let (stripe, at) = found.place(offset);
            let lenient = self.memory.lenient;
            let Some(stripe) = self.stripe(buffer, stripe) else { break };
            let len = (end - offset).min(stripe.bytes.len() - at);
            if !lenient && let Some(gap) = stripe.written.as_ref().and_then(|written| written.first_gap(at, at + len)) {
                return Err(Fault::Uninitialized { buffer, offset: (offset + gap - at) as i64 });
            }
            f(stripe.bytes.get(at..at + len).unwrap_or_default());
            offset += len;
        }
        Ok(())
    }

    /// Writes a row of elements of `size` bytes from an address on. `f` fills the bytes in order, in pieces of whole
    /// elements.
    pub(crate) fn write(
        &mut self,
        address: i64,
        size: usize,
        count: usize,
        mut f: impl FnMut(&mut [u8]),
    ) -> Result<(), Fault> {
        let (buffer, mut offset) = self.memory.find(address, size * count, size)?;
        let found = &self.memory.buffers[buffer];
        if let Bytes::Read(_) = &found.bytes {
            return Err(Fault::ReadOnly { buffer, offset: offset as i64 });
        }
        let end = offset + size * count;
        while offset < end {
            let (stripe, at) = found.place(offset);
            let Some(stripe) = self.stripe(buffer, stripe) else { break };
            let len = (end - offset).min(stripe.bytes.len() - at);
            f(stripe.bytes.get_mut(at..at + len).unwrap_or_default());
            if let Some(written) = &mut stripe.written {
                written.set(at, at + len);
            }
            offset += len;
        }
        Ok(())
    }

    /// Reads and writes one element as a whole: what another program does comes before or after it. With `reads` its
    /// value counts.
    pub(crate) fn update(
        &mut self,
        address: i64,
        size: usize,
        reads: bool,
        f: impl FnOnce(&mut [u8]),
    ) -> Result<(), Fault> {
        let (buffer, offset) = self.memory.find(address, size, size)?;
        let found = &self.memory.buffers[buffer];
        if let Bytes::Read(_) = &found.bytes {
            return Err(Fault::ReadOnly { buffer, offset: offset as i64 });
        }
        let (stripe, at) = found.place(offset);
        let lenient = self.memory.lenient;
        let Some(stripe) = self.stripe(buffer, stripe) else { return Ok(()) };
        if let Some(written) = &mut stripe.written {
            if reads && !lenient && written.first_gap(at, at + size).is_some() {
                return Err(Fault::Uninitialized { buffer, offset: offset as i64 });
            }
            written.set(at, at + size);
        }
        f(stripe.bytes.get_mut(at..at + size).unwrap_or_default());
        Ok(())
    }
}
