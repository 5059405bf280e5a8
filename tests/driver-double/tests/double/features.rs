//! Shared memory, clusters, cooperative grids, programmatic dependent launch and scratch memory.

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::{ImageFields, ImageSpec, KernelSpec, LoadedKernel};
use triton_runner_rt::cudarc::driver::sys;
use triton_runner_rt::{Axis, DevicePointer, Error, GridFault, context};

/// An image of `add` with two hidden pointers.
fn two_hidden() -> ImageFields {
    ADD_IMAGE_TWO
}

/// `scratch` with these sizes.
fn scratch_as(scratch_size: u32, scratch_align: u32) -> &'static KernelSpec {
    let image = ImageFields { scratch_size, scratch_align, ..SCRATCH_IMAGE };
    let images = Box::leak(Box::new([ImageSpec::new(image)]));
    Box::leak(Box::new(KernelSpec {
        name: "scratch",
        source: "fixtures/scratch.ttir",
        checks: &[],
        args: SCRATCH.args,
        images,
    }))
}

const RAW: DevicePointer<f32> = DevicePointer::new(0x7000);

const COOPERATIVE: u32 = 2;
const CLUSTER_DIMENSION: u32 = 4;
const CLUSTER_SCHEDULING: u32 = 5;
const PROGRAMMATIC_SERIALIZATION: u32 = 6;

driver_double::tests! {
    fn large_shared_memory_is_launched_with_its_size(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, add_with([ImageFields { shared: 204_800, ..ADD_IMAGE_90 }])).unwrap();
        unsafe { kernels::add(&kernel, &context.default_stream(), 1, RAW, RAW, RAW, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert!(launch.shared == 204_800 && launch.attributes().is_empty());
    }

    fn shared_memory_that_the_driver_will_not_give_is_a_load_error(double) {
        let context = context(0).unwrap();
        double.fail("cuFuncSetAttribute", 1, 1, 1);
        let error = LoadedKernel::load(&context, add_with([ImageFields { shared: 204_800, ..ADD_IMAGE_90 }])).unwrap_err();
        assert!(error.to_string().contains("204800 bytes of dynamic shared memory"), "{error}");
        assert_eq!(double.calls("cuModuleUnload"), 1);
    }

    fn a_grid_of_clusters_counts_ctas(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &CLUSTER).unwrap();
        unsafe { kernels::cluster(&kernel, &context.default_stream(), (5, 3), RAW, RAW) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!(launch.grid, [10, 3, 1]);
        assert_eq!(launch.attributes(), [[CLUSTER_DIMENSION, 2, 1, 1], [CLUSTER_SCHEDULING, 1, 0, 0]]);
        assert!(launch.extended());
        assert_eq!((launch.number(0), launch.number(2)), (0x7000, 0));
    }

    fn a_grid_of_clusters_stays_within_the_limits_of_the_device(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &CLUSTER).unwrap();
        assert_eq!(kernel.info().max_grid, [i32::MAX as u32 / 2, 65_535, 65_535]);
        let most = i32::MAX as u32 / 2;
        let error =
            unsafe { kernels::cluster(&kernel, &context.default_stream(), most + 1, RAW, RAW) }.unwrap_err();
        assert!(
            matches!(error, Error::Grid { axis: Axis::X, fault: GridFault::TooLarge { limit, .. }, .. } if limit == most),
            "{error}"
        );
        unsafe { kernels::cluster(&kernel, &context.default_stream(), most, RAW, RAW) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().grid, [i32::MAX as u32 - 1, 1, 1]);
    }

    fn a_cooperative_kernel_is_launched_as_one(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, add_with([ImageFields { cooperative: true, ..ADD_IMAGE_90 }])).unwrap();
        let stream = context.default_stream();
        unsafe { kernels::add(&kernel, &stream, 264, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().attributes(), [[COOPERATIVE, 1, 0, 0]]);
        let error = unsafe { kernels::add(&kernel, &stream, 265, RAW, RAW, RAW, 1) }.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("COOPERATIVE_LAUNCH_TOO_LARGE") && text.contains("launch fewer"), "{text}");
        assert!(matches!(&error, Error::Launch(failure) if failure.cooperative && failure.grid == [265, 1, 1]));
    }

    fn a_dependent_kernel_is_launched_as_one(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, add_with([ImageFields { pdl: true, ..ADD_IMAGE_90 }])).unwrap();
        unsafe { kernels::add(&kernel, &context.default_stream(), 1, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().attributes(), [[PROGRAMMATIC_SERIALIZATION, 1, 0, 0]]);
    }

    fn attributes_add_up(double) {
        let context = context(0).unwrap();
        let image = ImageFields { cooperative: true, pdl: true, cluster: [2, 2, 1], ..ADD_IMAGE_90 };
        let kernel = LoadedKernel::load(&context, add_with([image])).unwrap();
        unsafe { kernels::add(&kernel, &context.default_stream(), (2, 2), RAW, RAW, RAW, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!(launch.grid, [4, 4, 1]);
        let ids: Vec<u32> = launch.attributes().iter().map(|attribute| attribute[0]).collect();
        assert_eq!(ids, [CLUSTER_DIMENSION, CLUSTER_SCHEDULING, COOPERATIVE, PROGRAMMATIC_SERIALIZATION]);
    }

    fn scratch_memory_comes_and_goes_around_the_kernel(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        let stream = context.new_stream().unwrap();
        double.take_log();
        unsafe { kernels::scratch(&kernel, &stream, (3, 2), RAW, RAW, [96, 64]) }.unwrap();
        assert_eq!(double.take_log(), ["allocate 1536 in order", "launch scratch", "free in order"]);
        let launch = double.launches().pop().unwrap();
        assert!(launch.number(4) != 0 && launch.number(4).is_multiple_of(128));
        assert_eq!((double.live_allocations(), double.peak_allocations()), (0, 1));
    }

    fn profiling_memory_is_given_as_well_and_set_to_zero(double) {
        let context = context(0).unwrap();
        let image = ImageFields { profile_scratch_size: 64, profile_scratch_align: 8, hidden: 2, ..two_hidden() };
        let kernel = LoadedKernel::load(&context, add_with([image])).unwrap();
        double.take_log();
        unsafe { kernels::add(&kernel, &context.default_stream(), 5, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.take_log(), ["allocate 320 in order", "launch add", "free in order"]);
        assert_eq!(double.calls("cuMemsetD8Async"), 1);
        let launch = double.launches().pop().unwrap();
        assert!(launch.number(4) == 0 && launch.number(5) != 0);
        double.fail("cuMemsetD8Async", 1, 1, 1);
        let error =
            unsafe { kernels::add(&kernel, &context.default_stream(), 5, RAW, RAW, RAW, 1) }.unwrap_err();
        assert!(error.to_string().contains("could not be set to zero"), "{error}");
        assert_eq!(double.live_allocations(), 0);
    }

    fn scratch_memory_counts_the_ctas_of_clusters(double) {
        let context = context(0).unwrap();
        let image = ImageFields { cluster: [2, 1, 1], scratch_size: 128, scratch_align: 128, ..ADD_IMAGE_90 };
        let kernel = LoadedKernel::load(&context, add_with([image])).unwrap();
        double.take_log();
        unsafe { kernels::add(&kernel, &context.default_stream(), 5, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.take_log()[0], "allocate 1280 in order");
    }

    fn scratch_memory_is_aligned_beyond_what_the_driver_gives(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, scratch_as(256, 4096)).unwrap();
        for _ in 0..20 {
            unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap();
            assert_eq!(double.launches().pop().unwrap().number(4) % 4096, 0);
        }
        assert_eq!(double.live_allocations(), 0);
        assert_eq!(double.take_log().iter().filter(|line| *line == "allocate 4352 in order").count(), 20);
    }

    fn scratch_memory_of_more_than_the_kernel_can_count_is_refused(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        let stream = context.default_stream();
        let error = unsafe { kernels::scratch(&kernel, &stream, (1 << 20, 8), RAW, RAW, [32, 32]) }.unwrap_err();
        let Error::Scratch { kernel: "scratch", bytes, programs, source: None, .. } = error else { panic!("{error}") };
        assert_eq!((bytes, programs), (1 << 31, 1 << 23));
        assert_eq!(double.calls("cuMemAllocAsync"), 0);
    }

    fn without_memory_the_launch_is_refused(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        double.fail("cuMemAllocAsync", 1, 1, 2);
        let error =
            unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap_err();
        assert!(error.to_string().contains("256 bytes for 1 programs (CUDA_ERROR_OUT_OF_MEMORY"), "{error}");
        assert!(double.launches().is_empty());
    }

    fn scratch_memory_of_a_refused_launch_is_freed(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        double.fail("cuLaunchKernelEx", 1, 1, 1);
        let error =
            unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap_err();
        assert!(matches!(error, Error::Launch(_)), "{error}");
        assert_eq!(double.live_allocations(), 0);
    }

    fn a_failure_to_free_scratch_memory_is_told(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        double.fail("cuMemFreeAsync", 1, 1, 999);
        let error =
            unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap_err();
        assert!(error.to_string().contains("could not be freed"), "{error}");
    }

    fn without_memory_pools_the_launch_waits(double) {
        double.set_device(0, (9, 0), 232_448, false, 264);
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        double.take_log();
        unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap();
        assert_eq!(double.take_log(), ["allocate 256", "launch scratch", "synchronize", "free"]);
        double.fail("cuLaunchKernelEx", 1, 1, 1);
        unsafe { kernels::scratch(&kernel, &context.default_stream(), 1, RAW, RAW, [32, 32]) }.unwrap_err();
        assert_eq!(double.take_log(), ["allocate 256", "free"]);
    }

    fn captured_scratch_memory_is_part_of_the_graph(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        stream.begin_capture(sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL).unwrap();
        unsafe { kernels::scratch(&kernel, &stream, 1, RAW, RAW, [32, 32]) }.unwrap();
        stream.end_capture(sys::CUgraphInstantiate_flags(0)).unwrap().unwrap();
        assert!(double.take_log().contains(&"captured 3".to_owned()), "allocation, kernel, release");
    }

    fn threads_and_streams_have_scratch_memory_of_their_own(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &SCRATCH).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let (kernel, context) = (kernel.clone(), &context);
                scope.spawn(move || {
                    let stream = context.new_stream().unwrap();
                    for _ in 0..50 {
                        unsafe { kernels::scratch(&kernel, &stream, 1, RAW, RAW, [32, 32]) }.unwrap();
                    }
                });
            }
        });
        assert_eq!((double.launches().len(), double.live_allocations()), (400, 0));
    }
}
