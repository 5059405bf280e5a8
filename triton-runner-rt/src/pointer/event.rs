//! The two events of a slice: the one of its readers and the one of its writers.
//!
//! cudarc tells an event only to who waits for it, and that of the writers to no reader. Here a slice is asked on a stream
//! that waits for nothing, so that a launch knows both events and waits for what it has to.

use std::cell::OnceCell;
use std::mem::{self, ManuallyDrop};
use std::ptr;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DevicePtr, DevicePtrMut, DriverError, SyncOnDrop, sys};

use crate::driver::abi;

/// Where a slice or view starts, and its events; `None` for memory without tracking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) address: u64,
    /// That of its readers, where it was asked for.
    pub(super) read: Option<abi::Event>,
    /// That of its writers.
    pub(super) write: Option<abi::Event>,
}

impl Known {
    /// Of memory that is borrowed mutably, in the current context. `None` where no stream can be had that waits for
    /// nothing.
    #[inline]
    pub(super) fn of<T, M: DevicePtr<T> + DevicePtrMut<T>>(memory: &mut M, context: &CudaContext) -> Option<Self> {
        Idle::with(context, |idle| {
            let (_, read) = memory.device_ptr(idle);
            let read = taken(read);
            let (address, write) = memory.device_ptr_mut(idle);
            Self { address, read, write: taken(write) }
        })
    }

    /// Of shared memory: its address and its writers' event.
    #[inline]
    pub(super) fn of_shared<T, M: DevicePtrMut<T>>(memory: &M, context: &CudaContext) -> Option<Self> {
        Idle::with(context, |idle| {
            // SAFETY: what is copied is an address, a length, handles and references, and lives as long as `memory`. The
            // copy is never dropped, and nothing in it is changed: cudarc reads its address and its events.
            let mut copy = ManuallyDrop::new(unsafe { ptr::read(memory) });
            let (address, write) = copy.device_ptr_mut(idle);
            Self { address, read: None, write: taken(write) }
        })
    }
}

/// The event that would be recorded, which it isn't now.
#[inline]
pub(super) fn taken(sync: SyncOnDrop<'_>) -> Option<abi::Event> {
    match &sync {
        SyncOnDrop::Record(Some((event, _))) => {
            let event = event.cu_event().cast();
            // Dropped, it would be recorded. It owns nothing.
            mem::forget(sync);
            Some(event)
        }
        _ => None,
    }
}

/// A stream that waits for nothing: cudarc keeps an error of its context for the next call, which then calls no driver,
/// and keeps it again.
struct Idle {
    stream: ManuallyDrop<Arc<CudaStream>>,
    context: ManuallyDrop<Arc<CudaContext>>,
}

thread_local! {
    /// One for each thread, so that none takes the error from another.
    static IDLE: OnceCell<Option<Idle>> = const { OnceCell::new() };
}

impl Idle {
    /// Calls `ask` with this thread's. `context` is current.
    #[inline]
    fn with<R>(context: &CudaContext, ask: impl FnOnce(&CudaStream) -> R) -> Option<R> {
        IDLE.try_with(|idle| idle.get_or_init(|| Self::new(context)).as_ref().map(|idle| ask(&idle.stream))).ok()?
    }

    #[cold]
    fn new(context: &CudaContext) -> Option<Self> {
        let (ordinal, device, handle) = (context.ordinal(), context.cu_device(), context.cu_ctx());
        // SAFETY: the context is alive, current and of this device. `drop` sees to it that this one never destroys it.
        let context = ManuallyDrop::new(unsafe { CudaContext::from_raw_context(ordinal, device, handle) }.ok()?);
        context.record_err::<()>(Err(DriverError(sys::CUresult::CUDA_ERROR_NOT_PERMITTED)));
        Some(Self { stream: ManuallyDrop::new(context.default_stream()), context })
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        // SAFETY: neither is used again. The null stream isn't destroyed by its handle.
        let context = unsafe {
            ManuallyDrop::drop(&mut self.stream);
            ManuallyDrop::take(&mut self.context)
        };
        // The memory goes, and the driver's context stays, which isn't ours.
        if let Some(context) = Arc::into_inner(context) {
            mem::forget(context);
        }
    }
}
