//! What a safe launch waits for and records, past cudarc, which asks for the current context each time.

use cudarc::driver::CudaStream;

use super::turn::Turn;
use crate::driver::status::check;
use crate::driver::{Driver, DriverError, abi};
use crate::stream::is_tracked;

/// The use of a slice by a launch on a stream: the event to record once the kernel is on it.
///
/// Its memory outlives it, and with it the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    event: abi::Event,
    stream: &'a CudaStream,
    turn: Turn,
}

impl<'a> Record<'a> {
    /// Before anything waits for the event.
    #[inline]
    pub(super) fn new(event: abi::Event, stream: &'a CudaStream) -> Self {
        Self { event, stream, turn: Turn::of(event) }
    }

    /// Lets the stream, whose context is current, wait for what was recorded before.
    #[inline]
    pub(super) fn wait(&self, driver: &Driver) -> Result<(), DriverError> {
        self.wait_for(driver, self.event)
    }

    /// The same for the slice's other event.
    #[inline]
    pub(super) fn wait_for(&self, driver: &Driver, event: abi::Event) -> Result<(), DriverError> {
        // SAFETY: event and stream are alive, and of the current context.
        check(unsafe { (driver.functions.stream_wait)(self.stream.cu_stream().cast(), event, 0) })
    }

    /// Whether it is of the same event.
    #[inline]
    pub(crate) fn is_of(&self, other: &Record<'_>) -> bool {
        self.event == other.event
    }

    /// Records that the kernel is on the stream; where the driver won't, waits for the kernel.
    #[inline]
    pub(crate) fn make(&self, driver: &Driver) {
        let context = self.stream.context();
        if !is_tracked(context) {
            return;
        }
        self.turn.record(self.event, |overtaken| {
            if overtaken && self.wait(driver).is_err() {
                // What the other recorded is lost with the next line.
                context.record_err(context.synchronize());
            }
            // SAFETY: event and stream are alive, and of the current context.
            let recorded =
                check(unsafe { (driver.functions.event_record)(self.event, self.stream.cu_stream().cast()) });
            if recorded.is_err() {
                unrecorded(self.stream);
            }
        });
    }
}

#[cold]
fn unrecorded(stream: &CudaStream) {
    let context = stream.context();
    context.record_err(stream.synchronize());
}
