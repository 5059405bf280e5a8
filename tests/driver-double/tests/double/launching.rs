//! What reaches the driver at a launch, and what is refused before.

use std::sync::Arc;

use driver_double::fixtures::*;
use driver_double::kernels::{self, Scalars};
use triton_runner_rt::__private::v1::{Extent, Grid, LoadedKernel};
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, DevicePtr};
use triton_runner_rt::{Axis, DevicePointer, Error, context};

/// A context, a stream of it, and three slices of 1024 elements.
pub(crate) struct Setting {
    pub(crate) context: Arc<CudaContext>,
    pub(crate) stream: Arc<CudaStream>,
    pub(crate) x: CudaSlice<f32>,
    pub(crate) y: CudaSlice<f32>,
    pub(crate) out: CudaSlice<f32>,
}

impl Setting {
    #[allow(clippy::unwrap_used, reason = "part of tests")]
    pub(crate) fn with(stream: impl FnOnce(&Arc<CudaContext>) -> Arc<CudaStream>) -> Self {
        let context = context(0).unwrap();
        let stream = stream(&context);
        let slice = || stream.alloc_zeros::<f32>(1024).unwrap();
        Self { x: slice(), y: slice(), out: slice(), context, stream }
    }
}

/// On the default stream.
fn setting() -> Setting {
    Setting::with(CudaContext::default_stream)
}

fn address(slice: &CudaSlice<f32>) -> u64 {
    slice.device_ptr(slice.stream()).0
}

driver_double::tests! {
    fn a_launch_passes_what_the_caller_passed(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        unsafe { kernels::add(&kernel, &stream, 4, &x, &y, &mut out, 1000) }.unwrap();
        let launches = double.launches();
        let [launch] = launches.as_slice() else { panic!("{launches:?}") };
        assert_eq!((launch.function(), launch.grid, launch.block, launch.shared), ("add", [4, 1, 1], [128, 1, 1], 0));
        assert!(launch.extended() && launch.attributes().is_empty() && launch.stream == 0);
        let numbers: Vec<u64> = (0..5).map(|index| launch.number(index)).collect();
        assert_eq!(numbers, [address(&x), address(&y), address(&out), 1000, 0]);
        assert_eq!(launch.parameters().iter().map(|bytes| bytes.len()).collect::<Vec<_>>(), [8, 8, 8, 4, 8]);
    }

    fn hidden_pointers_are_null_however_many_there_are(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        for (spec, hidden) in [(&ADD_WITHOUT, 0), (&ADD, 1), (&ADD_TWO, 2)] {
            let kernel = LoadedKernel::load(&context, spec).unwrap();
            unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
            let launch = double.launches().pop().unwrap();
            assert_eq!(launch.parameters().len(), 4 + hidden);
            assert!((4..4 + hidden).all(|index| launch.number(index) == 0));
        }
    }

    fn ptx_is_launched_alike(double) {
        double.set_capability(12, 0);
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        unsafe { kernels::add(&kernel, &stream, (2, 3), &x, &y, &mut out, -7) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!((launch.grid, launch.number(3) as u32 as i32), ([2, 3, 1], -7));
    }

    fn scalars_keep_their_bytes(double) {
        double.set_capability(8, 0);
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let kernel = LoadedKernel::load(&context, &SCALARS).unwrap();
        let out = DevicePointer::new(0x7000);
        let scalars = Scalars { flag: true, a: -2, b: -300, c: i32::MIN, d: i64::MAX, e: -1.5, f: std::f64::consts::PI };
        unsafe { kernels::scalars(&kernel, &stream, out, scalars) }.unwrap();
        let launch = double.launches().pop().unwrap();
        let parameters = launch.parameters();
        let expected: [&[u8]; 9] = [
            &0x7000_u64.to_le_bytes(),
            &[1],
            &(-2_i8).to_le_bytes(),
            &(-300_i16).to_le_bytes(),
            &i32::MIN.to_le_bytes(),
            &i64::MAX.to_le_bytes(),
            &(-1.5_f32).to_le_bytes(),
            &std::f64::consts::PI.to_le_bytes(),
            &[0; 8],
        ];
        assert_eq!(parameters, expected);
    }

    fn views_and_raw_pointers_are_passed_by_their_address(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let (x_address, y_address, out_address) = (address(&x), address(&y), address(&out));
        let raw = DevicePointer::<f32>::new(y_address).wrapping_add(8);
        let mut part = out.slice_mut(4..);
        let view = x.slice(16..32);
        unsafe { kernels::add(&kernel, &stream, 1, &view, raw, &mut part, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!([0, 1, 2].map(|i| launch.number(i)), [x_address + 64, y_address + 32, out_address + 16]);
        unsafe { kernels::add(&kernel, &stream, 1, x.slice(4..), &y, part, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!([0, 1, 2].map(|i| launch.number(i)), [x_address + 16, y_address, out_address + 16]);
    }

    fn a_misaligned_pointer_is_refused_by_name(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, y.slice(1..), &mut out, 1) }.unwrap_err();
        let Error::Misaligned { kernel: "add", argument: "y", index: 1, address: found, promised: 16, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(found, address(&y) + 4);
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &y, out.slice_mut(2..), 1) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { argument: "out", .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn an_indivisible_integer_is_refused_by_name(double) {
        let Setting { context, stream, x, mut out, .. } = setting();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        for columns in [33, -1, 1] {
            let error = unsafe { kernels::scratch(&kernel, &stream, 1, &x, &mut out, [32, columns]) }.unwrap_err();
            let Error::Indivisible { argument: "columns", index: 3, value, promised: 16, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(value, i64::from(columns));
        }
        assert!(double.launches().is_empty());
        for columns in [32, 0, -16] {
            unsafe { kernels::scratch(&kernel, &stream, 1, &x, &mut out, [32, columns]) }.unwrap();
        }
    }

    fn grids_that_cannot_be_are_refused_by_axis(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let one = Extent::new(1);
        for (grid, axis, fault) in [
            (Grid::from(1_u32 << 31), Axis::X, "it is 2147483648, and the most is 2147483647"),
            (Grid::from((1, 65_536)), Axis::Y, "it is 65536, and the most is 65535"),
            (Grid::from((1, 1, 70_000)), Axis::Z, "it is 70000, and the most is 65535"),
            (Grid::new(one - 2, 1, 1), Axis::X, "it is -1, less than zero"),
            (Grid::new(1, one / 0, 1), Axis::Y, "its expression divides by zero"),
            (Grid::new(1, 1, Extent::new(i64::MAX) * 2), Axis::Z, "its expression overflows 64 bits"),
        ] {
            let error = unsafe { kernels::add(&kernel, &stream, grid, &x, &y, &mut out, 1) }.unwrap_err();
            let Error::Grid { kernel: "add", axis: found_axis, fault: found, .. } = error else { panic!("{error}") };
            assert_eq!((found_axis, &*found.to_string()), (axis, fault));
        }
        assert!(double.launches().is_empty());
    }

    fn an_empty_grid_launches_nothing_and_succeeds(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        for grid in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            unsafe { kernels::add(&kernel, &stream, grid, &x, &y, &mut out, 1) }.unwrap();
        }
        assert_eq!(double.calls("cuLaunchKernelEx"), 0);
    }

    fn a_stream_of_another_device_is_refused(double) {
        double.set_device_count(2);
        let Setting { context: ours, x, y, mut out, .. } = setting();
        let kernel = LoadedKernel::load(&ours, &ADD).unwrap();
        let other = context(1).unwrap().default_stream();
        let error = unsafe { kernels::add(&kernel, &other, 1, &x, &y, &mut out, 1) }.unwrap_err();
        assert!(matches!(error, Error::WrongStream { kernel: "add", kernel_device: 0, stream_device: 1, .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_slice_of_another_device_is_refused_and_a_raw_pointer_is_not(double) {
        double.set_device_count(2);
        let Setting { context: ours, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&ours, &ADD).unwrap();
        let far = context(1).unwrap().default_stream().alloc_zeros::<f32>(1024).unwrap();
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &far, &mut out, 1) }.unwrap_err();
        assert!(
            matches!(error, Error::WrongDevice { argument: "y", index: 1, argument_device: 1, stream_device: 0, .. }),
            "{error}"
        );
        unsafe { kernels::add(&kernel, &stream, 1, &x, DevicePointer::new(address(&far)), &mut out, 1) }.unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        assert_eq!(double.launches().len(), 2);
    }

    fn the_context_is_made_current_only_where_it_is_not(double) {
        let Setting { context: ours, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&ours, &ADD).unwrap();
        let before = double.calls("cuCtxSetCurrent");
        for _ in 0..10 {
            unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        }
        assert_eq!(double.calls("cuCtxSetCurrent"), before);
        std::thread::scope(|scope| {
            scope.spawn(|| unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap());
        });
        assert_eq!(double.calls("cuCtxSetCurrent"), before + 1);
        double.set_device_count(2);
        context(1).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        assert_eq!(double.launches().len(), 12);
    }

    fn a_launch_costs_two_calls_of_the_driver(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.take_log();
        let names = ["cuCtxGetCurrent", "cuLaunchKernelEx", "cuEventRecord", "cuStreamWaitEvent", "cuCtxSetCurrent"];
        let before = names.map(|name| double.calls(name));
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        let after = names.map(|name| double.calls(name));
        assert_eq!(std::array::from_fn(|i| after[i] - before[i]), [1, 1, 0, 0, 0]);
        assert_eq!(double.take_log(), ["launch add"]);
    }

    fn stream_tracking_waits_before_and_records_after(double) {
        let Setting { context, stream: _, x, y, mut out } = setting();
        // A second stream turns cudarc's tracking on.
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.take_log();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        // Each input waits for its writer; the output for its readers and its writer. Then each is recorded once.
        assert_eq!(
            double.take_log(),
            ["wait", "wait", "wait", "wait", "launch add", "record", "record", "record"]
        );
        unsafe { context.disable_event_tracking() };
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        assert_eq!(double.take_log(), ["launch add"]);
    }

    fn a_wait_that_failed_stops_the_launch(double) {
        let Setting { context, stream: _, x, y, mut out } = setting();
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.fail("cuStreamWaitEvent", 4, 1, 999);
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap_err();
        assert!(matches!(&error, Error::Driver { source, .. } if source.code() == 999), "{error}");
        assert!(double.launches().is_empty());
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
    }

    fn a_launch_that_the_driver_refuses_shows_its_geometry(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.fail("cuLaunchKernelEx", 1, 1, 700);
        let error = unsafe { kernels::add(&kernel, &stream, (7, 2), &x, &y, &mut out, 1) }.unwrap_err();
        let Error::Launch(failure) = &error else { panic!("{error}") };
        assert_eq!((failure.grid, failure.block, failure.source.code()), ([7, 2, 1], 128, 700));
        let text = error.to_string();
        for part in ["`add` (sm_90a)", "CUDA_ERROR_ILLEGAL_ADDRESS", "7 x 2 x 1", "128 threads", "compute-sanitizer"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    fn a_block_that_the_image_does_not_have_is_refused_by_the_driver(double) {
        let _ = double;
        use triton_runner_rt::__private::v1::{ImageSpec, KernelSpec, ImageFields};
        static WRONG: KernelSpec = KernelSpec {
            name: "add",
            source: "fixtures/add.ttir",
            checks: &[],
    args: ADD_ARGUMENTS,
            images: &[ImageSpec::new(ImageFields { num_warps: 8, ..ADD_IMAGE_90 })],
        };
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &WRONG).unwrap();
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap_err();
        assert!(error.to_string().contains("256 threads"), "{error}");
    }

    fn an_error_in_making_the_context_current_is_told(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.fail("cuCtxGetCurrent", 1, 1, 4);
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap_err();
        assert!(error.to_string().contains("kernel `add` was not launched"), "{error}");
    }

    fn threads_share_a_kernel(double) {
        let Setting { context, x, y, .. } = setting();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (kernel, context, x, y) = (kernel.clone(), &context, &x, &y);
                scope.spawn(move || {
                    let stream = context.new_stream().unwrap();
                    let mut out = stream.alloc_zeros::<f32>(1024).unwrap();
                    for n in 0..100 {
                        unsafe { kernels::add(&kernel, &stream, 1, x, y, &mut out, thread * 1000 + n) }.unwrap();
                    }
                });
            }
        });
        let mut seen: Vec<u64> = double.launches().iter().map(|launch| launch.number(3)).collect();
        seen.sort_unstable();
        let expected: Vec<u64> = (0..8).flat_map(|thread| (0..100).map(move |n| thread * 1000 + n)).collect();
        assert_eq!(seen, expected);
    }

    fn captured_launches_are_part_of_the_graph(double) {
        use triton_runner_rt::cudarc::driver::sys;
        let Setting { context, x, y, mut out, .. } = setting();
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        stream.begin_capture(sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &y, &mut out, 1) }.unwrap();
        let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0)).unwrap().unwrap();
        graph.launch().unwrap();
        assert!(double.launches().pop().unwrap().captured());
        assert!(double.take_log().contains(&"captured 1".to_owned()));
    }
}
