//! The run of an interpreted launch.

use std::io::Write as _;
use std::sync::Once;

use triton_runner_interpreter::{Checks, Launch, OPTIMIZED, StandIn};

use super::grid::MULTIPROCESSORS;
use super::kernel::Ttir;
use super::launch::Prepared;
use super::placed::placed;
use super::report::Report;
use crate::spec::KernelSpec;
use crate::{Arch, Result};

/// A launch on the interpreter, which [`run`](Interpretation::run) starts.
///
/// Made by the `interpret` of a declared kernel. Variants, conditions and promises were looked at when it was made: what is
/// wrong with them, `run` says.
#[derive(Debug)]
#[must_use = "nothing is interpreted before `run`"]
pub struct Interpretation<'a> {
    prepared: Result<Prepared<'a>>,
    traces: Vec<(String, [u32; 3])>,
    stand_ins: Vec<StandIn>,
    checks: Checks,
    threads: Option<usize>,
    budget: Option<u64>,
    arch: Option<Arch>,
    multiprocessors: u32,
}

impl<'a> Interpretation<'a> {
    /// A launch that the generated code has checked.
    #[doc(hidden)]
    pub fn new(prepared: Result<Prepared<'a>>) -> Self {
        let (traces, stand_ins, checks) = (Vec::new(), Vec::new(), Checks::default());
        Self {
            prepared,
            traces,
            stand_ins,
            checks,
            threads: None,
            budget: None,
            arch: None,
            multiprocessors: MULTIPROCESSORS,
        }
    }

    /// Asks for the values that the program at this place of the grid gives what has this name: a variable in Python, or
    /// a value in the IR (`%3`). The report has each time that it is computed, and for a variable of Python what is computed
    /// on the way to it first, such as the addresses that it is loaded from. Constants and arguments aren't computed.
    pub fn trace(mut self, name: &str, program: [u32; 3]) -> Self {
        self.traces.push((name.to_owned(), program));
        self
    }

    /// Computes inline assembly of one text in its place.
    pub fn stand_in(mut self, stand_in: StandIn) -> Self {
        self.stand_ins.push(stand_in);
        self
    }

    /// What is looked for: without this, [`Checks::default`], which costs nothing. [`Checks::all`] finds races, lanes of one
    /// store that meet, lanes without values, integers that wrap, and where a NaN is born.
    pub fn checks(mut self, checks: Checks) -> Self {
        self.checks = checks;
        self
    }

    /// How many threads run programs: without this, as many as rayon has. With one, the order of atomic operations is
    /// always the same.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// How many instructions one program may take before it counts as endless: without this, 2³⁰.
    pub fn budget(mut self, instructions: u64) -> Self {
        self.budget = Some(instructions);
        self
    }

    /// Takes the TTIR for this architecture, for a kernel with files for each: without this, the file for all of them, else
    /// that for the first.
    pub fn arch(mut self, arch: Arch) -> Self {
        self.arch = Some(arch);
        self
    }

    /// How many multiprocessors the device has that is stood in for, where the kernel's grid is over them: without this,
    /// [`MULTIPROCESSORS`]. At least one.
    pub fn multiprocessors(mut self, count: u32) -> Self {
        self.multiprocessors = count.max(1);
        self
    }

    /// Runs all programs of the grid. No driver is loaded, and no GPU is needed.
    ///
    /// # Errors
    ///
    /// What `launch` refuses: a broken promise, a condition that doesn't hold, a grid or a descriptor that can't be.
    /// [`Error::Interpret`](crate::Error::Interpret) with every finding, for TTIR that the interpreter doesn't run, and for a name that the kernel
    /// computes nothing of.
    pub fn run(self) -> Result<Report<'a>> {
        let Prepared { kernel, grid, arguments } = self.prepared?;
        if !OPTIMIZED {
            say_once();
        }
        let (spec, ttir) = (kernel.spec, kernel.ttir(self.arch)?);
        let (mut memory, arguments) = placed(arguments);
        let Some(grid) = grid.programs(spec, self.multiprocessors)? else {
            let given = memory.into_iter().filter_map(|placed| {
                let unwritten = (!placed.is_empty()).then_some(0);
                placed.given(spec, unwritten)
            });
            return Ok(Report { given: given.collect(), ..Report::empty(spec, ttir) });
        };
        let own;
        let program = if self.stand_ins.is_empty() {
            ttir.program(spec)?
        } else {
            own = ttir.with(spec, self.stand_ins)?;
            &own
        };
        let mut launch = Launch::new(program, grid);
        launch.check(self.checks);
        if let Some(threads) = self.threads {
            launch.threads(threads);
        }
        if let Some(budget) = self.budget {
            launch.budget(budget);
        }
        self.traces.iter().for_each(|(name, program)| launch.trace(name, *program));
        memory.iter_mut().for_each(|placed| _ = launch.buffer(placed.buffer()));
        arguments.into_iter().for_each(|argument| launch.argument(argument));
        let report = launch.run();
        let flags: Vec<_> = memory.iter_mut().filter_map(|placed| placed.write_back(spec)).collect();
        let report = ttir.succeeded(spec, report)?;
        if let Some(flag) = flags.into_iter().next() {
            return Err(flag);
        }
        let given = memory.into_iter().enumerate().filter_map(|(place, placed)| {
            let unwritten = report.unwritten.iter().find(|(buffer, _)| *buffer == place);
            placed.given(spec, unwritten.map(|(_, byte)| *byte))
        });
        let given = given.collect();
        Ok(Report {
            warnings: report.findings,
            prints: report.prints,
            traced: report.traced,
            programs: report.programs,
            steps: report.steps,
            given,
            ..Report::empty(spec, ttir)
        })
    }
}

impl Report<'_> {
    fn empty(spec: &KernelSpec, ttir: &Ttir) -> Self {
        let (kernel, file) = (spec.name, ttir.source());
        let (prints, traced, warnings, given) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { kernel, file, warnings, prints, traced, programs: 0, steps: 0, given }
    }
}

/// Says what makes it fast, at the first launch of a process: a test that takes minutes is not run a second time.
fn say_once() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let _ = writeln!(std::io::stderr(), "{SLOW}");
    });
}

/// What to add to Cargo.toml.
const SLOW: &str = concat!(
    "note: triton-runner's interpreter was compiled without optimization, and is many times slower than it can be\n",
    "help: add this to the Cargo.toml of your workspace\n\n",
    include_str!("profile.toml"),
);
