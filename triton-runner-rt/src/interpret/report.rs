//! What an interpreted launch comes to.

use std::fmt;

use triton_runner_interpreter::{Finding, Traced};

use super::bytes::Bytes;
use super::element::Element;
use crate::error::NotInitialized;

/// What an interpreted launch comes to, where nothing was wrong.
///
/// It holds the memory that was given without values, and hands it back as [initialized](Report::initialized).
#[derive(Debug)]
#[non_exhaustive]
pub struct Report<'a> {
    /// The kernel, by the stem of its files; with the variant that was launched, where it has several.
    pub kernel: &'static str,
    /// The TTIR that ran, relative to its package.
    pub file: &'static str,
    /// What no GPU that there is makes wrong, though nothing promises that; with [`Checks`](super::Checks) that look for it.
    pub warnings: Vec<Finding>,
    /// Lines of `tl.device_print`, in the order of programs.
    pub prints: Vec<String>,
    /// What [`Interpretation::trace`](super::Interpretation::trace) asked for, in the order of programs.
    pub traced: Vec<Traced>,
    /// Programs that ran.
    pub programs: u64,
    /// Instructions that they took, and lanes in units of 64: a measure of work that is the same on each machine.
    pub steps: u64,
    pub(super) given: Vec<Given<'a>>,
}

/// Memory that was given without values.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) argument: &'static str,
    pub(super) element: (&'static str, usize),
    /// The first byte that the kernel hasn't written.
    pub(super) unwritten: Option<usize>,
    /// `None` once it was handed back.
    pub(super) bytes: Option<Bytes<'a>>,
}

impl<'a> Report<'a> {
    /// The memory of an argument that was given as `&mut [MaybeUninit<T>]`, once: the kernel has written every element.
    ///
    /// ```
    /// # use std::mem::MaybeUninit;
    /// # use triton_runner_rt::interpret::{NotInitialized, Report};
    /// # fn f<'a>(mut report: Report<'a>) -> Result<(), NotInitialized> {
    /// let out: &'a mut [f32] = report.initialized("out")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An element that the kernel didn't write, an argument of another type or name, or one that held values before.
    pub fn initialized<T: Element>(&mut self, argument: &str) -> Result<&'a mut [T], NotInitialized> {
        let (kernel, names) = (self.kernel, self.given.iter().map(|given| given.argument).collect());
        let Some(given) = self.given.iter_mut().find(|given| given.argument == argument) else {
            return Err(NotInitialized::NotGiven { kernel, argument: argument.to_owned(), given: names });
        };
        let (argument, (expected, size)) = (given.argument, given.element);
        if T::NAME != expected {
            return Err(NotInitialized::Type { kernel, argument, expected, found: T::NAME });
        }
        if let Some(byte) = given.unwritten {
            return Err(NotInitialized::Unwritten { kernel, argument, element: byte / size.max(1) });
        }
        given.bytes.take().and_then(T::back).ok_or(NotInitialized::Taken { kernel, argument })
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, file, programs, warnings, .. } = self;
        let plural = if *programs == 1 { "program" } else { "programs" };
        write!(f, "kernel `{kernel}` of {file}, interpreted on the CPU: {programs} {plural}, nothing wrong")?;
        warnings.iter().try_for_each(|warning| write!(f, "\nwarning: {warning}"))
    }
}
