//! Streams on which the order of a launch is certain.
//!
//! cudarc orders what uses a slice with events, as long as its context counts a stream of its own. A safe launch stands on
//! that, so it goes where the tracking sees it, and sees to it that the tracking goes on.

mod kept;

use cudarc::driver::{CudaContext, CudaStream};

use crate::driver::status::check;
use crate::driver::{Driver, DriverError, abi};
use crate::error::{OrderFault, Work};
use crate::{Error, Result};
pub(crate) use kept::Kept;

/// `CU_STREAM_LEGACY`, the null stream by another name.
const LEGACY: usize = 1;
/// `CU_STREAM_PER_THREAD`.
const PER_THREAD: usize = 2;

/// Whether it is the null stream, which runs in order with itself however it is reached and can't be captured.
#[inline]
pub(crate) fn is_null(stream: &CudaStream) -> bool {
    stream.cu_stream().addr() <= LEGACY
}

/// Whether both are one stream of the driver.
#[inline]
pub(crate) fn is_same(one: &CudaStream, other: &CudaStream) -> bool {
    one.cu_stream() == other.cu_stream() || (is_null(one) && is_null(other))
}

/// Whether cudarc waits for and records what uses a slice of this context.
#[inline]
pub(crate) fn is_tracked(context: &CudaContext) -> bool {
    // `is_managing_stream_synchronization`, which the compiler doesn't inline.
    context.is_in_multi_stream_mode() && context.is_event_tracking()
}

/// Sees to it that work on `stream`, whose context is current, is ordered by cudarc's tracking from now on.
///
/// # Errors
///
/// [`Error::Unordered`] for the per-thread stream and for one that is being captured.
#[inline]
pub(crate) fn admit(driver: &Driver, stream: &CudaStream, kept: &Kept, work: Work) -> Result<()> {
    let context = stream.context();
    if is_null(stream) && !context.is_in_multi_stream_mode() {
        // Tracking hasn't begun. When it does, cudarc waits for all of the context first.
        return Ok(());
    }
    if stream.cu_stream().addr() == PER_THREAD {
        return Err(Error::Unordered { work, fault: OrderFault::PerThread });
    }
    let keeps = kept.keeps(context);
    // Before anything waits on the stream: an event from outside would end the capture.
    if !keeps || context.is_event_tracking() {
        refuse_capturing(driver, stream, work)?;
    }
    if keeps { Ok(()) } else { kept.keep(context, work) }
}

/// Refuses a stream that is being captured.
///
/// # Errors
///
/// [`Error::Unordered`], and [`Error::Driver`] where the driver doesn't say.
#[inline]
pub(crate) fn refuse_capturing(driver: &Driver, stream: &CudaStream, work: Work) -> Result<()> {
    if is_null(stream) {
        return Ok(());
    }
    match is_capturing(driver, stream.cu_stream().cast()) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::Unordered { work, fault: OrderFault::Capturing }),
        Err(source) => Err(unknown(work, source)),
    }
}

/// Whether a stream of the current context is being captured.
#[inline]
pub(crate) fn is_capturing(driver: &Driver, stream: abi::Stream) -> Result<bool, DriverError> {
    let mut status = 0;
    // SAFETY: the stream is of the current context, and `status` outlives the call.
    check(unsafe { (driver.functions.stream_is_capturing)(stream, &mut status) })?;
    Ok(status != 0)
}

#[cold]
fn unknown(work: Work, source: DriverError) -> Error {
    Error::Driver {
        doing: format!("{work} was not launched: the driver could not say whether its stream is captured"),
        source,
    }
}
