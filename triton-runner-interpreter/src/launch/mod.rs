//! A launch: buffers, arguments, a grid.

mod abreast;
mod arguments;
mod error;
mod explain;
mod given;
mod prepared;
mod record;
mod report;
mod schedule;
mod trace;

use std::sync::atomic::AtomicU64;

use crate::checks::{Checker, Plan, Seen};
use crate::finding::{Checks, FindingKind};
use crate::hooks::Unchecked;
use crate::memory::Memory;
use crate::program::Program;

pub use error::ArgumentError;
pub use given::{Argument, Buffer, TensorDescriptor};
pub use record::{AccessKind, Accessed};
pub use report::Report;
pub use trace::{Elements, Traced};

/// A launch that is being put together.
#[derive(Debug)]
pub struct Launch<'p, 'a> {
    program: &'p Program,
    grid: [u32; 3],
    buffers: Vec<Buffer<'a>>,
    arguments: Vec<Argument>,
    threads: Option<usize>,
    budget: u64,
    checks: Checks,
    traces: Vec<(String, [u32; 3])>,
    recorded: Vec<[u32; 3]>,
    progress: Option<&'a AtomicU64>,
    closely: bool,
}

/// Instructions of one program, after which it is taken for endless.
const BUDGET: u64 = 1 << 30;

impl<'p, 'a> Launch<'p, 'a> {
    /// Of so many programs along x, y and z.
    pub fn new(program: &'p Program, grid: [u32; 3]) -> Self {
        Self {
            program,
            grid,
            buffers: Vec::new(),
            arguments: Vec::new(),
            threads: None,
            budget: BUDGET,
            checks: Checks::default(),
            traces: Vec::new(),
            recorded: Vec::new(),
            progress: None,
            closely: false,
        }
    }

    /// Adds memory; gives its place, by which arguments name it.
    pub fn buffer(&mut self, buffer: Buffer<'a>) -> usize {
        self.buffers.push(buffer);
        self.buffers.len() - 1
    }

    /// Adds the next argument.
    pub fn argument(&mut self, argument: Argument) {
        self.arguments.push(argument);
    }

    /// How many threads run programs; as many as rayon has if this isn't called. With one the order of atomic operations
    /// is always the same.
    pub fn threads(&mut self, threads: usize) {
        self.threads = Some(threads.max(1));
    }

    /// How many instructions one program may take before it counts as endless. 2³⁰ if this isn't called.
    pub fn budget(&mut self, instructions: u64) {
        self.budget = instructions;
    }

    /// Which kinds of findings are looked for; [`Checks::default`] if this isn't called.
    pub fn check(&mut self, checks: Checks) {
        self.checks = checks;
    }

    /// Asks for the values that the program at this place of the grid gives what has this name: in the IR (`%3`), or in
    /// Python. Each time that it is computed is a value of its own. Constants and arguments aren't computed, and a product
    /// that becomes part of a sum isn't either ([`Options::contract`](crate::Options::contract)).
    pub fn trace(&mut self, name: &str, program: [u32; 3]) {
        self.traces.push((name.to_owned(), program));
    }

    /// Asks for all that the program at this place of the grid accesses and computes: [`Report::accesses`], and in
    /// [`Report::traced`] every value of the IR.
    pub fn record(&mut self, program: [u32; 3]) {
        self.recorded.push(program);
    }

    /// Counts programs that are over, for whoever watches meanwhile.
    pub fn progress(&mut self, programs: &'a AtomicU64) {
        self.progress = Some(programs);
    }

    /// Watches every program closely from its start, which is slower and finds the same: for tests that hold this against the
    /// quicker ways.
    #[doc(hidden)]
    pub fn closely(&mut self) {
        self.closely = true;
    }

    /// The address of a buffer's first byte, as kernels see it: for tables of pointers.
    pub fn address(&self, buffer: usize) -> u64 {
        let misaligned = self.buffers.get(buffer).map_or(0, |buffer| buffer.misaligned);
        Memory::address_of(buffer, misaligned).cast_unsigned()
    }

    /// Runs all programs. What they do wrong is in the report.
    ///
    /// # Errors
    ///
    /// Arguments that don't fit the kernel, more programs than a GPU takes, too many buffers.
    pub fn run(self) -> Result<Report, ArgumentError> {
        self.check_grid()?;
        let values = self.values()?;
        let names = self.names();
        let mut wanted = Vec::new();
        for (name, id) in &self.traces {
            let slots = trace::slots(self.program, name);
            if slots.is_empty() {
                return Err(ArgumentError::Trace { kernel: self.program.name.clone(), name: name.clone() });
            }
            wanted.push((*id, slots));
        }
        wanted.extend(self.recorded.iter().map(|id| (*id, trace::all(self.program))));
        let checks = self.checks;
        let findings = if checks.contains(FindingKind::Promise) { self.promises(&values) } else { Vec::new() };
        let (program, grid, threads, budget) = (self.program, self.grid, self.threads, self.budget);
        let given = self.buffers.into_iter().map(|buffer| (buffer.given, buffer.misaligned)).collect();
        let lenient = !checks.contains(FindingKind::Uninitialized);
        let memory = Memory::new(given, lenient).ok_or(ArgumentError::Buffers)?;
        if !findings.is_empty() {
            return Ok(Report { findings, ..Report::default() });
        }
        let (values, wanted, recorded) = (&values[..], &wanted[..], &self.recorded[..]);
        let (names, memory) = (&names[..], &memory);
        let work =
            schedule::Work { program, memory, names, grid, budget, checks, values, wanted, progress: self.progress };
        let (mut report, failure, mut findings) =
            if CHECKERS.iter().any(|kind| checks.contains(*kind)) || !recorded.is_empty() {
                let given: Vec<_> = values.iter().map(|(slot, initial)| (*slot, initial.value())).collect();
                let plan = Plan::new(program, memory, names, checks, &given, recorded, self.closely);
                let clock = AtomicU64::new(0);
                let done = work.run(threads, || Checker::new(&plan, &clock));
                let last = done.failure.as_ref().map_or(u64::MAX, |(index, _)| *index);
                let mut seen = done.seen.into_iter().reduce(Seen::and).unwrap_or_default();
                let mut report = done.report;
                let mut rows = std::mem::take(&mut seen.recorded);
                rows.sort_by_key(|(index, ..)| *index);
                let rows = rows.into_iter();
                report.accesses =
                    rows.filter_map(|(_, id, at, run)| record::accessed(program, names, id, at, run)).collect();
                (report, done.failure, seen.findings(&plan, last))
            } else {
                let done = work.run(threads, || Unchecked);
                (done.report, done.failure, Vec::new())
            };
        let has_failed = failure.is_some();
        findings.extend(failure);
        findings.sort_by_key(|(index, _)| *index);
        report.findings = findings.into_iter().map(|(_, finding)| finding).collect();
        let unwritten = (0..memory.count()).filter_map(|buffer| Some((buffer, memory.unwritten(buffer)?)));
        let unwritten: Vec<_> = unwritten.collect();
        report.unwritten = unwritten.iter().map(|(buffer, (first, _))| (*buffer, *first)).collect();
        if checks.contains(FindingKind::Unwritten) && !has_failed {
            let finding = |(buffer, (first, count))| explain::unwritten(program, memory, names, buffer, first, count);
            report.findings.extend(unwritten.into_iter().map(finding));
        }
        Ok(report)
    }
}

/// Kinds that are found by checkers of values and accesses.
const CHECKERS: [FindingKind; 6] = [
    FindingKind::Race,
    FindingKind::Lanes,
    FindingKind::Undefined,
    FindingKind::Overflow,
    FindingKind::Division,
    FindingKind::Nan,
];
