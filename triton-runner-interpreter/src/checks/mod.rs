//! What goes wrong without stopping a program: found by what is known of values beside their numbers, and of rows of
//! memory that programs access.

mod abreast;
mod accesses;
mod afar;
mod finite;
mod found;
mod infinite;
mod integers;
mod lanes;
mod marks;
mod plan;
mod race;
mod roles;
mod sink;
mod slice;
mod source;
mod spread;
mod step;
mod watch;
mod wide;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use marks::Marks;
pub(crate) use plan::Plan;

use crate::finding::{Finding, FindingKind, Level};
use crate::hooks::{Hooks, Run};
use crate::memory::Memory;
use crate::program::{Code, Instruction};
use crate::trap::Access;
use crate::types::SlotType;
use crate::value::{Value, Values};
use found::{Found, Said, Who};
use infinite::{Count, Held};
use marks::{Mark, either};
use race::{Content, Event, Log};
use sink::Sink;
use spread::Spread;
use step::Flow;
use watch::{Luck, Watch};
use wide::Again;

/// What checkers saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    found: Found,
    log: Log,
    /// Accesses of programs that are recorded: the program's number and place, the instruction, the row.
    pub(crate) recorded: Vec<(u64, [u32; 3], usize, Run)>,
}

impl Seen {
    /// Takes in what was seen in another thread.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.found.merge(other.found);
        self.log.merge(other.log);
        self.recorded.extend(other.recorded);
        self
    }

    /// Everything that was found in programs up to the last one that counts, with their numbers.
    pub(crate) fn findings(mut self, plan: &Plan<'_, '_>, last: u64) -> Vec<(u64, Finding)> {
        race::races(plan, self.log, last, &mut self.found);
        self.found.findings(plan, last)
    }
}

/// Accesses that a thread records.
const MAX_RECORDED: usize = 1 << 16;

/// All checkers of one thread.
pub(crate) struct Checker<'s, 'r, 'a> {
    plan: &'s Plan<'r, 'a>,
    /// Counts atomic operations of all threads.
    clock: &'s AtomicU64,
    /// Types of values, of programs side by side or of one.
    slots: &'r [SlotType],
    /// How many programs are one.
    programs: usize,
    who: Who,
    watch: Watch,
    luck: Luck,
    /// There may be something to say that needs a closer look.
    doubts: bool,
    /// Instructions that are the same in every program, and of which nothing is to be said.
    settled: Vec<bool>,
    at: usize,
    /// Marks that the results of the instruction will have.
    pending: Vec<Option<Mark>>,
    /// What its results would be if no integer had wrapped.
    again: Option<Again>,
    /// Operands of an instruction that may bear NaN.
    held: Values,
    /// What it stores, each program for itself.
    content: Vec<Content>,
    /// Programs side by side don't access neighbours, each for itself.
    scattered: bool,
    /// From afar: lanes of the one operand that aren't finite, where they stay so and others come from nothing else.
    inherited: Option<Count>,
    /// Instructions that told of numbers which aren't finite, and rightly are so.
    mistrusted: Vec<bool>,
    now: u64,
    found: Found,
    log: Log,
    recorded: Vec<(u64, [u32; 3], usize, Run)>,
}

impl<'s, 'r, 'a> Checker<'s, 'r, 'a> {
    pub(crate) fn new(plan: &'s Plan<'r, 'a>, clock: &'s AtomicU64) -> Self {
        Self {
            plan,
            clock,
            slots: &plan.program.slots,
            programs: 1,
            who: Who::default(),
            watch: Watch::Closely,
            luck: Luck::default(),
            doubts: false,
            settled: vec![false; plan.steps.len()],
            at: 0,
            pending: Vec::new(),
            again: None,
            held: Values::new(),
            content: Vec::new(),
            scattered: false,
            inherited: None,
            mistrusted: vec![false; plan.steps.len()],
            now: 0,
            found: Found::default(),
            log: Log::default(),
            recorded: Vec::new(),
        }
    }

    fn instruction(&self, at: usize) -> Option<&'r Instruction> {
        self.plan.program.code.get(at)
    }

    fn shape(&self, slot: Option<&u32>) -> &'r [usize] {
        slot.and_then(|slot| self.slots.get(*slot as usize)).map_or(&[], |ty| &ty.shape)
    }

    fn is_close(&self) -> bool {
        self.watch == Watch::Closely
    }

    fn wants(&self, kind: FindingKind) -> bool {
        self.plan.checks.contains(kind)
    }

    fn is_scalar(&self, at: usize) -> bool {
        let slot = self.instruction(at).and_then(|instruction| instruction.operands.first());
        self.shape(slot).is_empty()
    }
}

impl Hooks for Checker<'_, '_, '_> {
    const PRESENT: bool = true;
    type Marks = Marks;
    type Seen = Seen;

    fn beside(&self) -> Self {
        let mut beside = Self::new(self.plan, self.clock);
        if let Some(abreast) = &self.plan.program.abreast {
            (beside.slots, beside.programs) = (&abreast.slots, abreast.count);
        }
        beside
    }

    fn finish(self) -> Seen {
        Seen { found: self.found, log: self.log, recorded: self.recorded }
    }

    fn start(&mut self, index: u64, id: [u32; 3], marks: &mut Marks) {
        self.who = Who { index, id };
        self.watch = Watch::at_first(self.programs, &mut self.luck, self.plan.closely);
        // Side by side they can't be watched closely.
        self.doubts = self.is_close() && self.programs > 1;
        self.log.start(index);
        marks.reset(self.plan.slots.len(), &self.plan.initial);
    }

    fn resume(&mut self, index: u64, id: [u32; 3]) {
        self.who = Who { index, id };
        self.watch = Watch::Closely;
        self.log.enter(index);
    }

    fn doubts(&self) -> bool {
        self.doubts
    }

    fn acts(&mut self, slots: &[Value], marks: &mut Marks) {
        if self.watch == Watch::FromAfar {
            self.watch = Watch::Closely;
            self.come_closer(slots, marks);
        }
    }

    fn again(&mut self, marks: &mut Marks) -> bool {
        if self.is_close() {
            return false;
        }
        self.luck.doubted();
        self.log.forget();
        self.doubts = false;
        self.watch = Watch::Closely;
        marks.reset(self.plan.slots.len(), &self.plan.initial);
        true
    }

    fn is_settled(&self, at: usize) -> bool {
        self.settled.get(at).copied().unwrap_or(false)
    }

    fn looks(&mut self, at: usize, marks: &Marks) -> bool {
        self.at = at;
        self.content.clear();
        self.pending.clear();
        self.again = None;
        self.held.clear();
        self.inherited = None;
        let (Some(step), Some(instruction)) = (self.plan.steps.get(at), self.instruction(at)) else { return false };
        step.begins()
            || self.is_close() && step.float.is_some_and(|finite| finite.bears)
            || instruction.operands.iter().any(|slot| marks.get(*slot).is_some())
    }

    fn before(&mut self, at: usize, operands: &[Value], marks: &mut Marks) {
        let plan = self.plan;
        let (Some(step), Some(instruction)) = (plan.steps.get(at), self.instruction(at)) else { return };
        if step.roles.is_some() {
            self.on_memory(at, instruction, operands, marks);
            return self.doubt();
        }
        let is_marked = |slot: &u32| marks.get(*slot).is_some();
        if self.is_close() && step.float.is_some_and(|finite| finite.bears) {
            self.held.extend(infinite::held(operands, instruction.dying, step.holds));
        }
        if !self.is_close() {
            self.inherited = self.inherits(step, instruction, operands, marks);
        } else if step.flow != Flow::End && instruction.operands.iter().any(is_marked) {
            let forgetful = |slot: &u32| marks.get(*slot).map(Mark::forgetful);
            let marks = instruction.operands.iter().map(forgetful).collect();
            self.pending = Spread { plan, instruction, operands, marks }.results(step.flow);
        }
        let shape = self.shape(instruction.results.first());
        if let Flow::Gather { axis } = step.flow {
            self.on_gather(at, axis, instruction, operands, marks);
        }
        if step.wraps.is_some() || step.shadow.is_some() && !self.pending.is_empty() {
            self.on_integers(at, step, instruction, operands, marks);
        }
        if let (Some(signed), [a, b]) = (step.divides, operands) {
            let slot = instruction.results.first();
            let format = slot.and_then(|slot| plan.program.slots.get(*slot as usize)).map(|ty| ty.format());
            if let Some(format) = format
                && let Some(mark) = source::divided(marks, at, shape, format, signed, [a, b])
            {
                let before = self.pending.pop().flatten();
                self.pending = vec![either(shape, before, Some(mark))];
            }
        }
        self.doubt();
    }

    fn after(&mut self, at: usize, slots: &[Value], marks: &mut Marks) {
        let (Some(step), Some(instruction)) = (self.plan.steps.get(at), self.instruction(at)) else { return };
        if !self.is_close() {
            return self.after_from_afar(step, at, instruction, slots, marks);
        }
        for (place, slot) in instruction.operands.iter().enumerate().take(64) {
            if instruction.dying >> place & 1 == 1 {
                marks.set(*slot, None);
            }
        }
        if let Some(again) = self.again.take() {
            self.compare(at, again, instruction, slots, marks);
        }
        let mut is_clean = true;
        for (place, slot) in instruction.results.iter().enumerate() {
            let mut mark = self.pending.get_mut(place).and_then(Option::take);
            let shape = self.shape(Some(slot));
            if let (Some(finite), Some(value)) = (step.float, slots.get(*slot as usize))
                && !(finite.keeps && mark.is_none())
            {
                let (types, slots) = (&self.plan.program.slots[..], &instruction.operands[..]);
                let held = finite.bears.then_some(Held { values: &self.held, slots, types });
                mark = infinite::infinite(marks, at, shape, value, mark, held);
            }
            is_clean &= mark.is_none();
            marks.set(*slot, mark);
        }
        self.held.clear();
        if instruction.once
            && let Some(settled) = self.settled.get_mut(at)
        {
            *settled = is_clean;
        }
    }

    fn moves(&mut self, at: usize, marks: &mut Marks) {
        let Some(instruction) = self.instruction(at) else { return };
        if matches!(instruction.code, Code::Drop) {
            return instruction.operands.iter().for_each(|slot| marks.set(*slot, None));
        }
        let is_marked = |slot: &u32| marks.get(*slot).is_some();
        if instruction.operands.iter().chain(&instruction.results).any(is_marked) {
            let moved: Vec<_> = instruction.operands.iter().map(|slot| marks.get(*slot).cloned()).collect();
            instruction.results.iter().zip(moved).for_each(|(slot, mark)| marks.set(*slot, mark));
        }
    }

    fn decides(&mut self, at: usize, marks: &mut Marks) {
        let Some(instruction) = self.instruction(at) else { return };
        if instruction.operands.iter().any(|slot| marks.get(*slot).is_some()) {
            let (plan, who, found) = (self.plan, self.who, &mut self.found);
            Sink { plan, who, at, instruction, marks, found }.branch();
        }
    }

    fn access(&mut self, run: Run) {
        if self.plan.recorded.contains(&self.who.id) && self.recorded.len() < MAX_RECORDED {
            self.recorded.push((self.who.index, self.who.id, self.at, run));
        }
        if !self.is_raced(run.access, run.buffer) {
            return;
        }
        if self.watch == Watch::Abreast {
            self.doubts |= self.scattered;
            return;
        }
        let (who, at) = (self.who, self.at);
        let atomic = run.access == Access::Atomic;
        let roles = if atomic { self.plan.steps.get(at).and_then(|step| step.roles.as_deref()) } else { None };
        let content = self.content.first().copied().unwrap_or(Content::Unknown);
        self.log.access(run, who, at, content, roles.is_some_and(|roles| roles.alone));
        if atomic && self.is_scalar(at) {
            let (releases, acquires) = roles.map_or((false, false), |roles| (roles.releases, roles.acquires));
            let place = (run.buffer, run.offset);
            self.log.event(who, Event { at, place, first: self.now, last: self.now, releases, acquires });
        }
    }

    fn bears(&mut self, memory: &Memory<'_>, address: i64, [was, by, now]: [f64; 3]) {
        if !self.wants(FindingKind::Nan) {
            return;
        }
        let (plan, at) = (self.plan, self.at);
        self.found.add((FindingKind::Nan, at, at), self.who, || {
            let (place, element) = match memory.locate(address) {
                Some((buffer, offset)) => {
                    let (argument, element, text) = plan.element(buffer, offset);
                    (Some((argument, element)), text)
                }
                None => (None, "memory".to_owned()),
            };
            let number = infinite::word(now);
            let message = format!("changes {element} from {was:?} to {number}, born there: {by:?} was added");
            Said { at, level: Level::Error, place, message }
        });
    }

    fn happens(&mut self) {
        self.now = self.clock.fetch_add(1, Ordering::Relaxed);
    }
}
