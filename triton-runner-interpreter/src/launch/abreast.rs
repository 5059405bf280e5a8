//! Programs side by side, as one.

use crate::hooks::{Hooks, Unchecked};
use crate::machine::{Machine, Progress, Thread};
use crate::memory::Memory;
use crate::program::Program;
use crate::value::Value;

/// What runs several programs as one.
pub(super) struct Abreast<'r, 'a> {
    machine: Machine<'r, 'a, Unchecked>,
    thread: Thread<()>,
    /// How many at once.
    pub(super) count: u64,
    /// What they cost together.
    pub(super) steps: u64,
}

impl<'r, 'a> Abreast<'r, 'a> {
    /// `None` where programs run one by one: so the kernel wants it, or who watches, or there are fewer.
    pub(super) fn of<H: Hooks>(
        program: &'r Program,
        memory: &'r Memory<'a>,
        grid: [u32; 3],
        budget: u64,
        slots: &[Value],
    ) -> Option<Self> {
        let abreast = program.abreast.as_ref()?;
        let count = abreast.count as u64;
        if H::PRESENT || u64::from(grid[0]) < count {
            return None;
        }
        let machine = Machine::new(program, memory, grid, budget, Unchecked).abreast(&abreast.slots);
        Some(Self { machine, thread: Thread::new(slots.to_vec()), count, steps: abreast.steps * count })
    }

    /// Runs the programs from this one on along x; whether it could. If not, nothing has changed.
    pub(super) fn run(&mut self, id: [u32; 3]) -> bool {
        self.thread.restart(id);
        self.machine.run(&mut self.thread) == Ok(Progress::Done)
    }

    /// How often memory was changed since this was asked last.
    pub(super) fn writes(&mut self) -> u64 {
        std::mem::take(&mut self.machine.watched.writes)
    }
}
