//! Programs side by side, as one.

use crate::hooks::Hooks;
use crate::machine::{Machine, Progress, Thread};
use crate::memory::Memory;
use crate::program::Program;
use crate::value::Value;

/// What runs several programs as one.
pub(super) struct Abreast<'r, 'a, H: Hooks> {
    machine: Machine<'r, 'a, H>,
    thread: Thread<H::Marks>,
    /// How many at once.
    pub(super) count: u64,
    /// What they cost together.
    pub(super) steps: u64,
    /// How often that went well, and how often it couldn't be.
    went: [u64; 2],
    /// Programs before this one run one by one.
    next: u64,
}

impl<'r, 'a, H: Hooks> Abreast<'r, 'a, H> {
    /// `None` where programs run one by one: so the kernel wants it, or there are fewer.
    pub(super) fn of(
        program: &'r Program,
        memory: &'r Memory<'a>,
        grid: [u32; 3],
        budget: u64,
        slots: &[Value],
        hooks: H,
    ) -> Option<Self> {
        let abreast = program.abreast.as_ref()?;
        let count = abreast.count as u64;
        if u64::from(grid[0]) < count {
            return None;
        }
        let machine = Machine::new(program, memory, grid, budget, hooks).abreast(&abreast.slots);
        let (thread, steps) = (Thread::new(slots.to_vec()), abreast.steps * count);
        Some(Self { machine, thread, count, steps, went: [0, 0], next: 0 })
    }

    /// Whether to try with the programs from this one on: not where it has just failed, or as a rule does.
    pub(super) fn is_worth_it(&self, index: u64) -> bool {
        index >= self.next && self.went[1] <= self.went[0] + 1
    }

    /// Runs the programs from this one on along x; whether it could. If not, nothing has changed: one by one they say
    /// what is wrong.
    pub(super) fn run(&mut self, index: u64, id: [u32; 3]) -> bool {
        self.thread.restart(id);
        self.machine.watched.hooks.start(index, id, &mut self.thread.marks);
        let went = self.machine.run(&mut self.thread) == Ok(Progress::Done);
        if !went {
            self.machine.watched.hooks.again(&mut self.thread.marks);
            self.next = index + self.count;
        }
        self.went[usize::from(!went)] += 1;
        went
    }

    /// How often memory was changed since this was asked last.
    pub(super) fn writes(&mut self) -> u64 {
        std::mem::take(&mut self.machine.watched.writes)
    }

    /// No program of the thread is left.
    pub(super) fn finish(self) -> H::Seen {
        self.machine.watched.hooks.finish()
    }
}
