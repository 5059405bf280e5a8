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
///
/// Most programs do nothing wrong, so a checker may watch one from afar at first: only whether it might have something to
/// say. Then the program runs again from its start, and is watched closely ([`Self::again`]). That works until the program
/// does something that others can see ([`Self::acts`]).
pub(crate) trait Hooks: Sized {
    /// Whether there is anybody to tell.
    const PRESENT: bool = false;

    /// What is known of the values of one program on its way.
    type Marks: Default;
    /// What was seen in all programs of a thread.
    type Seen: Send;

    /// Whoever watches this thread's programs that run side by side, from afar.
    fn beside(&self) -> Self;

    /// No program of the thread is left.
    fn finish(self) -> Self::Seen;

    /// A program starts, by its number and its place in the grid; or several side by side, of which it is the first.
    fn start(&mut self, _index: u64, _id: [u32; 3], _marks: &mut Self::Marks) {}

    /// A program goes on, after others had their turn.
    fn resume(&mut self, _index: u64, _id: [u32; 3]) {}

    /// Whether there may be something to say, from closer.
    fn doubts(&self) -> bool {
        false
    }

    /// The program is about to do what others can see, and can't run again from its start after that. Programs side by
    /// side do so at their very end.
    fn acts(&mut self, _slots: &[Value], _marks: &mut Self::Marks) {}

    /// The program stopped, or there are doubts. Whether it is to run again from its start, watched closely: then what was
    /// seen of it is forgotten.
    fn again(&mut self, _marks: &mut Self::Marks) -> bool {
        false
    }

    /// Whether an instruction that gives the same in every program needs no look in this one.
    fn is_settled(&self, _at: usize) -> bool {
        true
    }

    /// An instruction is about to compute. Whether its operands are to be shown.
    fn looks(&mut self, _at: usize, _marks: &Self::Marks) -> bool {
        false
    }

    /// These are its operands.
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

    fn beside(&self) -> Self {
        Self
    }

    fn finish(self) {}
}

/// Memory as operations reach it, and who watches them.
pub(crate) struct Watched<'r, 'a, H> {
    pub(crate) memory: &'r Memory<'a>,
    pub(crate) hooks: H,
    /// How often memory was changed: a sign that waiting makes sense.
    pub(crate) writes: u64,
}
