//! The fastest of several variants of a kernel, measured on the device and remembered.

mod asked;
mod buffer;
mod measure;
mod record;
mod table;

use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cudarc::driver::{CudaStream, sys};

use crate::bench::Bench;
use crate::{Error, Result};
#[doc(hidden)]
pub use buffer::Sample;
#[doc(hidden)]
pub use measure::{Failed, Measuring, Tunable, TunableImage, TunableVariant};
use record::{Choice, Record, Subject};
#[doc(hidden)]
pub use table::{TunedRow, TunedTable};

/// Chooses among variants of a kernel by timing them on the device.
///
/// What was chosen is remembered for the device's name and compute capability, the kernel and a key. The key says what
/// else the choice depends on, such as the sizes. With a file, later runs of the program remember it too.
///
/// A choice stays until its variant is no longer among those that are offered. After kernels were changed or variants
/// added, delete the file, or put a version into the key.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use triton_runner_rt::{Result, cudarc::driver::CudaStream, tune::Tuner};
/// # #[derive(Clone, Copy)]
/// # enum GemmVariant { Base, Wide }
/// # impl GemmVariant { const ALL: &'static [Self] = &[Self::Base, Self::Wide]; }
/// # impl std::fmt::Display for GemmVariant {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("gemm") }
/// # }
/// # struct Gemm;
/// # impl Gemm {
/// #     fn load_variant(_: &Arc<triton_runner_rt::cudarc::driver::CudaContext>, _: GemmVariant) -> Result<Self> { Ok(Gemm) }
/// #     unsafe fn launch(&self, _: &Arc<CudaStream>, _: i32) -> Result<()> { Ok(()) }
/// # }
/// # fn f(stream: &Arc<CudaStream>) -> Result<()> {
/// let tuner = Tuner::with_file("gemm.tuned");
/// let size = 4096;
/// let variant = tuner.best(stream, "gemm", size, GemmVariant::ALL, |variant| {
///     let gemm = Gemm::load_variant(stream.context(), variant)?;
///     // SAFETY: the buffers hold `size` rows and columns.
///     unsafe { gemm.launch(stream, size) }
/// })?;
/// let gemm = Gemm::load_variant(stream.context(), variant)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Tuner {
    bench: Bench,
    file: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the file held when the tuner was made, and what was chosen since.
    known: Record,
    /// What was chosen since. Only this is added to the file, which another program may have changed.
    measured: Record,
    write_error: Option<io::Error>,
}

impl Tuner {
    /// One that remembers its choices as long as it lives.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that also remembers what this file holds, and writes each new choice to it.
    ///
    /// A file that is missing holds nothing, and neither does one that cannot be read; damaged lines are left out.
    /// Each line is device, kernel, key, variant and microseconds of one choice, with a tab between them. The file is
    /// replaced as a whole, by one that is written beside it, and keeps what other programs added. Where two programs
    /// write at the same moment one's choice may be lost, and is measured again.
    #[must_use]
    pub fn with_file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let state = State { known: Record::read(&path), ..State::default() };
        Self { file: Some(path), state: Mutex::new(state), ..Self::default() }
    }

    /// The same tuner with this measurement for each variant.
    #[must_use]
    pub fn bench(self, bench: Bench) -> Self {
        Self { bench, ..self }
    }

    /// The variant whose `run` takes the least GPU time: the one that is remembered, else each is timed with
    /// [`Bench`]. Of equally fast ones it is the first.
    ///
    /// `run` puts its work on `stream`. It is called many times for each variant, so what it computes has to bear
    /// that. Time that the GPU waits for the host within `run` counts. Nothing is locked in the meantime: two threads
    /// that ask for the same at once both measure, and disturb each other's times.
    ///
    /// Variants are told apart by their text. Those that the device doesn't run, where `run` gives
    /// [`Error::NoImage`] or [`Error::SharedMemory`], are left out, and so are those that are not right for the arguments:
    /// [`Error::Requires`], [`Error::Misaligned`] and [`Error::Indivisible`]. A choice that cannot be written to the file holds
    /// all the same: see [`Tuner::take_write_error`].
    ///
    /// # Errors
    ///
    /// The last variant's, where none is left; any other error of `run`, at once; those of the driver. It is
    /// also an error if there are no variants.
    pub fn best<V: Copy + Display>(
        &self,
        stream: &Arc<CudaStream>,
        kernel: &str,
        key: impl Display,
        variants: &[V],
        mut run: impl FnMut(V) -> Result<()>,
    ) -> Result<V> {
        let context = stream.context();
        let (name, (major, minor)) = (context.name()?, context.compute_capability()?);
        let subject = Subject::new(&format!("{name} ({major}.{minor})"), kernel, &key.to_string());
        self.choose(subject, kernel, variants, |variant| {
            let times = self.bench.run(stream, || run(variant))?;
            Ok(times.median() * 1e3)
        })
    }

    /// Why a choice could not be written to the file, once; `None` if each could.
    pub fn take_write_error(&self) -> Option<io::Error> {
        self.state().write_error.take()
    }

    /// `best`, with `time` to say how many microseconds a variant takes.
    fn choose<V: Copy + Display>(
        &self,
        subject: Subject,
        kernel: &str,
        variants: &[V],
        mut time: impl FnMut(V) -> Result<f64>,
    ) -> Result<V> {
        if let Some(choice) = self.state().known.get(&subject)
            && let Some(variant) = variants.iter().find(|variant| choice.is(variant))
        {
            return Ok(*variant);
        }
        let (mut fastest, mut unfit): (Option<(V, f64)>, _) = (None, None);
        for &variant in variants {
            match time(variant) {
                Ok(micros) if fastest.is_none_or(|(_, least)| micros < least || least.is_nan()) => {
                    fastest = Some((variant, micros))
                }
                Ok(_) => {}
                Err(
                    error @ (Error::NoImage(_)
                    | Error::SharedMemory { .. }
                    | Error::Requires(_)
                    | Error::Misaligned { .. }
                    | Error::Indivisible { .. }),
                ) => unfit = Some(error),
                Err(error) => return Err(error),
            }
        }
        let Some((variant, micros)) = fastest else { return Err(unfit.unwrap_or_else(|| no_variants(kernel))) };
        self.remember(subject, Choice::new(&variant, micros));
        Ok(variant)
    }

    fn remember(&self, subject: Subject, choice: Choice) {
        let mut state = self.state();
        state.known.insert(subject.clone(), choice.clone());
        state.measured.insert(subject, choice);
        if let Some(path) = &self.file
            && let Err(error) = state.measured.add_to(path)
        {
            state.write_error = Some(error);
        }
    }

    /// Each change leaves the state whole, so one that a panic interrupted can go on.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_variants(kernel: &str) -> Error {
    let source = cudarc::driver::DriverError(sys::CUresult::CUDA_ERROR_INVALID_VALUE);
    Error::Driver {
        doing: format!(
            "the fastest variant of kernel `{kernel}` was asked for, with no variants to choose from: pass one or more"
        ),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests;
