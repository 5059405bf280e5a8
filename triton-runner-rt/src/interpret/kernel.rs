//! A kernel's TTIR as it is embedded, and the program that is made of it once.

use std::fmt;
use std::sync::OnceLock;

use triton_runner_interpreter::{ArgumentError, Level, Options, Program, ProgramError, Report, StandIn};

use crate::error::InterpretFailure;
use crate::spec::KernelSpec;
use crate::{Arch, Error, Result};

/// TTIR that is embedded, and what its text doesn't say.
pub struct Ttir {
    arch: Option<Arch>,
    source: &'static str,
    text: &'static str,
    num_warps: u32,
    fp_fusion: bool,
    program: OnceLock<Result<Program, ProgramError>>,
}

impl Ttir {
    /// What is embedded of one file.
    pub const fn new(
        arch: Option<Arch>,
        source: &'static str,
        text: &'static str,
        num_warps: u32,
        fp_fusion: bool,
    ) -> Self {
        Self { arch, source, text, num_warps, fp_fusion, program: OnceLock::new() }
    }

    /// The checked-in file, relative to its package.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// The program that runs, made at the first launch.
    pub(crate) fn program(&self, spec: &KernelSpec) -> Result<&Program> {
        match self.program.get_or_init(|| self.compile(spec, Vec::new())) {
            Ok(program) => Ok(program),
            // It is kept where it is, and has no copy.
            Err(error) => Err(self.refused(spec, error.to_string())),
        }
    }

    /// A program with what stands in for inline assembly, made for one launch.
    pub(super) fn with(&self, spec: &KernelSpec, stand_ins: Vec<StandIn>) -> Result<Program> {
        self.compile(spec, stand_ins).map_err(|error| self.refused(spec, error.to_string()))
    }

    /// What a launch came to, unless the kernel did something wrong. Warnings are left in it.
    pub(crate) fn succeeded(&self, spec: &KernelSpec, ran: Result<Report, ArgumentError>) -> Result<Report> {
        let (kernel, file) = (spec.name, self.source);
        let report = ran.map_err(|source| InterpretFailure::Argument { file, source })?;
        if report.findings.iter().all(|finding| finding.level != Level::Error) {
            return Ok(report);
        }
        let (findings, prints) = (report.findings, report.prints);
        Err(InterpretFailure::Findings { kernel, file, findings, prints }.into())
    }

    fn compile(&self, spec: &KernelSpec, stand_ins: Vec<StandIn>) -> Result<Program, ProgramError> {
        let mut options = Options::default();
        options.contract = self.fp_fusion;
        options.warps = self.num_warps;
        options.arguments = spec.args.iter().map(|argument| argument.name.to_owned()).collect();
        options.stand_ins = stand_ins;
        Program::new(self.text, &options)
    }

    #[cold]
    fn refused(&self, spec: &KernelSpec, reason: String) -> Error {
        InterpretFailure::Refused { kernel: spec.name, file: self.source, reason }.into()
    }
}

impl fmt::Debug for Ttir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ttir").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A kernel that can be interpreted.
#[derive(Clone, Copy, Debug)]
pub struct InterpretedKernel {
    pub(super) spec: &'static KernelSpec,
    ttir: &'static [Ttir],
}

impl InterpretedKernel {
    /// This kernel, with its TTIR.
    pub const fn new(spec: &'static KernelSpec, ttir: &'static [Ttir]) -> Self {
        Self { spec, ttir }
    }

    /// The first of a kernel's variants, in this order, of which there is TTIR.
    ///
    /// # Errors
    ///
    /// [`InterpretFailure::NoTtir`] where there is none.
    pub fn first<V: Copy>(kernels: &[Option<Self>], order: &[(V, usize)], of: &'static str) -> Result<(V, Self)> {
        let found = order.iter().find_map(|(variant, index)| Some((*variant, (*kernels.get(*index)?)?)));
        found.ok_or_else(|| InterpretFailure::NoTtir { kernel: of, arch: None, embedded: Vec::new() }.into())
    }

    /// The TTIR for an architecture; without one, the file for all, else that for the first architecture.
    pub(crate) fn ttir(&self, arch: Option<Arch>) -> Result<&'static Ttir> {
        let of = |wanted| self.ttir.iter().find(|ttir| ttir.arch == wanted);
        let found = arch.and_then(|arch| of(Some(arch))).or_else(|| of(None));
        let found = if arch.is_none() { found.or(self.ttir.first()) } else { found };
        found.ok_or_else(|| {
            let embedded = self.ttir.iter().filter_map(|ttir| ttir.arch).collect();
            InterpretFailure::NoTtir { kernel: self.spec.name, arch, embedded }.into()
        })
    }
}
