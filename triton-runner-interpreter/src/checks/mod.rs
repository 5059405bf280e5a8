//! What goes wrong without stopping a program: found by what is known of values beside their numbers, and of rows of
//! memory that programs access.

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
mod wide;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use marks::Marks;
pub(crate) use plan::Plan;

use crate::finding::{Finding, FindingKind, Level};
use crate::hooks::{Hooks, Run};
use crate::memory::Memory;
use crate::ops::Placed;
use crate::program::{Code, Instruction};
use crate::trap::Access;
use crate::value::{Value, Values};
use found::{Found, Said, Who};
use infinite::Held;
use marks::{Mark, either};
use race::{Content, Event, Log};
use roles::Roles;
use sink::Sink;
use spread::Spread;
use step::Flow;
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
    who: Who,
    at: usize,
    /// Marks that the results of the instruction will have.
    pending: Vec<Option<Mark>>,
    /// What its results would be if no integer had wrapped.
    again: Option<Again>,
    /// Operands of an instruction that may bear NaN.
    held: Values,
    /// What it stores.
    content: Content,
    now: u64,
    found: Found,
    log: Log,
    recorded: Vec<(u64, [u32; 3], usize, Run)>,
}

impl<'s, 'r, 'a> Checker<'s, 'r, 'a> {
    pub(crate) fn new(plan: &'s Plan<'r, 'a>, clock: &'s AtomicU64) -> Self {
        let (found, log) = (Found::default(), Log::default());
        let (who, content) = (Who::default(), Content::Unknown);
        Self {
            plan,
            clock,
            who,
            at: 0,
            pending: Vec::new(),
            again: None,
            held: Values::new(),
            content,
            now: 0,
            found,
            log,
            recorded: Vec::new(),
        }
    }

    fn instruction(&self, at: usize) -> Option<&'r Instruction> {
        self.plan.program.code.get(at)
    }

    fn shape(&self, slot: Option<&u32>) -> &'r [usize] {
        slot.and_then(|slot| self.plan.program.slots.get(*slot as usize)).map_or(&[], |ty| &ty.shape)
    }

    fn wants(&self, kind: FindingKind) -> bool {
        self.plan.checks.contains(kind)
    }

    /// An instruction on memory: what it is given, and what a load gives.
    fn on_memory(&mut self, at: usize, instruction: &'r Instruction, operands: &[Value], marks: &mut Marks) {
        let plan = self.plan;
        let Some(roles) = plan.steps.get(at).and_then(|step| step.roles.as_deref()) else { return };
        let shape = self.shape(instruction.operands.first());
        if instruction.operands.iter().any(|slot| marks.get(*slot).is_some()) {
            let found = &mut self.found;
            Sink { plan, who: self.who, at, instruction, marks, found }.access(roles, operands);
        }
        if roles.access == Access::Store {
            let value = roles.values.first().and_then(|place| operands.get(*place));
            if self.wants(FindingKind::Race) && !roles.descriptor {
                self.content = value.map_or(Content::Unknown, Content::of);
            }
            if self.wants(FindingKind::Lanes) {
                self.on_store(at, roles, instruction, operands);
            }
        }
        if roles.descriptor || roles.access == Access::Store {
            return;
        }
        let mask = roles.mask.and_then(|mask| operands.get(mask));
        let is_whole = |mask: &&Value| matches!(mask, Value::Region(region) if region.as_splat() == Some(true));
        if let Some(mask) = mask.filter(|mask| !is_whole(mask)) {
            // What an atomic operation gives is there where its mask is true.
            let undefined = match self.wants(FindingKind::Undefined) && !instruction.results.is_empty() {
                true => source::undefined(marks, at, roles, shape, mask),
                false => None,
            };
            // Of `other` only the lanes that it fills.
            let other = roles.other.and_then(|other| marks.get(*instruction.operands.get(other)?));
            let filled = other.and_then(|other| {
                let bits = mask.clone().into_bits(shape)?.to_vec(shape);
                let flags = other.to_vec(shape).into_iter().zip(bits);
                let flags = flags.map(|(flags, bit)| if bit == 0 { flags } else { 0 }).collect();
                Mark::of(shape, flags, other.from)
            });
            let mark = either(shape, undefined, filled);
            if mark.is_some() {
                self.pending = vec![mark];
            }
        }
    }

    /// Lanes that meet in one store.
    fn on_store(&mut self, at: usize, roles: &Roles, instruction: &'r Instruction, operands: &[Value]) {
        let (plan, place) = (self.plan, |place: usize| operands.get(place).cloned().unwrap_or_default());
        let ty = instruction.operands.first().and_then(|slot| plan.program.slots.get(*slot as usize));
        let store = match roles.descriptor {
            true => plan.placed(instruction, operands),
            false => Some(Placed {
                shape: self.shape(instruction.operands.first()).into(),
                pointers: place(0),
                mask: roles.mask.map_or(Value::None, place),
                value: place(1),
            }),
        };
        let size = ty.and_then(|ty| ty.element()).map_or(1, |format| format.bytes()) as i64;
        if let Some(store) = store
            && let Some(meeting) = lanes::meeting(&store, size)
        {
            self.found.add((FindingKind::Lanes, at, at), self.who, || lanes::said(plan, at, roles, &store, meeting));
        }
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

    fn finish(self) -> Seen {
        Seen { found: self.found, log: self.log, recorded: self.recorded }
    }

    fn start(&mut self, index: u64, id: [u32; 3], marks: &mut Marks) {
        self.who = Who { index, id };
        self.log.enter(index);
        marks.reset(self.plan.slots.len(), &self.plan.initial);
    }

    fn resume(&mut self, index: u64, id: [u32; 3]) {
        self.who = Who { index, id };
        self.log.enter(index);
    }

    fn before(&mut self, at: usize, operands: &[Value], marks: &mut Marks) {
        self.at = at;
        self.content = Content::Unknown;
        self.pending.clear();
        self.again = None;
        self.held.clear();
        let plan = self.plan;
        let (Some(step), Some(instruction)) = (plan.steps.get(at), self.instruction(at)) else { return };
        if step.roles.is_some() {
            return self.on_memory(at, instruction, operands, marks);
        }
        let is_marked = |slot: &u32| marks.get(*slot).is_some();
        if step.float == Some(true) {
            self.held.extend(infinite::held(operands, instruction.dying, step.holds));
        }
        if step.flow != Flow::End && instruction.operands.iter().any(is_marked) {
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
    }

    fn after(&mut self, at: usize, slots: &[Value], marks: &mut Marks) {
        let Some(instruction) = self.instruction(at) else { return };
        let float = self.plan.steps.get(at).and_then(|step| step.float);
        for (place, slot) in instruction.operands.iter().enumerate().take(64) {
            if instruction.dying >> place & 1 == 1 {
                marks.set(*slot, None);
            }
        }
        if let Some(again) = self.again.take() {
            self.compare(at, again, instruction, slots, marks);
        }
        for (place, slot) in instruction.results.iter().enumerate() {
            let mut mark = self.pending.get_mut(place).and_then(Option::take);
            let shape = self.shape(Some(slot));
            if let (Some(bears), Some(value)) = (float, slots.get(*slot as usize)) {
                let (types, slots) = (&self.plan.program.slots[..], &instruction.operands[..]);
                let held = bears.then_some(Held { values: &self.held, slots, types });
                mark = infinite::infinite(marks, at, shape, value, mark, held);
            }
            marks.set(*slot, mark);
        }
        self.held.clear();
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
        let is_wanted = run.access != Access::Load || self.plan.written.get(run.buffer).copied().unwrap_or(true);
        if !is_wanted || !self.wants(FindingKind::Race) {
            return;
        }
        let (who, at) = (self.who, self.at);
        let atomic = run.access == Access::Atomic;
        let roles = if atomic { self.plan.steps.get(at).and_then(|step| step.roles.as_deref()) } else { None };
        self.log.access(run, who, at, self.content, roles.is_some_and(|roles| roles.alone));
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
