//! The safe form of a launch: what else has to hold where no caller promises it.

use std::ffi::c_void;

use super::Launch;
use crate::driver::Driver;
use crate::error::{GraphFault, OrderFault, Used, Work};
use crate::grid::Grid;
use crate::pointer::{Guard, SliceFault};
use crate::stream;
use crate::tensor_map::{Descriptor, TensorMap};
use crate::{Error, Result};

impl<'a> Launch<'a> {
    /// Checks that the slice behind the pointer argument `index` can go with a safe launch.
    ///
    /// # Errors
    ///
    /// [`Error::WrongDevice`] and [`Error::Unordered`]; [`Error::Driver`] where the stream could not wait for others.
    #[inline]
    pub fn slice(&self, index: usize, guard: &Guard<'_>) -> Result<()> {
        match guard.fault() {
            None => Ok(()),
            Some(fault) => Err(self.refused_slice(index, fault)),
        }
    }

    /// Makes the descriptor argument `index` from a tensor of a slice or view.
    ///
    /// # Errors
    ///
    /// As for [`Launch::descriptor`] and [`Launch::slice`], and [`Error::Unordered`] for memory that cudarc does not
    /// know.
    pub fn slice_descriptor<T, const RANK: usize>(
        &self,
        index: usize,
        map: &'a TensorMap<'_, T, RANK>,
    ) -> Result<Descriptor<'a>> {
        let Some(passed) = map.pass_checked(self.stream) else {
            let memory = Used::Argument(self.image.spec.argument(index));
            return Err(self.unordered(OrderFault::UnknownMemory(memory)));
        };
        self.slice(index, &passed.1)?;
        self.encoded(index, map, passed)
    }

    /// Makes the descriptor argument `index` from a tensor in what its graph holds, which is `passed`.
    ///
    /// # Errors
    ///
    /// [`Error::TensorMap`] where the tensor does not suit the kernel, [`Error::Graph`] for other memory.
    pub fn captured_descriptor<T, const RANK: usize>(
        &self,
        index: usize,
        map: &'a TensorMap<'_, T, RANK>,
        passed: (u64, Guard<'a>),
    ) -> Result<Descriptor<'a>> {
        self.slice(index, &passed.1)?;
        self.encoded(index, map, passed)
    }

    /// Launches the kernel as [`Launch::run`] does, unless the stream is being captured, and records its use of the
    /// memory behind `guards`.
    ///
    /// # Errors
    ///
    /// As for [`Launch::run`], and [`Error::Unordered`].
    ///
    /// # Safety
    ///
    /// As for [`Launch::run`]. `guards` are of all arguments in memory, and each has been checked.
    #[inline]
    pub unsafe fn run_checked<const N: usize>(
        &self,
        grid: impl Into<Grid>,
        params: &mut [*mut c_void; N],
        guards: &[&Guard<'_>],
    ) -> Result<()> {
        let driver = self.image.driver;
        stream::refuse_capturing(driver, self.stream, self.work())?;
        // SAFETY: passed on.
        let launched = unsafe { self.run(grid, params) };
        // Also after an error: the kernel may be on the stream, and what failed came after it.
        if stream::is_tracked(self.stream.context()) {
            record(driver, guards);
        }
        launched
    }

    /// Captures the launch that [`Launch::run`] makes on other streams. The graph keeps what the arguments point to.
    ///
    /// # Errors
    ///
    /// As for [`Launch::run`].
    ///
    /// # Safety
    ///
    /// As for [`Launch::run`], each time that the graph is launched.
    #[inline]
    pub unsafe fn run_captured<const N: usize>(
        &self,
        grid: impl Into<Grid>,
        params: &mut [*mut c_void; N],
    ) -> Result<()> {
        // SAFETY: passed on. Nothing waits on this stream, so no error of cudarc's is about it.
        unsafe { self.submit(grid, params) }
    }

    #[cold]
    fn refused_slice(&self, index: usize, fault: SliceFault) -> Error {
        let (kernel, argument) = (self.image.spec.name, self.image.spec.argument(index));
        let memory = Used::Argument(argument);
        match fault {
            SliceFault::Elsewhere(home) => self.wrong_device(index, home),
            SliceFault::OtherHandle => self.unordered(OrderFault::OtherContext(memory)),
            SliceFault::Untracked => self.unordered(OrderFault::Untracked(memory)),
            SliceFault::NotHeld => Error::Graph(GraphFault::ForeignMemory { kernel, argument }),
            SliceFault::Unwaited(source) => Error::Driver {
                doing: format!(
                    "kernel `{kernel}` was not launched: its stream could not wait for what uses argument `{argument}`"
                ),
                source,
            },
        }
    }

    #[cold]
    fn unordered(&self, fault: OrderFault) -> Error {
        Error::Unordered { work: self.work(), fault }
    }

    #[inline]
    fn work(&self) -> Work {
        Work::Kernel(self.image.spec.name)
    }
}

/// Records the uses of what is behind `guards`.
fn record(driver: &Driver, guards: &[&Guard<'_>]) {
    let records = guards.iter().filter_map(|guard| guard.record());
    for (index, record) in records.clone().enumerate() {
        // Views of one slice have the same events.
        if !records.clone().take(index).any(|before| before.is_of(record)) {
            record.make(driver);
        }
    }
}
