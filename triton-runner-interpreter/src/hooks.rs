//! Checkers see what programs do through one trait. Those that are absent cost nothing.

use crate::memory::Memory;
use crate::trap::Access;
use crate::value::Value;

/// Elements in a row that an instruction accessed.
#[derive(Clone, Copy, Debug)]
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

/// What checkers are told. Each method does nothing unless a checker says otherwise. Instructions are named by their
/// places in the program.
pub(crate) trait Hooks {
    /// Whether there is anybody to tell.
    const PRESENT: bool = false;

    /// What is known of the values of one program on its way.
    type Marks: Default;
    /// What was seen in all programs of a thread.
    type Seen: Send;

    /// No program of the thread is left.
    fn finish(self) -> Self::Seen;

    /// A program starts, by its number and its place in the grid.
    fn start(&mut self, _index: u64, _id: [u32; 3], _marks: &mut Self::Marks) {}

    /// A program goes on, after others had their turn.
    fn resume(&mut self, _index: u64, _id: [u32; 3]) {}

    /// An instruction is about to compute.
    fn before(&mut self, _at: usize, _operands: &[Value], _marks: &mut Self::Marks) {}

    /// It has, and gave its results to their slots.
    fn after(&mut self, _at: usize, _slots: &[Value], _marks: &mut Self::Marks) {}

    /// Values go from slots to slots, or are forgotten.
    fn moves(&mut self, _at: usize, _marks: &mut Self::Marks) {}

    /// What comes next is decided by values.
    fn decides(&mut self, _at: usize, _marks: &mut Self::Marks) {}

    /// Memory was accessed.
    fn access(&mut self, _run: Run) {}

    /// An atomic operation made a number infinite or NaN: what was there, what came to it, what is there now.
    fn bears(&mut self, _memory: &Memory<'_>, _address: i64, _numbers: [f64; 3]) {}

    /// An atomic operation takes place now: nobody else reaches that memory meanwhile.
    fn happens(&mut self) {}

    /// A row of elements was accessed: each `step` bytes behind the one before.
    fn note(&mut self, memory: &Memory<'_>, access: Access, address: i64, step: i64, size: usize, count: usize) {
        if Self::PRESENT
            && let Some((buffer, offset)) = memory.locate(address)
        {
            self.access(Run { access, buffer, offset, step, size, count });
        }
    }
}

/// No checker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unchecked;

impl Hooks for Unchecked {
    type Marks = ();
    type Seen = ();

    fn finish(self) {}
}

/// Memory as operations reach it, and who watches them.
pub(crate) struct Watched<'r, 'a, H> {
    pub(crate) memory: &'r Memory<'a>,
    pub(crate) hooks: H,
    /// How often memory was changed: a sign that waiting makes sense.
    pub(crate) writes: u64,
}
