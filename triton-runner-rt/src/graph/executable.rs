//! The driver's side of a graph: the stream that is captured, what was captured, and what is launched.

use std::ptr;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream};

use crate::driver::status::check;
use crate::driver::{Driver, DriverError, DriverVersion, abi};
use crate::{Error, Result};

/// A stream of our own that nothing else can reach, so that nothing but our launches is captured. cudarc doesn't count it.
pub(super) struct CaptureStream {
    driver: &'static Driver,
    handle: abi::Stream,
    /// The same handle, as launches take it.
    stream: Arc<CudaStream>,
}

// SAFETY: a stream of the driver, which may be used from any thread.
unsafe impl Send for CaptureStream {}
// SAFETY: as above; nothing is done with it but through `&mut`.
unsafe impl Sync for CaptureStream {}

impl CaptureStream {
    /// A stream of `context`, which is current.
    pub(super) fn new(driver: &'static Driver, context: &Arc<CudaContext>) -> Result<Self> {
        let create = needed(driver, driver.functions.stream_create, "cuStreamCreate")?;
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` outlives the call, and the context is current.
        check(unsafe { create(&mut handle, abi::STREAM_NON_BLOCKING) })
            .map_err(|source| failed("no stream to capture a graph on", source))?;
        // SAFETY: the stream is of this context, and is destroyed when its last user here is gone: `Capture` lives as
        // long as a call of `Graph::capture`, which borrows this.
        let stream = unsafe { context.wrap_borrowed_stream(handle.cast()) };
        Ok(Self { driver, handle, stream })
    }

    /// Begins to capture. The context is current.
    pub(super) fn begin(&mut self) -> Result<Capturing<'_>> {
        let begin = needed(self.driver, self.driver.functions.begin_capture, "cuStreamBeginCapture")?;
        // SAFETY: the stream is ours, and of the current context.
        check(unsafe { begin(self.handle, abi::CAPTURE_THREAD_LOCAL) })
            .map_err(|source| failed("the capture of a graph could not begin", source))?;
        Ok(Capturing { stream: self, ended: false })
    }
}

impl Drop for CaptureStream {
    fn drop(&mut self) {
        let context = self.stream.context();
        context.record_err(context.bind_to_thread());
        if let Some(destroy) = self.driver.functions.stream_destroy {
            // SAFETY: the stream is ours and nothing uses it any more. What the driver says of it helps nobody.
            let _ = unsafe { destroy(self.handle) };
        }
    }
}

/// A capture in progress, which ends with it.
pub(super) struct Capturing<'a> {
    stream: &'a mut CaptureStream,
    ended: bool,
}

impl Capturing<'_> {
    /// What launches go to.
    pub(super) fn stream(&self) -> &Arc<CudaStream> {
        &self.stream.stream
    }

    /// Ends it. The context is current.
    pub(super) fn end(mut self) -> Result<Captured> {
        self.finish().map_err(|source| failed("the capture of a graph failed", source))
    }

    fn finish(&mut self) -> Result<Captured, DriverError> {
        self.ended = true;
        let CaptureStream { driver, handle, ref stream } = *self.stream;
        let mut graph = ptr::null_mut();
        let Some(end) = driver.functions.end_capture else {
            return Err(DriverError::from_code(abi::ERROR_NOT_FOUND));
        };
        // SAFETY: the stream is ours, and `graph` outlives the call.
        check(unsafe { end(handle, &mut graph) })?;
        Ok(Captured { driver, graph, context: Arc::clone(stream.context()) })
    }
}

impl Drop for Capturing<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let context = self.stream.stream.context();
            context.record_err(context.bind_to_thread());
            // There is an error or a panic already.
            let _ = self.finish();
        }
    }
}

/// What was captured: a graph that can't be launched yet.
pub(super) struct Captured {
    driver: &'static Driver,
    graph: abi::Graph,
    context: Arc<CudaContext>,
}

impl Captured {
    /// Makes it ready to be launched. The context is current.
    pub(super) fn instantiate(&self) -> Result<Executable> {
        let Self { driver, graph, ref context } = *self;
        let Some(instantiate) = driver.functions.graph_instantiate else {
            let needed = DriverVersion::new(11, 4);
            return Err(driver.too_old("a graph", "cuGraphInstantiateWithFlags", needed).into());
        };
        let mut handle = ptr::null_mut();
        // SAFETY: the graph is ours, and `handle` outlives the call.
        check(unsafe { instantiate(&mut handle, graph, 0) })
            .map_err(|source| failed("a captured graph could not be made ready to be launched", source))?;
        Ok(Executable { driver, handle, context: Arc::clone(context) })
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        if let Some(destroy) = self.driver.functions.graph_destroy {
            // SAFETY: the graph is ours; what was instantiated from it is the driver's own copy.
            let _ = unsafe { destroy(self.graph) };
        }
    }
}

/// A graph that can be launched.
pub(super) struct Executable {
    driver: &'static Driver,
    handle: abi::GraphExec,
    context: Arc<CudaContext>,
}

// SAFETY: a handle of the driver, which may be used from any thread, though from one at a time.
unsafe impl Send for Executable {}
// SAFETY: `Graph` updates, launches and drops it through `&mut` only.
unsafe impl Sync for Executable {}

impl Executable {
    /// Makes it what was captured, for launches to come; those before run as they were. `false` where the driver can't,
    /// as the launches are others. The context is current.
    pub(super) fn update(&self, captured: &Captured) -> bool {
        let Some(update) = self.driver.functions.graph_exec_update else { return false };
        let mut result =
            abi::GraphUpdateResult { result: 0, error_node: ptr::null_mut(), error_from_node: ptr::null_mut() };
        // SAFETY: both are ours, and `result` outlives the call.
        check(unsafe { update(self.handle, captured.graph, &mut result) }).is_ok()
    }

    /// Launches it on a stream of its context, which is current.
    pub(super) fn launch(&self, stream: &CudaStream) -> Result<()> {
        let launch = needed(self.driver, self.driver.functions.graph_launch, "cuGraphLaunch")?;
        // SAFETY: the executable is ours, and the stream is of its context.
        check(unsafe { launch(self.handle, stream.cu_stream().cast()) })
            .map_err(|source| failed("the driver refused to launch a graph", source))
    }
}

impl Drop for Executable {
    fn drop(&mut self) {
        self.context.record_err(self.context.bind_to_thread());
        if let Some(destroy) = self.driver.functions.graph_exec_destroy {
            // SAFETY: the executable is ours. One that still runs is freed by the driver when it is done.
            let _ = unsafe { destroy(self.handle) };
        }
    }
}

/// A function that every driver of today has.
fn needed<F>(driver: &Driver, function: Option<F>, name: &'static str) -> Result<F> {
    function.ok_or_else(|| driver.too_old("a graph", name, DriverVersion::new(10, 1)).into())
}

#[cold]
fn failed(doing: &str, source: DriverError) -> Error {
    Error::Driver { doing: doing.to_owned(), source }
}
