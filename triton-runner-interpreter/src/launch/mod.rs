//! A launch: buffers, arguments, a grid.

mod arguments;
mod explain;
mod schedule;

use crate::finding::Finding;
use crate::memory::{Given, Memory};
use crate::program::Program;

pub use arguments::ArgumentError;

/// A piece of memory that a kernel may be given pointers to, as it would lie on a GPU: aligned to anything, unless said
/// otherwise.
#[derive(Debug)]
pub struct Buffer<'a> {
    given: Given<'a>,
    misaligned: usize,
}

impl<'a> Buffer<'a> {
    /// Memory that is only read: a write is a finding.
    pub fn read(bytes: &'a [u8]) -> Self {
        Self { given: Given::Read(bytes), misaligned: 0 }
    }

    /// Memory that holds values and may be written.
    pub fn write(bytes: &'a mut [u8]) -> Self {
        Self { given: Given::Write(bytes), misaligned: 0 }
    }

    /// Memory whose bytes have no values yet: reading one before it is written is a finding.
    pub fn uninitialized(bytes: &'a mut [u8]) -> Self {
        Self { given: Given::Uninitialized(bytes), misaligned: 0 }
    }

    /// How many bytes its start lies behind an aligned address. Up to 16 KiB.
    #[must_use]
    pub fn misaligned(mut self, bytes: usize) -> Self {
        self.misaligned = bytes;
        self
    }
}

/// An argument of a kernel, as a caller gives it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// So many bytes behind the start of a buffer, which is named by its place.
    Pointer {
        /// In the order in which buffers were given.
        buffer: usize,
        /// May lie outside: only accesses are checked.
        offset: i64,
    },
    /// The null pointer.
    Null,
    /// An integer of any width, signed or not, or a truth value.
    Integer(i128),
    /// A floating-point number of any format, which is rounded to the kernel's.
    Float(f64),
    /// A tensor descriptor made on the host. In the IR its sizes and strides follow it.
    Descriptor(TensorDescriptor),
}

/// A tensor in memory, of which a kernel loads and stores blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorDescriptor {
    /// The buffer, by its place.
    pub buffer: usize,
    /// Bytes from its start to the tensor.
    pub offset: i64,
    /// Elements of each dimension.
    pub shape: Vec<i64>,
    /// Elements between neighbours of each dimension; the last is 1.
    pub strides: Vec<i64>,
    /// Elements outside the tensor are loaded as NaN, not as 0.
    pub pad_with_nan: bool,
}

/// A launch that is being put together.
#[derive(Debug)]
pub struct Launch<'p, 'a> {
    program: &'p Program,
    grid: [u32; 3],
    buffers: Vec<Buffer<'a>>,
    arguments: Vec<Argument>,
    threads: Option<usize>,
    budget: u64,
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, in the order of programs.
    pub findings: Vec<Finding>,
    /// What `tl.device_print` printed, in the order of programs.
    pub prints: Vec<String>,
    /// Buffers that were given uninitialized and not written as a whole: their places, and the first byte that has no
    /// value.
    pub unwritten: Vec<(usize, usize)>,
    /// Programs that ran.
    pub programs: u64,
    /// Instructions that they took, and lanes in units of 64.
    pub steps: u64,
}

/// Instructions of one program, after which it is taken for endless.
const BUDGET: u64 = 1 << 30;

impl<'p, 'a> Launch<'p, 'a> {
    /// Of so many programs along x, y and z.
    pub fn new(program: &'p Program, grid: [u32; 3]) -> Self {
        Self { program, grid, buffers: Vec::new(), arguments: Vec::new(), threads: None, budget: BUDGET }
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
        let findings = self.promises(&values);
        let (program, grid, threads, budget) = (self.program, self.grid, self.threads, self.budget);
        let count = self.buffers.len();
        let given = self.buffers.into_iter().map(|buffer| (buffer.given, buffer.misaligned)).collect();
        let memory = Memory::new(given).ok_or(ArgumentError::Buffers)?;
        if !findings.is_empty() {
            return Ok(Report { findings, ..Report::default() });
        }
        let work = schedule::Work { program, memory: &memory, names: &names, grid, budget, values: &values };
        let mut report = work.run(threads);
        report.unwritten = (0..count).filter_map(|buffer| Some((buffer, memory.first_unwritten(buffer)?))).collect();
        Ok(report)
    }
}
