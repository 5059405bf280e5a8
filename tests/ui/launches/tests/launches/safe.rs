//! A crate without a line of `unsafe` declares kernels, launches and captures them.
#![forbid(unsafe_code)]

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::{Capture, Graph, Held, Null, TensorMap, TensorMapMut, context, triton_kernel};

triton_kernel! {
    /// Declared here, in this crate.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add(x: &[f32], y: Option<&[f32]>, out: &mut [f32], n: u32);

    /// In variants, with a grid of the caller's.
    #[interchangeable(BLOCK)]
    pub sum;

    /// With and without a pointer.
    #[grid(n.div_ceil(256))]
    pub fn biased(x: &[f32], bias: Option<&[f32]>, out: &mut [f32], n: i32);

    /// With descriptors, one of them written.
    pub described;
    #[grid(1)]
    pub fn stored(target: &mut TensorMap<f16, 2>, x: &[f16]);
}

/// 1024 elements.
fn slice(stream: &std::sync::Arc<CudaStream>) -> CudaSlice<f32> {
    stream.alloc_zeros(1024).unwrap()
}

driver_double::tests! {
    fn every_form_of_a_slice_is_launched_with(double) {
        let context = context(0).unwrap();
        let add = Add::load(&context).unwrap();
        for stream in [context.default_stream(), context.new_stream().unwrap()] {
            let (x, mut out) = (slice(&stream), slice(&stream));
            add.launch(&stream, &x, Null, &mut out, 1000).unwrap();
            add.launch(&stream, x.slice(..512), Some(&x), out.slice_mut(..), 512).unwrap();
            let (mut left, mut right) = out.split_at_mut(512);
            add.launch(&stream, &left, Some(&x), &mut right, 512).unwrap();
            let view = x.as_view();
            add.launch(&stream, &view, Some(right.as_view()), &mut left, 512).unwrap();
            assert_eq!(double.launches().last().unwrap().stream, stream.cu_stream().addr() as u64);
        }
        let grids: Vec<_> = double.launches().iter().map(|launch| launch.grid[0]).collect();
        assert_eq!((grids, double.unordered()), (vec![4, 2, 2, 2, 4, 2, 2, 2], 0));
    }

    fn variants_are_chosen_as_by_the_unsafe_form(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (x, mut out) = (slice(&stream), slice(&stream));
        let sum = Sum::load(&context).unwrap();
        for n in [512, 48, 7] {
            sum.launch(&stream, |variant| n as u32 / variant.block() as u32 + 1, &x, &x, &mut out, n).unwrap();
        }
        let biased = Biased::load(&context).unwrap();
        biased.launch(&stream, &x, Some(&x), &mut out, 512).unwrap();
        biased.launch(&stream, &x, Null, &mut out, 256).unwrap();
        let launches = double.launches();
        let found: Vec<_> = launches.iter().map(|launch| (launch.grid[0], launch.shared)).collect();
        assert_eq!(found, [(257, 32), (5, 16), (1, 0), (2, 0), (1, 0)]);
        assert_eq!(launches[3].parameters().len(), launches[4].parameters().len() + 1);
    }

    fn descriptors_of_slices_are_launched_with(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (described, stored) = (Described::load(&context).unwrap(), Stored::load(&context).unwrap());
        let (mut source, mut out) = (stream.alloc_zeros::<f16>(4096).unwrap(), stream.alloc_zeros::<f16>(4096).unwrap());
        let map = TensorMap::contiguous(&source, [64, 64]).unwrap();
        described.launch(&stream, 1, &map, &mut out).unwrap();
        let mut map = TensorMapMut::contiguous(&mut source, [64, 64]).unwrap();
        stored.launch(&stream, &mut map, &out).unwrap();
        assert_eq!((double.launches().len(), double.unordered()), (2, 0));
    }

    fn launches_are_captured_and_replayed(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let (add, sum) = (Add::load(&context).unwrap(), Sum::load(&context).unwrap());
        let mut graph = Graph::new(&context);
        let (x, mut out) = (graph.own(slice(&stream)), graph.own(slice(&stream)));
        let both = |capture: &Capture, x: &Held<f32>, out: &mut Held<f32>| {
            add.capture(capture, x, Null, &mut *out, 1000)?;
            sum.capture(capture, |_| 7, x, x, out, 16)
        };
        graph.capture(|capture| both(capture, &x, &mut out)).unwrap();
        double.take_log();
        for _ in 0..3 {
            graph.launch(&stream).unwrap();
        }
        let log = double.take_log();
        assert_eq!(log.iter().filter(|line| *line == "launch graph of 2").count(), 3, "{log:?}");
        let launches = double.launches();
        assert!(launches.iter().all(|launch| launch.captured()));
        assert_eq!(launches.iter().map(|launch| launch.grid[0]).collect::<Vec<_>>(), [4, 7]);
        assert_eq!(stream.clone_dtoh(graph.get(&out).unwrap()).unwrap().len(), out.len());
        assert_eq!(double.unordered(), 0);
    }
}
