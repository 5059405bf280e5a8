//! Runs the instructions of one program of the grid.

use triton_runner_ir::OpId;

use crate::finding::{Checks, FindingKind};
use crate::hooks::{Hooks, Watched};
use crate::memory::Memory;
use crate::ops::{Combiner, Operation};
use crate::program::{Code, Instruction, Program};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::types::{Slot, SlotType};
use crate::value::{Value, Values};

/// Backward jumps without a bound after which other programs get their turn.
const PATIENCE: u32 = 1000;

/// Everything that the programs of a launch have in common, for one thread.
pub(crate) struct Machine<'r, 'a, H> {
    pub(crate) program: &'r Program,
    /// Types of values.
    slots: &'r [SlotType],
    pub(crate) watched: Watched<'r, 'a, H>,
    pub(crate) grid: [u32; 3],
    /// Whether it runs several programs as one ([`crate::program::Abreast`]): what fails then has changed nothing.
    abreast: bool,
    /// Instructions, and their lanes in larger units, that one program may take.
    pub(crate) budget: u64,
    /// Which kinds of findings are looked for.
    pub(crate) checks: Checks,
    /// Lines that the program printed.
    pub(crate) prints: Vec<String>,
    /// Places whose values are wanted of the program that runs.
    pub(crate) wanted: Vec<Slot>,
    pub(crate) seen: Vec<Seen>,
}

/// A value, as an instruction gave it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) slot: Slot,
    pub(crate) origin: OpId,
    pub(crate) value: Value,
}

/// Values that are kept of one program.
const MAX_SEEN: usize = 1 << 12;

/// What stands for an operand that isn't there.
const NONE: &Value = &Value::None;

/// A program of the grid on its way.
#[derive(Debug)]
pub(crate) struct Thread<M> {
    /// Its place in the grid.
    pub(crate) id: [u32; 3],
    pub(crate) slots: Vec<Value>,
    pub(crate) next: usize,
    pub(crate) spent: u64,
    /// What checkers know of its values.
    pub(crate) marks: M,
}

/// How far a program came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    /// It may be waiting for another program.
    Waiting,
}

impl<M: Default> Thread<M> {
    /// At the start, with what is known before: arguments and constants.
    pub(crate) fn new(slots: Vec<Value>) -> Self {
        Self { id: [0; 3], slots, next: 0, spent: 0, marks: M::default() }
    }

    /// From the start again, as another program.
    pub(crate) fn restart(&mut self, id: [u32; 3]) {
        (self.id, self.next, self.spent) = (id, 0, 0);
    }

    fn take(&mut self, instruction: &Instruction, place: usize) -> Value {
        let Some(slot) = instruction.operands.get(place) else { return Value::None };
        let Some(value) = self.slots.get_mut(*slot as usize) else { return Value::None };
        let dies = place < 64 && instruction.dying >> place & 1 == 1;
        if dies { std::mem::take(value) } else { value.clone() }
    }

    fn operands(&mut self, instruction: &Instruction) -> Values {
        let mut values = Values::with_capacity(instruction.operands.len());
        (0..instruction.operands.len()).for_each(|place| values.push(self.take(instruction, place)));
        values
    }

    fn peek(&self, instruction: &Instruction, place: usize) -> &Value {
        instruction.operands.get(place).and_then(|slot| self.slots.get(*slot as usize)).unwrap_or(NONE)
    }

    fn int(&self, instruction: &Instruction, place: usize) -> Outcome<i64> {
        self.peek(instruction, place).as_int().ok_or_else(|| Trap::form(place))
    }

    /// The one result.
    fn put(&mut self, instruction: &Instruction, value: Value) {
        if let Some(place) = instruction.results.first().and_then(|slot| self.slots.get_mut(*slot as usize)) {
            *place = value;
        }
    }

    /// Whether the result is there from an earlier program.
    fn knows(&self, instruction: &Instruction) -> bool {
        let result = instruction.results.first().and_then(|slot| self.slots.get(*slot as usize));
        instruction.once && result.is_some_and(|value| !matches!(value, Value::None))
    }

    fn set(&mut self, slots: &[Slot], mut values: Values) {
        if let ([slot], 1) = (slots, values.len())
            && let (Some(place), Some(value)) = (self.slots.get_mut(*slot as usize), values.pop())
        {
            *place = value;
            return;
        }
        for (&slot, value) in slots.iter().zip(values) {
            if let Some(place) = self.slots.get_mut(slot as usize) {
                *place = value;
            }
        }
    }
}

impl<'r, 'a, H: Hooks> Machine<'r, 'a, H> {
    pub(crate) fn new(program: &'r Program, memory: &'r Memory<'a>, grid: [u32; 3], budget: u64, hooks: H) -> Self {
        let watched = Watched { memory, hooks, writes: 0 };
        Self {
            program,
            slots: &program.slots,
            watched,
            grid,
            abreast: false,
            budget,
            checks: Checks::default(),
            prints: Vec::new(),
            wanted: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// For programs side by side, whose values have these types.
    pub(crate) fn abreast(self, slots: &'r [SlotType]) -> Self {
        Self { abreast: true, slots, ..self }
    }

    /// Runs a program until it is over or may be waiting.
    pub(crate) fn run(&mut self, thread: &mut Thread<H::Marks>) -> Outcome<Progress> {
        let mut patience = PATIENCE;
        let program = self.program;
        while let Some(instruction) = program.code.get(thread.next) {
            let at = thread.next;
            thread.next += 1;
            thread.spent += 1;
            match &instruction.code {
                Code::Compute(operation) => {
                    if thread.knows(instruction) && self.watched.hooks.is_settled(at) {
                        thread.spent += u64::from(instruction.cost);
                        self.look(instruction, thread);
                        continue;
                    }
                    self.compute(operation, instruction, at, thread)?;
                    self.look(instruction, thread);
                    continue;
                }
                Code::Move => {
                    self.watched.hooks.moves(at, &mut thread.marks);
                    let values = thread.operands(instruction);
                    thread.set(&instruction.results, values);
                    self.look(instruction, thread);
                }
                Code::Drop => {
                    self.watched.hooks.moves(at, &mut thread.marks);
                    drop(thread.operands(instruction));
                }
                Code::Jump(to) => thread.next = *to,
                Code::Repeat(to) => {
                    thread.next = *to;
                    patience -= 1;
                    self.within_budget(thread)?;
                    if patience == 0 {
                        self.watched.hooks.acts(&thread.slots, &mut thread.marks);
                        return Ok(Progress::Waiting);
                    }
                }
                Code::Unless(to) => {
                    self.watched.hooks.decides(at, &mut thread.marks);
                    let condition = thread.peek(instruction, 0).as_bool();
                    if !condition.ok_or_else(|| Trap::form(0))? {
                        thread.next = *to;
                    }
                }
                Code::Head { exit, unsigned } => {
                    self.watched.hooks.decides(at, &mut thread.marks);
                    let [counter, end, step] = [0, 1, 2].map(|place| thread.int(instruction, place));
                    let (counter, end, step) = (counter?, end?, step?);
                    if step <= 0 && !*unsigned {
                        return Err(Trap::Step(step).into());
                    }
                    let goes_on = if *unsigned { (counter as u64) < end as u64 } else { counter < end };
                    if goes_on {
                        thread.set(&instruction.results, smallvec::smallvec![Value::int(counter)]);
                        self.look(instruction, thread);
                    } else {
                        thread.next = *exit;
                    }
                }
                Code::Next { head, bits, unsigned } => {
                    self.within_budget(thread)?;
                    let [counter, step] = [0, 1].map(|place| thread.int(instruction, place));
                    let (counter, step) = (counter?, step?);
                    let (next, wraps) = following(counter, step, *bits, *unsigned);
                    if wraps && self.checks.contains(FindingKind::Overflow) {
                        return Err(Trap::Counter { counter, step, bits: *bits }.into());
                    }
                    thread.set(&instruction.results, smallvec::smallvec![Value::int(next)]);
                    thread.next = *head;
                }
                Code::End => return Ok(Progress::Done),
            }
        }
        Ok(Progress::Done)
    }

    /// Keeps the results that are wanted.
    #[inline]
    fn look(&mut self, instruction: &Instruction, thread: &Thread<H::Marks>) {
        if !self.wanted.is_empty() {
            self.keep(instruction, thread);
        }
    }

    #[cold]
    fn keep(&mut self, instruction: &Instruction, thread: &Thread<H::Marks>) {
        for &slot in instruction.results.iter().filter(|slot| self.wanted.contains(slot)) {
            if self.seen.len() < MAX_SEEN
                && let Some(value) = thread.slots.get(slot as usize)
            {
                self.seen.push(Seen { slot, origin: instruction.origin, value: value.clone() });
            }
        }
    }

    fn within_budget(&self, thread: &Thread<H::Marks>) -> Outcome<()> {
        if thread.spent > self.budget { Err(Trap::Budget(self.budget).into()) } else { Ok(()) }
    }

    /// Where a checker has doubts, the program stops: it runs again, watched closely.
    #[inline]
    fn without_doubt(&self) -> Outcome<()> {
        if self.watched.hooks.doubts() { Err(Trap::form(0)) } else { Ok(()) }
    }

    fn compute(
        &mut self,
        operation: &Operation,
        instruction: &Instruction,
        at: usize,
        thread: &mut Thread<H::Marks>,
    ) -> Outcome<()> {
        let scope = Scope::new(self.slots, &instruction.operands, &instruction.results);
        thread.spent += u64::from(instruction.cost);
        if H::PRESENT && operation.acts() {
            self.watched.hooks.acts(&thread.slots, &mut thread.marks);
        }
        let looks = self.watched.hooks.looks(at, &thread.marks);
        if !looks && let Some(short) = operation.shortly(&scope, [0, 1].map(|place| thread.peek(instruction, place))) {
            thread.put(instruction, short);
            self.watched.hooks.after(at, &thread.slots, &mut thread.marks);
            return Ok(());
        }
        let operands = thread.operands(instruction);
        if looks {
            self.watched.hooks.before(at, &operands, &mut thread.marks);
            self.without_doubt()?;
            if let Some(short) = operation.shortly(&scope, [0, 1].map(|place| operands.get(place).unwrap_or(NONE))) {
                thread.put(instruction, short);
                self.watched.hooks.after(at, &thread.slots, &mut thread.marks);
                return Ok(());
            }
        }
        let results = match operation {
            Operation::Reduce(reduce) => {
                let mut combine =
                    |combiner: &Combiner, values: Values, lanes: usize| self.combine(combiner, values, lanes, thread);
                reduce.run(&scope, operands, &mut combine)?
            }
            Operation::Scan(scan) => {
                let mut combine =
                    |combiner: &Combiner, values: Values, lanes: usize| self.combine(combiner, values, lanes, thread);
                scan.run(&scope, operands, &mut combine)?
            }
            Operation::Memory(memory) if self.abreast && !memory.is_whole(&scope, &operands, self.watched.memory) => {
                return Err(Trap::form(0));
            }
            Operation::Memory(memory) => {
                if self.checks.contains(FindingKind::Promise) {
                    memory.keeps_rules(&operands)?;
                }
                memory.run(&scope, operands, &mut self.watched)?
            }
            Operation::Asm(asm) => asm.run(&scope, operands, &mut self.watched)?,
            Operation::Query(query) => smallvec::smallvec![query.run(thread.id, self.grid, self.abreast)],
            Operation::Promise(promise) => {
                if self.checks.contains(FindingKind::Promise) {
                    promise.run(&scope, operands)?;
                }
                Values::new()
            }
            Operation::Event(event) => {
                if event.kind().is_none_or(|kind| self.checks.contains(kind)) {
                    event.run(&scope, operands, thread.id, &mut self.prints)?;
                }
                Values::new()
            }
            other => other.run(&scope, operands)?,
        };
        thread.set(&instruction.results, results);
        self.watched.hooks.after(at, &thread.slots, &mut thread.marks);
        self.without_doubt()
    }

    /// Runs the region of a reduction on many lanes at once.
    fn combine(
        &mut self,
        combiner: &Combiner,
        values: Values,
        lanes: usize,
        thread: &mut Thread<H::Marks>,
    ) -> Outcome<Values> {
        thread.set(&combiner.inputs, values);
        let program = self.program;
        for instruction in program.regions.get(combiner.region).into_iter().flatten() {
            let Code::Compute(operation) = &instruction.code else { continue };
            let scope = Scope::new(&program.slots, &instruction.operands, &instruction.results).with_lanes(lanes);
            if let Some(short) = operation.shortly(&scope, [0, 1].map(|place| thread.peek(instruction, place))) {
                thread.put(instruction, short);
                continue;
            }
            let operands = thread.operands(instruction);
            let results = operation.run(&scope, operands)?;
            thread.set(&instruction.results, results);
        }
        Ok(combiner.outputs.iter().map(|&slot| thread.slots.get(slot as usize).cloned().unwrap_or_default()).collect())
    }
}

/// A loop's counter behind an iteration, as a GPU adds it, and whether it wraps there: it is compared with the end all the
/// same, and the loop goes on.
fn following(counter: i64, step: i64, bits: u32, unsigned: bool) -> (i64, bool) {
    let shift = 64 - bits.clamp(1, 64);
    let next = (counter.wrapping_add(step) << shift) >> shift;
    // Numbers keep their order as unsigned ones where their sign is in all bits above theirs.
    let wraps = if unsigned {
        next.cast_unsigned() < counter.cast_unsigned()
    } else {
        i128::from(next) != i128::from(counter) + i128::from(step)
    };
    (next, wraps)
}
