//! Graphs: what they keep, how they are captured again, and what they refuse.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use triton_runner_rt::cudarc::driver::{CudaContext, DevicePtr as _, sys};
use triton_runner_rt::{Error, Graph, GraphFault, Null, OrderFault, Result, Used, Work, context};
use ui_launches::{Add, Sum, SumVariant, adding, slice};

const MODE: sys::CUstreamCaptureMode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;

fn fault(result: Result<()>) -> OrderFault {
    match result.unwrap_err() {
        Error::Unordered { work: Work::Graph, fault, .. } => fault,
        other => panic!("{other}"),
    }
}

driver_double::tests! {
    fn what_a_graph_owns_lives_as_long_as_it_and_its_last_launch(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        // Allocated on other streams than the one that it is launched on.
        let (mut graph, ..) = adding(&context, &context.default_stream());
        graph.launch(&stream).unwrap();
        graph.launch(&stream).unwrap();
        let live = double.live_allocations();
        drop(stream);
        drop(graph);
        assert_eq!((live, double.live_allocations()), (2, 0));
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn memory_that_is_read_when_a_graph_takes_it_is_freed_after_that(double) {
        let context = context(0).unwrap();
        let (home, stream) = (context.default_stream(), context.new_stream().unwrap());
        let (x, mut out) = (slice(&home), slice(&stream));
        Add::load(&context).unwrap().launch(&stream, &x, Null, &mut out, 1024).unwrap();
        let mut graph = Graph::new(&context);
        graph.own(x);
        drop(graph);
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn what_a_graph_borrows_is_free_after_it_and_still_ordered(double) {
        let context = context(0).unwrap();
        let (home, stream) = (context.default_stream(), context.new_stream().unwrap());
        let (mut x, mut out) = (slice(&home), slice(&home));
        {
            let mut graph = Graph::new(&context);
            let (held_x, mut held_out) = (graph.borrow(&mut x), graph.borrow(&mut out));
            let add = Add::load(&context).unwrap();
            graph.capture(|capture| add.capture(capture, &held_x, Some(&held_x), &mut held_out, 1024)).unwrap();
            graph.launch(&stream).unwrap();
        }
        home.memset_zeros(&mut out).unwrap();
        drop((x, out));
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }

    fn memory_of_a_graph_is_read_and_written_between_launches_and_in_order(double) {
        let context = context(0).unwrap();
        let (stream, other) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let (mut graph, x, out) = adding(&context, &stream);
        graph.launch(&stream).unwrap();
        double.take_log();
        other.memcpy_htod(&[2.0_f32; 1024], &mut graph.get_mut(&x).unwrap()).unwrap();
        assert_eq!(double.take_log(), ["wait", "wait", "record"]);
        assert_eq!(other.clone_dtoh(graph.get(&x).unwrap()).unwrap(), [2.0; 1024]);
        assert_eq!(graph.get(&out).unwrap().len(), 1024);
        double.take_log();
        graph.launch(&stream).unwrap();
        let log = double.take_log();
        assert_eq!(log, ["wait", "wait", "wait", "wait", "launch graph of 1", "record", "record"]);
    }

    fn capturing_again_updates_the_graph_and_makes_it_anew_where_it_must(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let (add, sum) = (Add::load(&context).unwrap(), Sum::load(&context).unwrap());
        double.take_log();
        graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 512)).unwrap();
        assert_eq!(double.take_log(), ["launch add", "captured 1", "update 1"]);
        graph.launch(&stream).unwrap();
        double.take_log();
        graph
            .capture(|capture| {
                add.capture(capture, &x, Null, &mut out, 512)?;
                sum.capture(capture, &x, &x, &mut out, 512)
            })
            .unwrap();
        assert_eq!(double.take_log(), ["launch add", "launch add", "captured 2", "instantiate 2"]);
        graph.launch(&stream).unwrap();
        assert!(double.take_log().contains(&"launch graph of 2".to_owned()));
        assert_eq!(double.calls("cuGraphDestroy"), 3);
        assert_eq!(double.calls("cuGraphExecDestroy"), 1);
        drop(graph);
        assert_eq!((double.calls("cuGraphExecDestroy"), double.unordered()), (2, 0));
    }

    #[variant(Old)]
    fn a_driver_that_cannot_update_a_graph_makes_it_anew(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let add = Add::load(&context).unwrap();
        graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 512)).unwrap();
        graph.launch(&stream).unwrap();
        assert_eq!(double.take_log().iter().filter(|line| *line == "instantiate 1").count(), 2);
    }

    fn a_capture_that_fails_leaves_the_graph_as_it_was(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let add = Add::load(&context).unwrap();
        let refused = graph.capture(|_| Err(Error::Graph(GraphFault::NotCaptured)));
        assert!(refused.is_err());
        let panicked = catch_unwind(AssertUnwindSafe(|| graph.capture(|_| panic!("in the closure"))));
        assert!(panicked.is_err());
        let launches = double.launches().len();
        let wrong = graph.capture(|capture| {
            // Something else on this thread that a capture forbids.
            add.capture(capture, &x, Null, &mut out, 1)?;
            double.fail("cuStreamEndCapture", 1, 1, 901);
            Ok(())
        });
        assert!(wrong.unwrap_err().to_string().contains("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"));
        assert_eq!(double.launches().len(), launches + 1);
        graph.launch(&stream).unwrap();
        assert!(double.take_log().contains(&"launch graph of 1".to_owned()));
    }

    fn a_capture_that_was_given_up_is_ended(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let add = Add::load(&context).unwrap();
        let _ = graph.capture(|_| Err(Error::Graph(GraphFault::NotCaptured)));
        let _ = catch_unwind(AssertUnwindSafe(|| graph.capture(|_| panic!("in the closure"))));
        assert_eq!(double.calls("cuStreamBeginCapture_v2"), double.calls("cuStreamEndCapture"));
        graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 7)).unwrap();
        graph.launch(&stream).unwrap();
    }

    fn a_graph_is_launched_only_after_it_was_captured(double) {
        let context = context(0).unwrap();
        let mut graph = Graph::new(&context);
        let error = graph.launch(&context.default_stream()).unwrap_err();
        assert!(matches!(error, Error::Graph(GraphFault::NotCaptured)), "{error}");
        // Nor where nothing could be made of what was captured.
        double.fail("cuGraphInstantiateWithFlags", 1, 1, 2);
        assert!(graph.capture(|_| Ok(())).unwrap_err().to_string().contains("CUDA_ERROR_OUT_OF_MEMORY"));
        assert!(graph.launch(&context.default_stream()).is_err());
        graph.capture(|_| Ok(())).unwrap();
        graph.launch(&context.default_stream()).unwrap();
    }

    fn memory_of_another_graph_is_refused(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let (mut other, other_x, mut other_out) = adding(&context, &stream);
        let (add, launches) = (Add::load(&context).unwrap(), double.launches().len());
        let error = graph.capture(|capture| add.capture(capture, &other_x, Null, &mut out, 1)).unwrap_err();
        assert!(
            matches!(error, Error::Graph(GraphFault::ForeignMemory { kernel: "add", argument: "x", .. })),
            "{error}"
        );
        let error = graph.capture(|capture| add.capture(capture, &x, Null, &mut other_out, 1)).unwrap_err();
        assert!(error.to_string().contains("its argument `out` is no memory of its graph"), "{error}");
        // One inside the other: each takes its own.
        let nested = graph.capture(|capture| {
            other.capture(|inner| {
                assert!(add.capture(capture, &other_x, Null, &mut out, 1).is_err());
                add.capture(inner, &other_x, Null, &mut other_out, 1)
            })?;
            add.capture(capture, &x, Null, &mut out, 1)
        });
        nested.unwrap();
        assert_eq!(double.launches().len(), launches + 2);
        assert!(matches!(graph.get(&other_x), Err(Error::Graph(GraphFault::ForeignHandle))));
        assert!(matches!(graph.get_mut(&other_x), Err(Error::Graph(GraphFault::ForeignHandle))));
        graph.launch(&stream).unwrap();
        other.launch(&stream).unwrap();
    }

    fn a_graph_is_launched_where_its_order_is_certain_and_nowhere_else(double) {
        let (context, theirs) = (context(0).unwrap(), CudaContext::new(0).unwrap());
        let stream = context.new_stream().unwrap();
        let (mut graph, ..) = adding(&context, &stream);
        assert_eq!(fault(graph.launch(&theirs.new_stream().unwrap())), OrderFault::OtherStream);
        assert_eq!(fault(graph.launch(&context.per_thread_stream())), OrderFault::PerThread);
        stream.begin_capture(MODE).unwrap();
        assert_eq!(fault(graph.launch(&stream)), OrderFault::Capturing);
        stream.end_capture(sys::CUgraphInstantiate_flags(0)).unwrap().unwrap();
        context.check_err().unwrap();
        let their_stream = theirs.new_stream().unwrap();
        graph.own(slice(&their_stream));
        assert_eq!(fault(graph.launch(&stream)), OrderFault::OtherContext(Used::Held(2)));
        assert_eq!(double.calls("cuGraphLaunch"), 0);
        unsafe { context.disable_event_tracking() };
        let other = context.new_stream().unwrap();
        let (mut untracked, ..) = adding(&context, &stream);
        assert_eq!(fault(untracked.launch(&other)), OrderFault::Untracked(Used::Held(0)));
        untracked.launch(&stream).unwrap();
        stream.begin_capture(MODE).unwrap();
        assert_eq!(fault(untracked.launch(&stream)), OrderFault::Capturing);
        assert_eq!((double.calls("cuGraphLaunch"), double.unordered()), (1, 0));
    }

    fn arguments_of_a_new_capture_are_used_and_launches_before_it_have_had_theirs(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let add = Add::load(&context).unwrap();
        graph.launch(&stream).unwrap();
        graph.capture(|capture| add.capture(capture, x.slice(512..)?, Null, &mut out, 77)).unwrap();
        graph.launch(&stream).unwrap();
        // A capture that fails leaves those of the last one.
        graph.capture(|capture| add.capture(capture, x.slice(1..)?, Null, &mut out, 9)).unwrap_err();
        graph.launch(&stream).unwrap();
        let x = graph.get(&x).unwrap().device_ptr(&stream).0;
        let replays = double.replays();
        let passed = replays.iter().map(|launch| (launch.number(0), launch.number(3))).collect::<Vec<_>>();
        assert_eq!(passed, [(x, 1024), (x + 2048, 77), (x + 2048, 77)]);
        assert_eq!(double.unordered(), 0);
    }

    fn a_kernel_of_another_context_is_not_captured(double) {
        double.set_device_count(2);
        let (context, other) = (context(0).unwrap(), triton_runner_rt::context(1).unwrap());
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let far = Add::load(&other).unwrap();
        let error = graph.capture(|capture| far.capture(capture, &x, Null, &mut out, 1)).unwrap_err();
        assert!(matches!(error, Error::WrongStream { kernel: "add", kernel_device: 1, .. }), "{error}");
        graph.launch(&stream).unwrap();
    }

    fn a_graph_is_captured_on_a_stream_that_cudarc_does_not_count(double) {
        let context = context(0).unwrap();
        let home = context.default_stream();
        let (mut graph, ..) = adding(&context, &home);
        graph.launch(&home).unwrap();
        assert!(!context.is_in_multi_stream_mode());
        drop(graph);
        assert_eq!(double.calls("cuStreamCreate"), double.calls("cuStreamDestroy_v2"));
        assert_eq!((double.calls("cuStreamCreate"), double.unordered()), (1, 0));
    }

    fn what_checks_a_launch_checks_a_capture(double) {
        let context = context(0).unwrap();
        let home = context.default_stream();
        let mut graph = Graph::new(&context);
        let (x, mut out) = (graph.own(slice(&home)), graph.own(slice(&home)));
        let even = Sum::load_variant(&context, SumVariant::Even).unwrap();
        let error = graph.capture(|capture| even.capture(capture, &x, &x, &mut out, 7)).unwrap_err();
        assert!(matches!(error, Error::Indivisible { argument: "n", .. }), "{error}");
        let error = graph.capture(|capture| even.capture(capture, &x, &x, &mut out, -1600)).unwrap_err();
        assert!(matches!(error, Error::Grid { .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_graph_goes_to_another_thread(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, ..) = adding(&context, &stream);
        std::thread::scope(|scope| scope.spawn(move || graph.launch(&stream).map(|()| drop(graph))).join())
            .unwrap()
            .unwrap();
        assert_eq!((double.calls("cuGraphLaunch"), double.unordered()), (1, 0));
    }
}
