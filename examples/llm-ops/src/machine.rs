//! Where operations run: on a GPU, or on the CPU, where the kernels are interpreted with every access checked. What they
//! have in memory is there.

use std::ops::RangeFrom;
use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut, DeviceRepr};
use triton_runner_rt::{Capture, Error, Graph, Held, HeldView, HeldViewMut, Result, testing};

/// A GPU with the stream that everything here runs on, or the CPU.
#[derive(Clone)]
pub(crate) enum Machine {
    Gpu(Gpu),
    Cpu,
}

/// A GPU, and its stream.
#[derive(Clone)]
pub(crate) struct Gpu {
    pub(crate) context: Arc<CudaContext>,
    pub(crate) stream: Arc<CudaStream>,
}

impl Gpu {
    fn new(context: Arc<CudaContext>) -> Result<Self> {
        // SAFETY: all memory here is made, used and freed on this one stream.
        unsafe { context.disable_event_tracking() };
        // The default stream can't be captured.
        Ok(Self { stream: context.new_stream()?, context })
    }
}

impl Machine {
    /// The first GPU; without one the CPU, after a word about it.
    pub(crate) fn open() -> Result<Self> {
        match triton_runner_rt::context(0) {
            Ok(context) => Ok(Self::Gpu(Gpu::new(context)?)),
            Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) if !testing::gpu_is_required() => {
                eprintln!("No GPU: {error}\n\nSo the kernels are interpreted on the CPU, with every access checked.\n");
                Ok(Self::Cpu)
            }
            Err(error) => Err(error),
        }
    }

    /// The same for a test.
    #[cfg(test)]
    pub(crate) fn of_test(test: &str) -> Self {
        match testing::gpu_or_interpreter(test).unwrap() {
            Some(context) => Self::Gpu(Gpu::new(context).unwrap()),
            None => Self::Cpu,
        }
    }

    /// These sizes; on the CPU, which takes its time for what they are compared with, others of the same kinds.
    #[cfg(test)]
    pub(crate) fn sizes<T: Clone>(&self, all: &[T], on_cpu: &[T]) -> Vec<T> {
        match self {
            Self::Gpu(_) => all.to_vec(),
            Self::Cpu => on_cpu.to_vec(),
        }
    }

    /// Loads a kernel on a GPU; the CPU needs nothing loaded.
    pub(crate) fn load<K>(&self, load: impl FnOnce(&Arc<CudaContext>) -> Result<K>) -> Result<Loaded<K>> {
        match self {
            Self::Gpu(gpu) => Ok(Loaded(Some(load(&gpu.context)?))),
            Self::Cpu => Ok(Loaded(None)),
        }
    }

    /// A copy of these numbers.
    pub(crate) fn upload<T: DeviceRepr + Clone>(&self, numbers: &[T]) -> Result<Buffer<T>> {
        match self {
            Self::Gpu(gpu) => Ok(Buffer::Device(gpu.stream.clone_htod(numbers)?)),
            Self::Cpu => Ok(Buffer::Host(numbers.to_vec())),
        }
    }

    /// A copy of what a buffer holds.
    pub(crate) fn download<T: DeviceRepr + Clone>(&self, buffer: &Buffer<T>) -> Result<Vec<T>> {
        match (self, buffer) {
            (Self::Gpu(gpu), Buffer::Device(slice)) => Ok(gpu.stream.clone_dtoh(slice)?),
            (_, Buffer::Host(numbers)) => Ok(numbers.clone()),
            (_, Buffer::Graph(_)) | (Self::Cpu, Buffer::Device(_)) => unreachable!("{ELSEWHERE}"),
        }
    }
}

/// What an operation goes to.
#[derive(Clone, Copy)]
pub(crate) enum On<'a> {
    /// The stream of a GPU.
    Stream(&'a Gpu),
    /// A graph that is being captured.
    Graph(&'a Capture),
    /// The interpreter.
    Cpu,
}

impl<'a> From<&'a Machine> for On<'a> {
    fn from(machine: &'a Machine) -> Self {
        match machine {
            Machine::Gpu(gpu) => Self::Stream(gpu),
            Machine::Cpu => Self::Cpu,
        }
    }
}

const ELSEWHERE: &str = "memory or a kernel of another machine";

/// A kernel that is loaded where that needs it.
pub(crate) struct Loaded<K>(Option<K>);

impl<K> Loaded<K> {
    pub(crate) fn on_gpu(&self) -> &K {
        let Some(kernel) = &self.0 else { unreachable!("{ELSEWHERE}") };
        kernel
    }
}

/// Memory of a machine.
pub(crate) enum Buffer<T> {
    Device(CudaSlice<T>),
    /// Of a GPU, held by a graph.
    Graph(Held<T>),
    Host(Vec<T>),
}

impl<T: 'static> Buffer<T> {
    /// The same memory, given to a graph.
    pub(crate) fn held_by(self, graph: &mut Graph<'_>) -> Self {
        match self {
            Self::Device(slice) => Self::Graph(graph.own(slice)),
            other => other,
        }
    }

    pub(crate) fn in_graph(&self) -> &Held<T> {
        let Self::Graph(held) = self else { unreachable!("{ELSEWHERE}") };
        held
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Device(slice) => slice.len(),
            Self::Graph(held) => held.len(),
            Self::Host(numbers) => numbers.len(),
        }
    }

    pub(crate) fn as_view(&self) -> View<'_, T> {
        self.slice(0..)
    }

    pub(crate) fn slice(&self, range: RangeFrom<usize>) -> View<'_, T> {
        match self {
            Self::Device(slice) => View::Device(slice.slice(range)),
            Self::Graph(held) => match held.slice(range) {
                Ok(view) => View::Graph(view),
                Err(error) => unreachable!("{error}"),
            },
            Self::Host(numbers) => View::Host(&numbers[range]),
        }
    }

    pub(crate) fn as_view_mut(&mut self) -> ViewMut<'_, T> {
        match self {
            Self::Device(slice) => ViewMut::Device(slice.as_view_mut()),
            Self::Graph(held) => ViewMut::Graph(held.as_view_mut()),
            Self::Host(numbers) => ViewMut::Host(numbers),
        }
    }
}

/// A part of it that is read.
pub(crate) enum View<'a, T> {
    Device(CudaView<'a, T>),
    Graph(HeldView<'a, T>),
    Host(&'a [T]),
}

impl<'a, T> View<'a, T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Device(view) => view.len(),
            Self::Graph(view) => view.len(),
            Self::Host(numbers) => numbers.len(),
        }
    }

    pub(crate) fn on_gpu(&self) -> &CudaView<'a, T> {
        let Self::Device(view) = self else { unreachable!("{ELSEWHERE}") };
        view
    }

    pub(crate) fn in_graph(&self) -> HeldView<'a, T> {
        let Self::Graph(view) = self else { unreachable!("{ELSEWHERE}") };
        *view
    }

    pub(crate) fn on_cpu(&self) -> &'a [T] {
        let Self::Host(numbers) = self else { unreachable!("{ELSEWHERE}") };
        numbers
    }
}

/// A part of it that is written.
pub(crate) enum ViewMut<'a, T> {
    Device(CudaViewMut<'a, T>),
    Graph(HeldViewMut<'a, T>),
    Host(&'a mut [T]),
}

impl<'a, T> ViewMut<'a, T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Device(view) => view.len(),
            Self::Graph(view) => view.len(),
            Self::Host(numbers) => numbers.len(),
        }
    }

    pub(crate) fn on_gpu(&mut self) -> &mut CudaViewMut<'a, T> {
        let Self::Device(view) = self else { unreachable!("{ELSEWHERE}") };
        view
    }

    pub(crate) fn in_graph(&mut self) -> &mut HeldViewMut<'a, T> {
        let Self::Graph(view) = self else { unreachable!("{ELSEWHERE}") };
        view
    }

    pub(crate) fn on_cpu(&mut self) -> &mut [T] {
        let Self::Host(numbers) = self else { unreachable!("{ELSEWHERE}") };
        numbers
    }
}
