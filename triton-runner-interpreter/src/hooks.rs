//! Checkers see what programs do through one trait. Those that are absent cost nothing.

use crate::memory::Memory;
use crate::trap::Access;

/// Elements in a row that an instruction accessed.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "read by checkers, of which there is none yet")]
pub(crate) struct Run {
    pub(crate) access: Access,
    pub(crate) buffer: usize,
    /// Of the first byte.
    pub(crate) offset: i64,
    /// Bytes from one element to the next.
    pub(crate) step: i64,
    /// Bytes of an element.
    pub(crate) size: usize,
    pub(crate) count: usize,
}

/// What checkers are told. Each method does nothing unless a checker says otherwise.
pub(crate) trait Hooks {
    /// Whether accesses are wanted.
    const ACCESSES: bool = false;

    /// Memory was accessed.
    fn access(&mut self, _run: Run) {}

    /// A row of elements was accessed: each `step` bytes behind the one before.
    fn note(&mut self, memory: &Memory<'_>, access: Access, address: i64, step: i64, size: usize, count: usize) {
        if Self::ACCESSES
            && let Some((buffer, offset)) = memory.locate(address)
        {
            self.access(Run { access, buffer, offset, step, size, count });
        }
    }
}

/// No checker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unchecked;

impl Hooks for Unchecked {}

/// Memory as operations reach it, and who watches them.
pub(crate) struct Watched<'r, 'a, H> {
    pub(crate) memory: &'r Memory<'a>,
    pub(crate) hooks: H,
    /// How often memory was changed: a sign that waiting makes sense.
    pub(crate) writes: u64,
}
