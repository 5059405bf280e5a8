//! Graphs of captured launches that keep the memory which their kernels use.

mod captured;
mod executable;
mod held;
mod view;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaViewMut};

use crate::driver::Driver;
use crate::error::{GraphFault, OrderFault, Used, Work};
#[cfg(feature = "read")]
use crate::kernel::LoadedKernel;
use crate::pointer::{Guard, SliceFault};
use crate::stream::{self, Kept};
use crate::{Error, Result};
pub use captured::Capture;
use executable::{CaptureStream, Executable};
pub use held::Held;
use held::Memory;
pub use view::{HeldView, HeldViewMut};

/// Launches that are captured once and then launched together, any number of times.
///
/// The graph keeps the memory that its kernels use, so nothing is freed under a replay: give it a slice with
/// [`own`](Self::own), or lend it one with [`borrow`](Self::borrow), and capture with the handle.
///
/// ```no_run
/// # use triton_runner_rt::{Capture, Graph, Held, Result, context};
/// # struct Add;
/// # impl Add { fn capture(&self, _: &Capture, _: &Held<f32>, _: &mut Held<f32>, _: i32) -> Result<()> { Ok(()) } }
/// # fn f(add: Add) -> Result<()> {
/// let context = context(0)?;
/// let stream = context.new_stream()?;
/// let mut graph = Graph::new(&context);
/// let x = graph.own(stream.clone_htod(&[1.0_f32; 256])?);
/// let mut out = graph.own(stream.alloc_zeros::<f32>(256)?);
/// graph.capture(|capture| add.capture(capture, &x, &mut out, 256))?;
/// for _ in 0..1000 {
///     graph.launch(&stream)?;
/// }
/// let sums = stream.clone_dtoh(graph.get(&out)?)?;
/// # Ok(()) }
/// ```
///
/// Kernels take parts of it too, by [`Held::slice`], [`Held::slice_mut`] and [`Held::split_at_mut`].
///
/// To change arguments, capture again: the executable graph is updated where the launches are the same, and made anew
/// where they are not.
///
/// A launch of the graph orders all of its memory as a kernel's launch orders what the kernel writes. Dropped while it
/// runs, the graph runs to its end, and its memory is freed after that.
pub struct Graph<'a> {
    // Dropped before the memory; the driver keeps what still runs.
    executable: Option<Executable>,
    /// Those of the captured kernels that are unloaded with their last holder.
    #[cfg(feature = "read")]
    kernels: Vec<LoadedKernel>,
    stream: Option<CaptureStream>,
    memory: Vec<Box<dyn Memory + 'a>>,
    id: u64,
    kept: Kept,
    context: Arc<CudaContext>,
}

impl<'a> Graph<'a> {
    /// A graph of nothing yet, for kernels of this context.
    pub fn new(context: &Arc<CudaContext>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            executable: None,
            #[cfg(feature = "read")]
            kernels: Vec::new(),
            stream: None,
            memory: Vec::new(),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            kept: Kept::default(),
            context: Arc::clone(context),
        }
    }

    /// Takes a slice for good.
    pub fn own<T: 'static>(&mut self, slice: CudaSlice<T>) -> Held<T> {
        let held = Held::new(self.id, self.memory.len(), &slice);
        self.memory.push(Box::new(slice));
        held
    }

    /// Takes a slice for the life of the graph. It can be had for the time between launches by [`get`](Self::get) and
    /// [`get_mut`](Self::get_mut).
    pub fn borrow<T: 'static>(&mut self, slice: &'a mut CudaSlice<T>) -> Held<T> {
        let held = Held::new(self.id, self.memory.len(), slice);
        self.memory.push(Box::new(slice));
        held
    }

    /// Captures the launches that `launches` makes, in place of what was captured before. None of them runs now.
    ///
    /// # Errors
    ///
    /// Those of `launches`, and those of the driver. Then the graph stays as it was, unless the driver could neither
    /// update it nor make a new one: it is empty then.
    pub fn capture(&mut self, launches: impl FnOnce(&Capture) -> Result<()>) -> Result<()> {
        let driver = Driver::get()?;
        self.bind()?;
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(CaptureStream::new(driver, &self.context)?),
        };
        let capturing = stream.begin()?;
        let capture = Capture::new(&capturing, self.id);
        launches(&capture)?;
        // The closure may have made another context current.
        self.context.bind_to_thread().map_err(unbound)?;
        let captured = capturing.end()?;
        match self.executable.take() {
            Some(executable) if executable.update(&captured) => self.executable = Some(executable),
            _ => self.executable = Some(captured.instantiate()?),
        }
        #[cfg(feature = "read")]
        {
            self.kernels = capture.into_kernels();
        }
        Ok(())
    }

    /// Launches what was captured, on a stream of the graph's context.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] before anything was captured, [`Error::Unordered`] where nothing orders the graph with what else
    /// uses its memory: the stream or a slice is of another `CudaContext`, it is the per-thread stream, it is being
    /// captured, or a slice is not tracked. [`Error::Driver`] where the driver refuses.
    pub fn launch(&mut self, stream: &Arc<CudaStream>) -> Result<()> {
        let Some(executable) = &self.executable else { return Err(Error::Graph(GraphFault::NotCaptured)) };
        let (driver, work) = (Driver::get()?, Work::Graph);
        if !Arc::ptr_eq(stream.context(), &self.context) {
            return Err(Error::Unordered { work, fault: OrderFault::OtherStream });
        }
        self.context.bind_to_thread().map_err(unbound)?;
        stream::admit(driver, stream, &self.kept, work)?;
        let mut guards = Vec::with_capacity(self.memory.len());
        for (index, memory) in self.memory.iter_mut().enumerate() {
            let guard = memory.pass(stream);
            if let Some(fault) = guard.fault() {
                return Err(refused(index, fault));
            }
            guards.push(guard);
        }
        if self.context.is_managing_stream_synchronization() {
            // A wait that failed is no wait.
            self.context.check_err().map_err(|error| Error::Driver {
                doing: "a graph was not launched: an earlier call through cudarc failed".to_owned(),
                source: error.into(),
            })?;
        }
        stream::refuse_capturing(driver, stream, work)?;
        let launched = executable.launch(stream);
        guards.iter().filter_map(Guard::record).for_each(|record| record.make(driver));
        launched
    }

    /// Memory that the graph holds, between launches.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for a handle of another graph.
    pub fn get<T: 'static>(&self, held: &Held<T>) -> Result<&CudaSlice<T>> {
        let memory = self.memory.get(held.index()).filter(|_| held.graph() == self.id);
        let slice = memory.and_then(|memory| memory.slice().downcast_ref());
        slice.ok_or(Error::Graph(GraphFault::ForeignHandle))
    }

    /// The same, to write to. A view, because the slice itself stays where the kernels were told that it is.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for a handle of another graph.
    pub fn get_mut<T: 'static>(&mut self, held: &Held<T>) -> Result<CudaViewMut<'_, T>> {
        let id = self.id;
        let memory = self.memory.get_mut(held.index()).filter(|_| held.graph() == id);
        let slice = memory.and_then(|memory| memory.slice_mut().downcast_mut::<CudaSlice<T>>());
        slice.map(CudaSlice::as_view_mut).ok_or(Error::Graph(GraphFault::ForeignHandle))
    }

    fn bind(&self) -> Result<()> {
        self.context.bind_to_thread().map_err(unbound)
    }
}

#[cold]
fn unbound(error: cudarc::driver::DriverError) -> Error {
    Error::Driver { doing: "the context of a graph could not be made current".to_owned(), source: error.into() }
}

#[cold]
fn refused(index: usize, fault: SliceFault) -> Error {
    let memory = Used::Held(index);
    let fault = match fault {
        SliceFault::Elsewhere(_) | SliceFault::OtherHandle | SliceFault::NotHeld => OrderFault::OtherContext(memory),
        SliceFault::Untracked => OrderFault::Untracked(memory),
        SliceFault::Unwaited(source) => {
            let doing = format!("a graph was not launched: its stream could not wait for what uses {memory}");
            return Error::Driver { doing, source };
        }
    };
    Error::Unordered { work: Work::Graph, fault }
}

impl fmt::Debug for Graph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (captured, slices) = (self.executable.is_some(), self.memory.len());
        f.debug_struct("Graph").field("captured", &captured).field("slices", &slices).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_can_go_to_another_thread_and_a_capture_can_not() {
        fn sent<T: Send>() {}
        sent::<Graph<'static>>();
        sent::<Held<f32>>();
    }
}
