//! Programs of the grid over threads. One that waits for another is put aside, and goes on when the others had their
//! turn.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::abreast::Abreast;
use super::prepared::Initial;
use super::report::Report;
use super::trace::{self, Traced};
use crate::finding::{Checks, Finding};
use crate::hooks::Hooks;
use crate::machine::{Machine, Progress, Thread};
use crate::memory::Memory;
use crate::memory::Named;
use crate::program::Program;
use crate::trap::Trap;
use crate::types::Slot;
use crate::value::{Value, pool};

/// Lines of `tl.device_print` that are kept.
const MAX_PRINTS: usize = 1 << 16;

/// A launch that is ready to run.
pub(super) struct Work<'r, 'a> {
    pub(super) program: &'r Program,
    pub(super) memory: &'r Memory<'a>,
    pub(super) names: &'r [Option<Named>],
    pub(super) grid: [u32; 3],
    pub(super) budget: u64,
    pub(super) checks: Checks,
    /// Counts programs that are over.
    pub(super) progress: Option<&'r AtomicU64>,
    pub(super) values: &'r [(Slot, Initial)],
    /// Which values of which programs are wanted.
    pub(super) wanted: &'r [([u32; 3], Vec<Slot>)],
}

/// What threads tell each other.
#[derive(Default)]
struct Shared {
    /// The next program that nobody runs yet.
    next: AtomicU64,
    /// The first program that failed; later ones needn't run.
    failed: AtomicU64,
    /// Changes of memory, by programs that are over or wait.
    writes: AtomicU64,
    running: AtomicUsize,
    /// Threads that have only waiting programs left.
    waiting: AtomicUsize,
    /// Rounds in which nothing changed, by all threads that wait, since a count of writes.
    quiet: Mutex<(u64, usize)>,
}

/// What a thread has found.
#[derive(Default)]
struct Share {
    failure: Option<(u64, [u32; 3], usize, Box<Trap>)>,
    prints: Vec<(u64, String)>,
    traced: Vec<(u64, Traced)>,
    programs: u64,
    steps: u64,
}

/// What came of all programs.
pub(super) struct Done<S> {
    pub(super) report: Report,
    /// The first program that failed, with why.
    pub(super) failure: Option<(u64, Finding)>,
    /// What each thread's checkers saw.
    pub(super) seen: Vec<S>,
}

impl Work<'_, '_> {
    /// Runs all programs, each thread's under checkers of its own.
    pub(super) fn run<H: Hooks>(&self, threads: Option<usize>, hooks: impl Fn() -> H + Sync) -> Done<H::Seen> {
        let total = self.grid.iter().map(|&size| u64::from(size)).product::<u64>();
        let threads = threads.unwrap_or_else(rayon::current_num_threads);
        let threads = threads.min(usize::try_from(total).unwrap_or(usize::MAX));
        let shared = Shared { failed: AtomicU64::new(u64::MAX), ..Shared::default() };
        let shares = match threads {
            0 => Vec::new(),
            1 => vec![self.thread(total, total, &shared, hooks())],
            _ => {
                let chunk = (total / (threads as u64 * 8)).clamp(1, 256);
                let shares = Mutex::new(Vec::new());
                let run = || {
                    let share = self.thread(total, chunk, &shared, hooks());
                    shares.lock().unwrap_or_else(PoisonError::into_inner).push(share);
                };
                // Whoever calls is one of them: that one needn't be woken first.
                rayon::in_place_scope(|scope| {
                    (1..threads).for_each(|_| scope.spawn(|_| run()));
                    run();
                });
                shares.into_inner().unwrap_or_else(PoisonError::into_inner)
            }
        };
        let (shares, seen): (_, Vec<_>) = shares.into_iter().unzip();
        let seen = seen.into_iter().flatten().collect();
        let (report, failure) = self.report(shares);
        Done { report, failure, seen }
    }

    fn report(&self, shares: Vec<Share>) -> (Report, Option<(u64, Finding)>) {
        let mut report = Report::default();
        let (mut prints, mut traced) = (Vec::new(), Vec::new());
        let mut failure: Option<(u64, Finding)> = None;
        for share in shares {
            report.programs += share.programs;
            report.steps += share.steps;
            prints.extend(share.prints);
            traced.extend(share.traced);
            if let Some((index, id, at, trap)) = share.failure
                && failure.as_ref().is_none_or(|(first, _)| index < *first)
            {
                failure = Some((index, super::explain::finding(self.program, self.memory, self.names, id, at, &trap)));
            }
        }
        // Each program's prints are in order already.
        prints.sort_by_key(|(index, _)| *index);
        traced.sort_by_key(|(index, _)| *index);
        report.traced = traced.into_iter().map(|(_, traced)| traced).collect();
        report.prints = prints.into_iter().map(|(_, line)| line).take(MAX_PRINTS).collect();
        (report, failure)
    }

    /// What is known before programs start: the same in several programs as in one.
    fn slots(&self) -> Vec<Value> {
        let mut slots = vec![Value::None; self.program.slots.len()];
        let constants = self.program.constants.iter().map(|(slot, constant)| (slot, constant.value()));
        let arguments = self.values.iter().map(|(slot, initial)| (slot, initial.value()));
        for (slot, value) in constants.chain(arguments) {
            if let Some(place) = slots.get_mut(*slot as usize) {
                *place = value;
            }
        }
        slots
    }

    fn id(&self, index: u64) -> [u32; 3] {
        let [x, y, _] = self.grid.map(u64::from);
        [(index % x) as u32, (index / x % y) as u32, (index / x / y) as u32]
    }

    /// What one thread does.
    fn thread<H: Hooks>(&self, total: u64, chunk: u64, shared: &Shared, hooks: H) -> (Share, Vec<H::Seen>) {
        shared.running.fetch_add(1, Ordering::SeqCst);
        let slots = self.slots();
        let mut abreast = match self.wanted {
            [] => Abreast::of(self.program, self.memory, self.grid, self.budget, &slots, hooks.beside()),
            _ => None,
        };
        let mut machine = Machine::new(self.program, self.memory, self.grid, self.budget, hooks);
        machine.checks = self.checks;
        let mut share = Share::default();
        let mut waiting: Vec<(u64, Thread<H::Marks>)> = Vec::new();
        let mut thread = Thread::new(slots.clone());
        loop {
            let first = shared.next.fetch_add(chunk, Ordering::Relaxed);
            if first >= total || first > shared.failed.load(Ordering::Relaxed) {
                break;
            }
            let end = total.min(first.saturating_add(chunk));
            let mut index = first;
            while index < end {
                if index > shared.failed.load(Ordering::Relaxed) {
                    break;
                }
                if let Some(neighbours) = &mut abreast
                    && neighbours.is_worth_it(index)
                {
                    let (count, row) = (neighbours.count, u64::from(self.grid[0]));
                    if index % row + count <= row && index + count <= end && neighbours.run(index, self.id(index)) {
                        share.programs += count;
                        share.steps += neighbours.steps;
                        shared.writes.fetch_add(neighbours.writes(), Ordering::SeqCst);
                        self.done(count);
                        index += count;
                        continue;
                    }
                }
                thread.restart(self.id(index));
                machine.watched.hooks.start(index, thread.id, &mut thread.marks);
                if self.advance(&mut machine, &mut thread, index, shared, &mut share) == Some(Progress::Waiting) {
                    waiting.push((index, std::mem::replace(&mut thread, Thread::new(slots.clone()))));
                }
                index += 1;
            }
        }
        shared.waiting.fetch_add(1, Ordering::SeqCst);
        self.wait(&mut machine, waiting, shared, &mut share);
        shared.waiting.fetch_sub(1, Ordering::SeqCst);
        shared.running.fetch_sub(1, Ordering::SeqCst);
        let beside = abreast.map(Abreast::finish);
        let seen = std::iter::once(machine.watched.hooks.finish()).chain(beside).collect();
        drop((thread, slots));
        pool::clear();
        (share, seen)
    }

    /// So many programs more are over.
    fn done(&self, programs: u64) {
        if let Some(done) = self.progress {
            done.fetch_add(programs, Ordering::Relaxed);
        }
    }

    /// Runs a program on; `None` if it failed.
    fn advance<H: Hooks>(
        &self,
        machine: &mut Machine<'_, '_, H>,
        thread: &mut Thread<H::Marks>,
        index: u64,
        shared: &Shared,
        share: &mut Share,
    ) -> Option<Progress> {
        let before = thread.spent;
        let wanted = self.wanted.iter().filter(|(id, _)| *id == thread.id);
        machine.wanted = wanted.flat_map(|(_, slots)| slots.iter().copied()).collect();
        let mut outcome = machine.run(thread);
        if outcome.is_err() && machine.watched.hooks.again(&mut thread.marks) {
            machine.seen.clear();
            thread.restart(thread.id);
            outcome = machine.run(thread);
        }
        let seen = machine.seen.drain(..).filter_map(|seen| trace::traced(self.program, thread.id, seen));
        share.traced.extend(seen.map(|traced| (index, traced)));
        share.steps += thread.spent - before;
        if machine.watched.writes > 0 {
            shared.writes.fetch_add(std::mem::take(&mut machine.watched.writes), Ordering::SeqCst);
        }
        let room = MAX_PRINTS.saturating_sub(share.prints.len());
        share.prints.extend(machine.prints.drain(..).take(room).map(|line| (index, line)));
        match outcome {
            Ok(progress) => {
                share.programs += u64::from(progress == Progress::Done);
                if progress == Progress::Done {
                    self.done(1);
                }
                Some(progress)
            }
            Err(trap) => {
                shared.failed.fetch_min(index, Ordering::SeqCst);
                if share.failure.as_ref().is_none_or(|(first, ..)| index < *first) {
                    share.failure = Some((index, thread.id, thread.next.saturating_sub(1), trap));
                }
                None
            }
        }
    }

    /// Lets programs that wait go on in turns until they are over, or nothing happens any more: each thread has gone
    /// round without a change of memory, and no program is elsewhere than it was before, so the next round would be the
    /// same.
    fn wait<H: Hooks>(
        &self,
        machine: &mut Machine<'_, '_, H>,
        mut waiting: Vec<(u64, Thread<H::Marks>)>,
        shared: &Shared,
        share: &mut Share,
    ) {
        let (mut told, mut idle) = (None, 0);
        while !waiting.is_empty() {
            let failed = shared.failed.load(Ordering::SeqCst);
            let writes = shared.writes.load(Ordering::SeqCst);
            let steps = share.steps;
            let before: Vec<_> = waiting.iter().map(|(_, thread)| (thread.next, thread.slots.clone())).collect();
            waiting.retain_mut(|(index, thread)| {
                machine.watched.hooks.resume(*index, thread.id);
                *index < failed && self.advance(machine, thread, *index, shared, share) == Some(Progress::Waiting)
            });
            let after = waiting.iter().map(|(_, thread)| (thread.next, &thread.slots));
            let is_quiet = before.iter().map(|(next, slots)| (*next, slots)).eq(after)
                && writes == shared.writes.load(Ordering::SeqCst)
                && shared.waiting.load(Ordering::SeqCst) == shared.running.load(Ordering::SeqCst);
            let mut quiet = shared.quiet.lock().unwrap_or_else(PoisonError::into_inner);
            if quiet.0 < writes {
                *quiet = (writes, 0);
            }
            // With an older count of writes this round wasn't quiet, and whatever it told is forgotten already.
            if quiet.0 == writes {
                let was_quiet = told == Some(writes);
                quiet.1 = quiet.1 + usize::from(is_quiet && !was_quiet) - usize::from(was_quiet && !is_quiet);
            }
            told = is_quiet.then_some(writes);
            // A thread that is over has none that waits; what waits here may be what a failed program didn't do any more.
            let is_stuck = is_quiet && quiet.1 >= shared.waiting.load(Ordering::SeqCst);
            drop(quiet);
            // Those that count how often they looked are never where they were.
            idle = if writes == shared.writes.load(Ordering::SeqCst) { idle + share.steps - steps } else { 0 };
            if is_stuck || idle > self.budget {
                if shared.failed.load(Ordering::SeqCst) == u64::MAX
                    && let Some((index, thread)) = waiting.first()
                {
                    shared.failed.fetch_min(*index, Ordering::SeqCst);
                    share.failure = Some((*index, thread.id, thread.next, Box::new(Trap::Stuck)));
                }
                return;
            }
            std::thread::yield_now();
        }
    }
}
