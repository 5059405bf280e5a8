//! A capture in progress, and launches in it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
#[cfg(feature = "read")]
use std::sync::{Mutex, PoisonError};

use cudarc::driver::CudaStream;

use super::executable::Capturing;
use crate::Result;
use crate::kernel::LoadedKernel;
use crate::launch::Launch;
use crate::pointer::Guard;
use crate::tensor_map::TensorMap;

/// A capture in progress: what the generated `capture` of a kernel takes in place of a stream.
///
/// Only shared references to it are handed out, so that one capture can't be put in the place of another, and it stays on
/// its thread.
pub struct Capture {
    stream: Arc<CudaStream>,
    graph: u64,
    /// Kernels that would be unloaded with their last holder, which the graph is one of.
    #[cfg(feature = "read")]
    kernels: Mutex<Vec<LoadedKernel>>,
    thread: PhantomData<*const ()>,
}

impl Capture {
    pub(super) fn new(capturing: &Capturing<'_>, graph: u64) -> Self {
        Self {
            stream: Arc::clone(capturing.stream()),
            graph,
            #[cfg(feature = "read")]
            kernels: Mutex::default(),
            thread: PhantomData,
        }
    }

    /// The kernels that the graph has to hold.
    #[cfg(feature = "read")]
    pub(super) fn into_kernels(self) -> Vec<LoadedKernel> {
        self.kernels.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn graph(&self) -> u64 {
        self.graph
    }

    /// The memory of a tensor, as a launch in this capture gets it.
    #[doc(hidden)]
    pub fn described<'s, T, const RANK: usize>(&self, map: &'s TensorMap<'_, T, RANK>) -> (u64, Guard<'s>) {
        map.pass_held(self.graph)
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl LoadedKernel {
    /// Begins a launch in a capture.
    ///
    /// # Errors
    ///
    /// [`Error::WrongStream`](crate::Error::WrongStream) for a graph of another context.
    pub fn captured<'a>(&'a self, capture: &'a Capture) -> Result<Launch<'a>> {
        let launch = self.on(&capture.stream)?;
        #[cfg(feature = "read")]
        if self.is_owned() {
            capture.kernels.lock().unwrap_or_else(PoisonError::into_inner).push(self.clone());
        }
        Ok(launch)
    }
}
