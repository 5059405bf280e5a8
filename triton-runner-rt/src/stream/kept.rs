//! A stream of each context that is never dropped.
//!
//! cudarc's tracking ends with the last stream of a context, though kernels may run on: a slice that is dropped then would
//! be freed under them.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::{CudaContext, CudaStream};

use crate::error::Work;
use crate::{Error, Result};

/// One stream of each context that needs one, and with it the context, for the life of the process.
static STREAMS: Mutex<Vec<Arc<CudaStream>>> = Mutex::new(Vec::new());

/// The context that is known to have such a stream, so that a launch has only to compare.
///
/// The context lives as long as the process, so no other one is ever at its address.
#[derive(Debug, Default)]
pub(crate) struct Kept(AtomicPtr<CudaContext>);

impl Kept {
    #[inline]
    pub(crate) fn keeps(&self, context: &Arc<CudaContext>) -> bool {
        ptr::eq(self.0.load(Ordering::Acquire), Arc::as_ptr(context))
    }

    /// Makes the stream, unless the context has it.
    ///
    /// # Errors
    ///
    /// [`Error::Driver`] where the driver makes none.
    #[cold]
    pub(crate) fn keep(&self, context: &Arc<CudaContext>, work: Work) -> Result<()> {
        let mut streams = STREAMS.lock().unwrap_or_else(PoisonError::into_inner);
        if !streams.iter().any(|stream| Arc::ptr_eq(stream.context(), context)) {
            let stream = context.new_stream().map_err(|error| Error::Driver {
                doing: format!("{work} was not launched: no stream that keeps cudarc's tracking on"),
                source: error.into(),
            })?;
            streams.push(stream);
        }
        self.0.store(Arc::as_ptr(context).cast_mut(), Ordering::Release);
        Ok(())
    }
}
