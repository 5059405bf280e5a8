//! What kernels are captured with: memory that a graph holds, its parts, and descriptors of them.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

use driver_double::EncodedTensorMap;
use triton_runner_rt::cudarc::driver::DevicePtr as _;
use triton_runner_rt::half::f16;
use triton_runner_rt::{
    Capture, Error, Graph, GraphFault, Held, Null, SliceInput, SliceOutput, TensorMap, TensorMapMut, context,
};
use ui_launches::{Add, Described, Stored, adding, slice};

driver_double::tests! {
    fn parts_of_memory_are_captured_as_parts_of_slices_are_launched_with(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let mut graph = Graph::new(&context);
        let (x, mut out) = (graph.own(slice(&stream)), graph.own(slice(&stream)));
        let add = Add::load(&context).unwrap();
        graph
            .capture(|capture| {
                // Three parts of one buffer that is read, two of them overlapping.
                let (first, rest) = x.as_view().split_at(256)?;
                add.capture(capture, first, Some(x.slice(128..384)?), out.slice_mut(..256)?, 256)?;
                // Two sides of one buffer, one read and one written.
                let (left, mut right) = out.split_at_mut(512)?;
                add.capture(capture, &left, Some(&rest), &mut right, 512)?;
                add.capture(capture, right.slice(256..)?, Null, left, 256)
            })
            .unwrap();
        let start = |held: &Held<f32>| graph.get(held).unwrap().device_ptr(&stream).0;
        let (x, out) = (start(&x), start(&out));
        let launches = double.launches();
        let passed: Vec<[u64; 3]> = launches.iter().map(|launch| [0, 1, 2].map(|index| launch.number(index))).collect();
        assert_eq!(passed, [[x, x + 512, out], [out, x + 1024, out + 2048], [out + 3072, 0, out]]);
        graph.launch(&stream).unwrap();
        assert_eq!(double.unordered(), 0);
    }

    fn parts_that_are_not_there_or_break_a_promise_are_refused(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let (_other, other_x, mut other_out) = adding(&context, &stream);
        let (add, before) = (Add::load(&context).unwrap(), double.launches().len());
        let error = graph.capture(|capture| add.capture(capture, x.slice(1000..1025)?, Null, &mut out, 1)).unwrap_err();
        assert!(matches!(error, Error::Graph(GraphFault::OutOfRange { start: 1000, end: 1025, len: 1024, .. })), "{error}");
        let error = graph.capture(|capture| add.capture(capture, x.slice(1..)?, Null, &mut out, 1)).unwrap_err();
        assert!(matches!(error, Error::Misaligned { argument: "x", .. }), "{error}");
        let error = graph.capture(|capture| add.capture(capture, other_x.as_view(), Null, &mut out, 1)).unwrap_err();
        assert!(error.to_string().contains("its argument `x` is no memory of its graph"), "{error}");
        let error = graph.capture(|capture| add.capture(capture, &x, Null, other_out.as_view_mut(), 1)).unwrap_err();
        assert!(error.to_string().contains("its argument `out` is no memory of its graph"), "{error}");
        assert_eq!(double.launches().len(), before);
        graph.launch(&stream).unwrap();
    }

    fn lengths_of_parts_are_theirs(_double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        graph
            .capture(|capture| {
                assert_eq!(SliceInput::<f32, Capture>::pass(&x, capture).1.bytes(), 4096);
                assert_eq!(SliceInput::<f32, Capture>::pass(x.slice(1000..)?, capture).1.bytes(), 96);
                assert_eq!(SliceOutput::<f32, Capture>::pass(&mut out, capture).1.bytes(), 4096);
                let (left, mut right) = out.split_at_mut(24)?;
                assert_eq!(SliceOutput::<f32, Capture>::pass(&mut right, capture).1.bytes(), 4000);
                assert_eq!(SliceOutput::<f32, Capture>::pass(left, capture).1.bytes(), 96);
                assert_eq!(SliceOutput::<f32, Capture>::pass(right.slice_mut(..=0)?, capture).1.bytes(), 4);
                Ok(())
            })
            .unwrap();
    }

    fn kernels_with_descriptors_are_captured_with_what_the_graph_holds(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (described, stored) = (Described::load(&context).unwrap(), Stored::load(&context).unwrap());
        let halves = |len| stream.alloc_zeros::<f16>(len).unwrap();
        let mut graph = Graph::new(&context);
        let (mut source, mut out) = (graph.own(halves(8192)), graph.own(halves(4096)));
        let start = graph.get(&source).unwrap().device_ptr(&stream).0;
        graph
            .capture(|capture| {
                let map = TensorMap::contiguous(source.slice(4096..)?, [64, 64])?;
                described.capture(capture, 1, &map, &mut out)?;
                let mut map = TensorMapMut::contiguous(&mut source, [128, 64])?;
                stored.capture(capture, &mut map, &out)
            })
            .unwrap();
        let elsewhere = halves(4096);
        double.take_log();
        graph.launch(&stream).unwrap();
        assert!(double.take_log().contains(&"launch graph of 2".to_owned()));
        let replays = double.replays();
        let maps = replays.iter().map(|launch| EncodedTensorMap::read(launch.parameters()[0])).collect::<Vec<_>>();
        assert_eq!((maps[0].address, maps[1].address), (start + 8192, start));
        assert_eq!((&*maps[0].extents, &*maps[1].extents), (&[64, 64][..], &[64, 128][..]));
        // Of other memory, and of other graphs.
        let (_other, other_source, _) = adding(&context, &stream);
        let _ = other_source;
        let mut other = Graph::new(&context);
        let foreign = other.own(halves(4096));
        for map in [TensorMap::contiguous(&elsewhere, [64, 64]).unwrap(), TensorMap::contiguous(&foreign, [64, 64]).unwrap()] {
            let error = graph.capture(|capture| described.capture(capture, 1, &map, &mut out)).unwrap_err();
            assert!(
                matches!(error, Error::Graph(GraphFault::ForeignMemory { kernel: "described", argument: "source", .. })),
                "{error}"
            );
        }
        // Nor goes memory of a graph anywhere else by itself.
        let map = TensorMap::contiguous(&foreign, [64, 64]).unwrap();
        let mut to = halves(4096);
        let error = described.launch(&stream, 1, &map, &mut to).unwrap_err();
        assert!(error.to_string().contains("of a graph"), "{error}");
        let error = TensorMap::contiguous(foreign.slice(1..).unwrap(), [64, 64]).unwrap_err();
        assert!(matches!(error, Error::TensorMap { .. }), "{error}");
        assert_eq!(double.unordered(), 0);
    }

    fn a_kernel_whose_bounds_are_the_callers_is_captured_by_an_unsafe_call(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (mut graph, x, mut out) = adding(&context, &stream);
        let (_other, other_x, _) = adding(&context, &stream);
        let (add, described) = (Add::load(&context).unwrap(), Described::load(&context).unwrap());
        graph.capture(|capture| unsafe { add.capture_unchecked(capture, x.slice(256..)?, Null, &mut out, 5) }).unwrap();
        graph.launch(&stream).unwrap();
        let launch = double.replays().pop().unwrap();
        assert_eq!((launch.number(0), launch.number(3)), (graph.get(&x).unwrap().device_ptr(&stream).0 + 1024, 5));
        // What is checked otherwise is checked here.
        let refused = |error: Error| error.to_string();
        let error = graph.capture(|capture| unsafe { add.capture_unchecked(capture, &other_x, Null, &mut out, 5) });
        assert!(refused(error.unwrap_err()).contains("no memory of its graph"));
        let elsewhere = stream.alloc_zeros::<f16>(4096).unwrap();
        let (map, mut halves) = (TensorMap::contiguous(&elsewhere, [64, 64]).unwrap(), graph.own(stream.alloc_zeros(4096).unwrap()));
        let error = graph.capture(|capture| unsafe { described.capture_unchecked(capture, 1, &map, &mut halves) });
        assert!(refused(error.unwrap_err()).contains("no memory of its graph"));
        assert_eq!(double.unordered(), 0);
    }
}
