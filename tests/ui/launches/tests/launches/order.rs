//! What a safe launch refuses, and what it sees to, so that nothing uses memory that a kernel still uses.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

use std::sync::Arc;

use driver_double::Double;
use triton_runner_rt::cudarc::driver::result::stream::{StreamKind, create};
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, sys};
use triton_runner_rt::half::f16;
use triton_runner_rt::{
    DevicePointer, Error, Null, NullableSliceInput, NullableSliceOutput, OrderFault, SliceInput, SliceOutput,
    TensorMap, Used, Work, context,
};
use ui_launches::{Add, Described, Sum, SumVariant, slice};

const MODE: sys::CUstreamCaptureMode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;

fn fault(error: Error) -> OrderFault {
    match error {
        Error::Unordered { work: Work::Kernel("add"), fault, .. } => fault,
        other => panic!("{other}"),
    }
}

/// Lines of the log that are about events.
fn events(double: &Double) -> Vec<String> {
    double.take_log().into_iter().filter(|line| matches!(line.as_str(), "wait" | "record" | "synchronize")).collect()
}

driver_double::tests! {
    fn tracking_goes_on_when_the_last_stream_is_dropped_under_a_kernel(double) {
        let context = context(0).unwrap();
        let home = context.default_stream();
        let (x, mut out) = (slice(&home), slice(&home));
        let stream = context.new_stream().unwrap();
        Add::load(&context).unwrap().launch(&stream, &x, Null, &mut out, 1024).unwrap();
        drop(stream);
        drop((x, out));
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
        assert_eq!(double.live_allocations(), 0);
    }

    fn tracking_that_a_null_stream_launch_has_seen_goes_on(double) {
        let context = context(0).unwrap();
        let (home, other) = (context.default_stream(), context.new_stream().unwrap());
        let (x, mut out) = (slice(&home), slice(&home));
        Add::load(&context).unwrap().launch(&home, &x, Null, &mut out, 1024).unwrap();
        drop(other);
        assert!(context.is_in_multi_stream_mode());
    }

    fn a_second_reader_runs_after_the_first(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let (home, one, two) = (context.new_stream().unwrap(), context.new_stream().unwrap(), context.new_stream().unwrap());
        let (x, mut first, mut second) = (slice(&home), slice(&one), slice(&two));
        add.launch(&one, &x, Null, &mut first, 1024).unwrap();
        add.launch(&two, x.slice(1000..), Some(x.as_view()), &mut second, 24).unwrap();
        drop(x);
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn a_copy_that_reads_later_takes_the_place_of_no_launch_with_the_slice(double) {
        let context = context(0).unwrap();
        let (add, described) = (Add::load(&context).unwrap(), Described::load(&context).unwrap());
        let (stream, other) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let (x, mut out) = (slice(&other), slice(&stream));
        add.launch(&stream, &x, Null, &mut out, 1024).unwrap();
        let source = other.alloc_zeros::<f16>(4096).unwrap();
        let mut to = stream.alloc_zeros::<f16>(4096).unwrap();
        let map = TensorMap::contiguous(&source, [64, 64]).unwrap();
        described.launch(&stream, 1, &map, &mut to).unwrap();
        other.clone_dtoh(&x).unwrap();
        other.clone_dtoh(&source).unwrap();
        drop((x, source));
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn views_of_one_slice_are_recorded_once(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        let (left, right) = x.split_at(512);
        events(double);
        add.launch(&stream, left, Some(right), &mut out, 512).unwrap();
        assert_eq!(events(double), ["wait", "wait", "wait", "wait", "wait", "wait", "record", "record"]);
        let (left, mut right) = out.split_at_mut(512);
        add.launch(&stream, &left, Some(&x), &mut right, 512).unwrap();
        assert_eq!(events(double), ["wait", "wait", "wait", "wait", "record", "record"]);
    }

    fn a_launch_waits_and_records_as_often_as_cudarcs_own(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, y, mut out) = (slice(&stream), slice(&stream), slice(&stream));
        add.launch(&stream, &x, Some(&y), &mut out, 1024).unwrap();
        const CALLS: [&str; 5] =
            ["cuCtxGetCurrent", "cuLaunchKernelEx", "cuStreamIsCapturing", "cuStreamWaitEvent", "cuEventRecord"];
        let before = CALLS.map(|name| double.calls(name));
        add.launch(&stream, &x, Some(&y), &mut out, 1024).unwrap();
        let after = CALLS.map(|name| double.calls(name));
        // cudarc's launcher asks for the context once for each wait and each record, eight times.
        assert_eq!(std::array::from_fn(|index| after[index] - before[index]), [1, 1, 2, 4, 3]);
    }

    fn a_second_reader_by_a_descriptor_runs_after_the_first(double) {
        let context = context(0).unwrap();
        let described = Described::load(&context).unwrap();
        let streams = [context.new_stream().unwrap(), context.new_stream().unwrap()];
        let source = context.default_stream().alloc_zeros::<f16>(4096).unwrap();
        for stream in &streams {
            let mut out = stream.alloc_zeros::<f16>(4096).unwrap();
            let map = TensorMap::contiguous(&source, [64, 64]).unwrap();
            described.launch(stream, 1, &map, &mut out).unwrap();
        }
        drop(source);
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn a_stream_that_is_captured_is_refused_and_its_capture_goes_on(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let (stream, other) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let (x, mut out, mut elsewhere) = (slice(&stream), slice(&stream), slice(&other));
        // Before rt keeps a stream of the context, and after.
        for launches in [0, 1] {
            stream.begin_capture(MODE).unwrap();
            let error = add.launch(&stream, &x, Null, &mut out, 1024).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("`Graph`") && text.contains("`launch_unchecked`"), "{text}");
            assert_eq!(fault(error), OrderFault::Capturing);
            stream.end_capture(sys::CUgraphInstantiate_flags(0)).unwrap().unwrap();
            context.check_err().unwrap();
            assert_eq!(double.launches().len(), launches);
            add.launch(&other, &slice(&other), Null, &mut elsewhere, 1).unwrap();
        }
        // Without tracking as well.
        unsafe { context.disable_event_tracking() };
        stream.begin_capture(MODE).unwrap();
        assert_eq!(fault(add.launch(&stream, &x, Null, &mut out, 1024).unwrap_err()), OrderFault::Capturing);
        assert_eq!(double.launches().len(), 2);
    }

    fn a_driver_that_does_not_say_whether_a_stream_is_captured_is_an_error(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        // Asked before anything waits on the stream, and again right before the launch.
        for call in [1, 2] {
            double.take_log();
            double.fail("cuStreamIsCapturing", call, 1, 999);
            let error = add.launch(&stream, &x, Null, &mut out, 1024).unwrap_err();
            assert!(error.to_string().contains("could not say whether its stream is captured"), "{error}");
            assert!(double.launches().is_empty() && !events(double).contains(&"record".to_owned()));
        }
        add.launch(&stream, &x, Null, &mut out, 1024).unwrap();
        // The null stream can't be captured, and isn't asked.
        let (home, asked) = (context.default_stream(), double.calls("cuStreamIsCapturing"));
        add.launch(&home, &x, Null, &mut out, 1024).unwrap();
        assert_eq!(double.calls("cuStreamIsCapturing"), asked);
    }

    fn the_per_thread_stream_is_refused(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.per_thread_stream();
        let (x, mut out) = (slice(&stream), slice(&stream));
        let mut refuse = || fault(add.launch(&stream, &x, Null, &mut out, 1024).unwrap_err());
        assert_eq!(refuse(), OrderFault::PerThread);
        let _other = context.new_stream().unwrap();
        assert_eq!(refuse(), OrderFault::PerThread);
        assert!(double.launches().is_empty());
    }

    fn the_null_stream_by_its_other_name_is_the_null_stream(double) {
        let context = context(0).unwrap();
        let legacy = unsafe { context.wrap_borrowed_stream(std::ptr::without_provenance_mut(1)) };
        let home = context.default_stream();
        let (x, mut out) = (slice(&home), slice(&home));
        Add::load(&context).unwrap().launch(&legacy, &x, Null, &mut out, 1024).unwrap();
        assert_eq!((double.launches().len(), double.calls("cuStreamIsCapturing")), (1, 0));
    }

    fn a_wrapped_stream_is_tracked_from_its_first_launch_on(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let handle = create(StreamKind::NonBlocking).unwrap();
        let (home, wrapped) = (context.default_stream(), unsafe { context.wrap_borrowed_stream(handle) });
        let (x, mut out) = (slice(&home), slice(&home));
        assert!(!context.is_in_multi_stream_mode());
        add.launch(&wrapped, &x, Null, &mut out, 1024).unwrap();
        drop((x, out));
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn memory_of_another_wrapper_of_the_context_is_refused_before_anything_waits(double) {
        let (ours, theirs) = (context(0).unwrap(), CudaContext::new(0).unwrap());
        let add = Add::load(&ours).unwrap();
        let (our_stream, their_stream) = (ours.new_stream().unwrap(), theirs.new_stream().unwrap());
        let (x, mut out) = (slice(&our_stream), slice(&our_stream));
        let (their_x, mut their_out) = (slice(&their_stream), slice(&their_stream));
        events(double);
        let error = add.launch(&our_stream, &their_x, Null, &mut out, 1024).unwrap_err();
        assert_eq!(fault(error), OrderFault::OtherContext(Used::Argument("x")));
        let error = add.launch(&our_stream, &their_x, Null, &mut their_out, 1024).unwrap_err();
        assert!(error.to_string().contains("argument `x` belongs to another `CudaContext`"), "{error}");
        let error = add.launch(&their_stream, &their_x, Null, &mut out, 1024).unwrap_err();
        assert_eq!(fault(error), OrderFault::OtherContext(Used::Argument("out")));
        assert!(double.launches().is_empty() && !events(double).contains(&"record".to_owned()));
        add.launch(&their_stream, &their_x, Null, &mut their_out, 1024).unwrap();
        add.launch(&our_stream, &x, Null, &mut out, 1024).unwrap();
        drop((our_stream, their_stream, x, out, their_x, their_out));
        assert_eq!((double.launches().len(), double.unordered()), (2, 0));
    }

    fn memory_of_another_device_is_refused_before_anything_waits(double) {
        double.set_device_count(2);
        let (context, other) = (context(0).unwrap(), triton_runner_rt::context(1).unwrap());
        let add = Add::load(&context).unwrap();
        let (stream, far) = (context.new_stream().unwrap(), slice(&other.new_stream().unwrap()));
        let mut out = slice(&stream);
        events(double);
        let error = add.launch(&stream, &far, Null, &mut out, 1024).unwrap_err();
        assert!(matches!(error, Error::WrongDevice { argument: "x", argument_device: 1, .. }), "{error}");
        let error = add.launch(&other.new_stream().unwrap(), &far, Null, &mut out, 1024).unwrap_err();
        assert!(matches!(error, Error::WrongStream { stream_device: 1, .. }), "{error}");
        assert!(double.launches().is_empty());
        context.check_err().unwrap();
    }

    fn memory_that_is_not_tracked_stays_on_its_own_stream(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let (home, other) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let tracked = slice(&home);
        unsafe { context.disable_event_tracking() };
        let (x, mut out, mut near) = (slice(&home), slice(&home), slice(&other));
        let untracked = |name| OrderFault::Untracked(Used::Argument(name));
        // With tracking off, and with tracking on again, which gives those slices no events.
        for on in [false, true] {
            if on {
                unsafe { context.enable_event_tracking() };
            }
            assert_eq!(fault(add.launch(&other, &x, Null, &mut near, 1024).unwrap_err()), untracked("x"));
            assert_eq!(fault(add.launch(&home, &x, Null, &mut near, 9).unwrap_err()), untracked("out"));
            add.launch(&home, &x, Some(&tracked), &mut out, 1024).unwrap();
            let elsewhere = add.launch(&other, &tracked, Null, &mut near, 1024);
            match elsewhere {
                Ok(()) => assert!(on),
                Err(error) => assert!(!on && fault(error) == untracked("x")),
            }
        }
        drop((x, out, near, tracked));
        assert_eq!((double.launches().len(), double.unordered()), (3, 0));
    }

    fn lengths_are_those_of_slices_and_views_in_bytes_and_none_for_null(_double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        let stream = &*stream;
        assert_eq!(SliceInput::<f32, CudaStream>::pass(&x, stream).1.bytes(), 4096);
        assert_eq!(SliceInput::<f32, CudaStream>::pass(x.slice(16..32), stream).1.bytes(), 64);
        assert_eq!(SliceInput::<f32, CudaStream>::pass(&out.slice_mut(1..), stream).1.bytes(), 4092);
        assert_eq!(SliceOutput::<f32, CudaStream>::pass(&mut out, stream).1.bytes(), 4096);
        let (mut left, right) = out.split_at_mut(24);
        assert_eq!(SliceOutput::<f32, CudaStream>::pass(&mut left, stream).1.bytes(), 96);
        assert_eq!(SliceOutput::<f32, CudaStream>::pass(right, stream).1.bytes(), 4000);
        assert_eq!(NullableSliceInput::<f32, CudaStream>::pass(Some(&x), stream).1.bytes(), 4096);
        let (address, guard) = NullableSliceInput::<f32, CudaStream>::pass(Null, stream);
        assert_eq!((address, guard.bytes()), (0, 0));
        let none: Option<&mut CudaSlice<f32>> = None;
        let (address, guard) = NullableSliceOutput::<f32, CudaStream>::pass(none, stream);
        assert_eq!((address, guard.bytes()), (0, 0));
    }

    fn a_kernel_that_fails_or_never_ends_holds_up_nothing_but_its_memory(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let (home, stream) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let (x, mut out) = (slice(&home), slice(&home));
        add.launch(&stream, &x, Null, &mut out, 1024).unwrap();
        double.take_log();
        // Nobody waits on the host, and what is freed is freed behind the kernel.
        drop((x, out, stream, add));
        let log = double.take_log();
        assert_eq!(log.iter().filter(|line| *line == "free in order").count(), 2, "{log:?}");
        assert!(!log.contains(&"synchronize".to_owned()) && double.calls("cuModuleUnload") == 0);
        // A trap: what comes after it is an error that says so.
        let add = Add::load(&context).unwrap();
        let (x, mut out) = (slice(&home), slice(&home));
        double.fail("cuLaunchKernelEx", 1, 1, 719);
        let error = add.launch(&home, &x, Null, &mut out, 1024).unwrap_err();
        assert!(error.to_string().contains("an earlier kernel of this context failed"), "{error}");
        assert_eq!(double.unordered(), 0);
    }

    fn a_grid_counts_programs(double) {
        let context = context(0).unwrap();
        let sum = Sum::load_variant(&context, SumVariant::Long).unwrap();
        let home = context.default_stream();
        let (x, mut out) = (slice(&home), slice(&home));
        // The largest that the arguments can ask for, and one that they can't.
        let (raw, raw_out) = (DevicePointer::new(0x1000), DevicePointer::new(0x3000));
        unsafe { sum.launch_unchecked(&home, raw, raw, raw_out, i32::MAX - 255) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().grid, [(i32::MAX as u32 - 255) / 2, 1, 1]);
        let error = sum.launch(&home, &x, &x, &mut out, i32::MIN).unwrap_err();
        assert!(matches!(error, Error::Grid { .. }), "{error}");
    }

    fn what_was_not_launched_is_not_recorded(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        events(double);
        let error = add.launch(&stream, &x, Null, out.slice_mut(1..), 1023).unwrap_err();
        assert!(matches!(error, Error::Misaligned { argument: "out", .. }), "{error}");
        assert!(!events(double).contains(&"record".to_owned()));
        add.launch(&stream, &x, Null, &mut out, 1024).unwrap();
        assert_eq!(events(double), ["wait", "wait", "wait", "record", "record"]);
    }

    fn a_use_that_cannot_be_recorded_is_waited_for(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let (home, stream) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let (x, mut out) = (slice(&home), slice(&home));
        double.fail("cuEventRecord", 1, 2, 999);
        add.launch(&stream, &x, Null, &mut out, 1024).unwrap();
        assert_eq!(events(double).iter().filter(|line| *line == "synchronize").count(), 2);
        drop((x, out));
        assert_eq!(double.unordered(), 0);
    }

    fn a_use_that_cannot_be_waited_for_stops_the_launch(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        for (wait, name) in [(1, "x"), (2, "out"), (3, "out")] {
            double.fail("cuStreamWaitEvent", wait, 1, 999);
            let error = add.launch(&stream, &x, Null, &mut out, 1024).unwrap_err();
            let text = format!("could not wait for what uses argument `{name}`");
            assert!(error.to_string().contains(&text), "{error}");
        }
        // For a view cudarc waits for who writes it, and this crate for who reads it.
        double.fail("cuStreamWaitEvent", 2, 1, 999);
        let error = add.launch(&stream, x.as_view(), Null, &mut out, 1024).unwrap_err();
        assert!(error.to_string().contains("could not wait for what uses argument `x`"), "{error}");
        double.fail("cuStreamWaitEvent", 1, 1, 999);
        let error = add.launch(&stream, x.as_view(), Null, &mut out, 1024).unwrap_err();
        assert!(error.to_string().contains("an earlier call through cudarc failed"), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_descriptor_of_memory_that_cudarc_does_not_know_is_refused(double) {
        let context = context(0).unwrap();
        let described = Described::load(&context).unwrap();
        let stream = context.new_stream().unwrap();
        let mut out = stream.alloc_zeros::<f16>(4096).unwrap();
        let map = TensorMap::contiguous(DevicePointer::<f16>::new(0x7000), [64, 64]).unwrap();
        let error = described.launch(&stream, 1, &map, &mut out).unwrap_err();
        assert!(error.to_string().contains("argument `source` describes memory behind a `DevicePointer`"), "{error}");
        assert!(double.launches().is_empty());
    }

    fn without_tracking_a_safe_launch_costs_one_call_more_on_a_stream_of_ones_own(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        const CALLS: [&str; 5] =
            ["cuCtxGetCurrent", "cuLaunchKernelEx", "cuStreamIsCapturing", "cuStreamWaitEvent", "cuEventRecord"];
        let cost = |stream: &Arc<CudaStream>| {
            let (x, mut out) = (slice(stream), slice(stream));
            add.launch(stream, &x, Null, &mut out, 1024).unwrap();
            let before = CALLS.map(|name| double.calls(name));
            add.launch(stream, &x, Null, &mut out, 1024).unwrap();
            let after = CALLS.map(|name| double.calls(name));
            std::array::from_fn(|index| after[index] - before[index])
        };
        assert_eq!(cost(&context.default_stream()), [1, 1, 0, 0, 0]);
        unsafe { context.disable_event_tracking() };
        assert_eq!(cost(&context.new_stream().unwrap()), [1, 1, 1, 0, 0]);
    }
}
