//! Behaviours of cudarc that safe launches stand on. One that fails here after an update of cudarc has changed: look at
//! docs/contract.md and `triton-runner-rt/src/stream` before anything else.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use driver_double::fixtures::ADD;
use driver_double::{Double, kernels};
use triton_runner_rt::__private::v1::LoadedKernel;
use triton_runner_rt::DevicePointer;
use triton_runner_rt::context;
use triton_runner_rt::cudarc::driver::result::stream::{StreamKind, create};
use triton_runner_rt::cudarc::driver::{
    CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut, DevicePtr, DevicePtrMut, DriverError, SyncOnDrop, sys,
};

const RAW: DevicePointer<f32> = DevicePointer::new(0x7000);
const MODE: sys::CUstreamCaptureMode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;

#[allow(clippy::unwrap_used, reason = "part of tests")]
fn slice(stream: &Arc<CudaStream>) -> CudaSlice<f32> {
    stream.alloc_zeros(1024).unwrap()
}

/// What `pass` does with events, then what dropping its result does, and whether it holds one.
fn told(double: &Double, pass: impl FnOnce() -> bool) -> (Vec<String>, bool) {
    double.take_log();
    let held = pass();
    (double.take_log(), held)
}

fn holds_event(sync: &SyncOnDrop<'_>) -> bool {
    matches!(sync, SyncOnDrop::Record(Some(_)))
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

driver_double::tests! {
    fn streams_of_its_own_are_counted_and_no_others(double) {
        let context = context(0).unwrap();
        let multi = || context.is_in_multi_stream_mode();
        assert!(!multi());
        let (home, per_thread) = (context.default_stream(), context.per_thread_stream());
        let wrapped = unsafe { context.wrap_borrowed_stream(create(StreamKind::NonBlocking).unwrap()) };
        assert!(!multi() && !context.is_managing_stream_synchronization());
        drop((home, per_thread, wrapped));
        assert!(!multi());
        let stream = context.new_stream().unwrap();
        assert!(multi() && context.is_managing_stream_synchronization());
        drop(stream);
        assert!(!multi(), "the count ends with the last stream, which is why one is kept");
        let forked = context.default_stream().fork().unwrap();
        assert!(multi());
        drop(forked);
        assert!(!multi());
        let stream = context.new_stream_with_priority(0).unwrap();
        assert!(multi());
        drop(stream);
        // All but the one that was wrapped.
        let made = double.calls("cuStreamCreate") + double.calls("cuStreamCreateWithPriority");
        assert_eq!(double.calls("cuStreamDestroy_v2"), made - 1);
    }

    fn the_first_stream_waits_for_what_is_in_the_context(double) {
        let context = context(0).unwrap();
        let calls = || double.calls("cuCtxSynchronize");
        assert_eq!(calls(), 0);
        let _one = context.new_stream().unwrap();
        assert_eq!(calls(), 1);
        let _two = context.new_stream().unwrap();
        assert_eq!(calls(), 1);
    }

    fn handles_of_streams_are_what_they_were(_double) {
        let context = context(0).unwrap();
        let handle = |stream: Arc<CudaStream>| stream.cu_stream().addr();
        assert_eq!((handle(context.default_stream()), handle(context.per_thread_stream())), (0, 2));
    }

    fn a_reader_waits_for_the_writer_and_holds_the_readers_event(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut slice, event) = (slice(&stream), |sync: SyncOnDrop<'_>| holds_event(&sync));
        let reads = (lines(&["wait", "record"]), true);
        assert_eq!(told(double, || event(slice.device_ptr(&stream).1)), reads);
        let view: CudaView<'_, f32> = slice.slice(1..);
        assert_eq!(told(double, || event(view.device_ptr(&stream).1)), reads);
        assert_eq!(told(double, || event(view.view_ptr(&stream).1)), reads);
        let view: CudaViewMut<'_, f32> = slice.slice_mut(1..);
        assert_eq!(told(double, || event(view.device_ptr(&stream).1)), reads);
    }

    fn a_writer_waits_for_both_and_holds_the_writers_event(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut slice, event) = (slice(&stream), |sync: SyncOnDrop<'_>| holds_event(&sync));
        let writes = (lines(&["wait", "wait", "record"]), true);
        assert_eq!(told(double, || event(slice.device_ptr_mut(&stream).1)), writes);
        let mut view: CudaViewMut<'_, f32> = slice.slice_mut(1..);
        assert_eq!(told(double, || event(view.device_ptr_mut(&stream).1)), writes);
        assert_eq!(told(double, || event(view.view_ptr_mut(&stream).1)), writes);
    }

    fn a_slice_and_its_views_have_the_same_two_events(_double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let mut slice = slice(&stream);
        let event = |sync: &SyncOnDrop<'_>| match sync {
            SyncOnDrop::Record(Some((event, _))) => event.cu_event().addr(),
            other => panic!("{other:?}"),
        };
        let read = event(&slice.device_ptr(&stream).1);
        let write = event(&slice.device_ptr_mut(&stream).1);
        assert_ne!(read, write);
        assert_eq!(event(&slice.slice(8..).device_ptr(&stream).1), read);
        assert_eq!(event(&slice.slice_mut(8..).device_ptr_mut(&stream).1), write);
        let (left, mut right) = slice.split_at_mut(8);
        assert_eq!((event(&left.device_ptr(&stream).1), event(&right.device_ptr_mut(&stream).1)), (read, write));
    }

    fn an_event_that_was_taken_out_is_not_recorded(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let slice = slice(&stream);
        double.take_log();
        let (_, mut sync) = slice.device_ptr(&stream);
        let SyncOnDrop::Record(target) = &mut sync else { panic!("{sync:?}") };
        let (event, on) = target.take().unwrap();
        drop(sync);
        assert_eq!(double.take_log(), ["wait"]);
        assert!(std::ptr::eq(on, &*stream) && Arc::ptr_eq(event.context(), &context));
    }

    fn without_tracking_nothing_waits_and_slices_have_no_events(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let tracked = slice(&stream);
        // Not counted yet: the event is there, and unused.
        assert_eq!(told(double, || holds_event(&tracked.device_ptr(&stream).1)), (lines(&[]), true));
        let stream = context.new_stream().unwrap();
        unsafe { context.disable_event_tracking() };
        let untracked = slice(&stream);
        assert_eq!(told(double, || holds_event(&tracked.device_ptr(&stream).1)), (lines(&[]), true));
        unsafe { context.enable_event_tracking() };
        assert_eq!(told(double, || holds_event(&untracked.device_ptr(&stream).1)), (lines(&[]), false));
        let empty = stream.null::<f32>().unwrap();
        assert_eq!(told(double, || holds_event(&empty.device_ptr(&stream).1)), (lines(&[]), false));
    }

    fn a_slice_is_freed_in_the_order_of_its_own_stream_behind_both_events(double) {
        let context = context(0).unwrap();
        let (stream, slice) = (context.new_stream().unwrap(), slice(&context.default_stream()));
        assert!(slice.stream().cu_stream().is_null());
        double.take_log();
        drop(slice);
        assert_eq!(double.take_log(), ["wait", "wait", "free in order"]);
        drop(stream);
    }

    fn an_error_that_could_not_be_returned_is_kept_for_the_next_call(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let slice = slice(&stream);
        double.fail("cuStreamWaitEvent", 1, 1, 999);
        drop(slice.device_ptr(&stream));
        assert_eq!(context.check_err().unwrap_err().0, sys::CUresult::CUDA_ERROR_UNKNOWN);
        context.check_err().unwrap();
    }

    fn a_stream_whose_context_has_an_error_waits_for_nothing_and_keeps_it(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let mut slice = slice(&stream);
        let idle = CudaContext::new(0).unwrap();
        let error = sys::CUresult::CUDA_ERROR_NOT_PERMITTED;
        idle.record_err::<()>(Err(DriverError(error)));
        let on = idle.default_stream();
        let asked = ["cuCtxGetCurrent", "cuStreamWaitEvent"].map(|name| double.calls(name));
        let event = |sync: SyncOnDrop<'_>| match sync {
            SyncOnDrop::Record(Some((event, _))) => event.cu_event().addr(),
            ref other => panic!("{other:?}"),
        };
        // Dropped, it isn't recorded either: its context tracks nothing.
        let read = event(slice.device_ptr(&on).1);
        let write = event(slice.device_ptr_mut(&on).1);
        // Handles in a copy are the same.
        let mut copy = ManuallyDrop::new(unsafe { std::ptr::read(&slice) });
        assert_eq!(event(copy.device_ptr(&on).1), read);
        assert_eq!(event(copy.device_ptr_mut(&on).1), write);
        assert_eq!(copy.device_ptr_mut(&on).0, slice.device_ptr(&on).0);
        assert_eq!(["cuCtxGetCurrent", "cuStreamWaitEvent"].map(|name| double.calls(name)), asked);
        assert_eq!(idle.check_err().unwrap_err().0, error);
        context.check_err().unwrap();
    }

    fn each_wrapper_of_a_context_counts_for_itself(_double) {
        let (one, two) = (context(0).unwrap(), CudaContext::new(0).unwrap());
        let _stream = one.new_stream().unwrap();
        assert_eq!(one, two);
        assert!(one.is_in_multi_stream_mode() && !two.is_in_multi_stream_mode());
    }

    // What safe launches close, as cudarc and the unsafe form leave it.

    fn dropping_the_last_stream_ends_tracking_under_a_kernel(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let x = slice(&context.default_stream());
        let stream = context.new_stream().unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &x, RAW, 1) }.unwrap();
        drop(stream);
        drop(x);
        assert!(double.unordered() > 0);
    }

    fn a_second_reader_takes_the_place_of_the_first(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let streams = [context.new_stream().unwrap(), context.new_stream().unwrap()];
        let x = slice(&context.default_stream());
        for stream in &streams {
            unsafe { kernels::add(&kernel, stream, 1, &x, RAW, RAW, 1) }.unwrap();
        }
        drop(x);
        assert_eq!(double.unordered(), 1);
    }

    fn a_captured_launch_is_replayed_with_memory_that_was_freed(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let stream = context.new_stream().unwrap();
        unsafe { context.disable_event_tracking() };
        let x = slice(&stream);
        stream.begin_capture(MODE).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, RAW, RAW, 1) }.unwrap();
        let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0)).unwrap().unwrap();
        drop(x);
        graph.launch().unwrap();
        assert_eq!(double.unordered(), 1);
    }
}
