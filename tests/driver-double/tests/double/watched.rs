//! `TRITON_RUNNER_SYNC=1`: launches that wait for their kernels.

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::LoadedKernel;
use triton_runner_rt::cudarc::driver::sys::CUstreamCaptureMode;
use triton_runner_rt::half::f16;
use triton_runner_rt::{DevicePointer, Error, TensorMap, context};

const RAW: DevicePointer<f32> = DevicePointer::new(0x7000);

fn watch() {
    // Each test is alone in its process.
    unsafe { std::env::set_var("TRITON_RUNNER_SYNC", "1") };
}

driver_double::tests! {
    fn without_the_switch_a_launch_waits_for_nothing(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        unsafe { kernels::add(&kernel, &context.default_stream(), 1, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.calls("cuStreamSynchronize"), 0);
    }

    fn with_it_a_kernels_error_names_the_launch_and_those_before(double) {
        watch();
        let context = context(0).unwrap();
        let (stream, own) = (context.default_stream(), context.new_stream().unwrap());
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let waits = double.calls("cuStreamSynchronize");
        for n in 1..12 {
            unsafe { kernels::add(&kernel, &stream, n as u32, RAW, RAW, RAW, n) }.unwrap();
        }
        assert_eq!(double.calls("cuStreamSynchronize") - waits, 11);
        double.fail("cuStreamSynchronize", 1, 1, 700);
        let error = unsafe { kernels::add(&kernel, &own, 3, RAW, RAW, RAW, 70) }.unwrap_err();
        let Error::Run(failure) = &error else { panic!("{error}") };
        let launch = "kernel `add` (sm_90a), grid 3 x 1 x 1, x = 0x7000, y = 0x7000, out = 0x7000, n = 70";
        assert_eq!(failure.launch, launch);
        assert_eq!(failure.source.code(), 700);
        assert_eq!(failure.before.len(), 8);
        assert!(failure.before[0].ends_with("n = 11") && failure.before[7].ends_with("n = 4"), "{:?}", failure.before);
        let text = error.to_string();
        assert!(text.contains(launch) && text.contains("the last first:"), "{text}");
    }

    fn a_launch_that_is_refused_after_that_lists_the_launches_too(double) {
        watch();
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let stream = context.default_stream();
        unsafe { kernels::add(&kernel, &stream, 1, RAW, RAW, RAW, 5) }.unwrap();
        double.fail("cuLaunchKernelEx", 1, 1, 700);
        let error = unsafe { kernels::add(&kernel, &stream, 1, RAW, RAW, RAW, 6) }.unwrap_err();
        let Error::Launch(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.before.len(), 1);
        assert!(error.to_string().ends_with("n = 5"), "{error}");
    }

    fn a_stream_that_captures_is_not_waited_for(double) {
        watch();
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, RAW, RAW, RAW, 1) }.unwrap();
        assert!(double.launches().pop().unwrap().captured());
    }

    fn every_kind_of_launch_can_be_watched(double) {
        watch();
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let before = double.calls("cuStreamSynchronize");
        let raw = DevicePointer::<f32>::new(0x7000);
        let scratch = LoadedKernel::load(&context, &SCRATCH).unwrap();
        unsafe { kernels::scratch(&scratch, &stream, 1, raw, raw, [1, 16]) }.unwrap();
        let cluster = LoadedKernel::load(&context, &CLUSTER).unwrap();
        unsafe { kernels::cluster(&cluster, &stream, 1, raw, raw) }.unwrap();
        let described = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(DevicePointer::<f16>::new(0x9000), [64, 64]).unwrap();
        double.fail("cuStreamSynchronize", 1, 1, 719);
        let error =
            unsafe { kernels::described(&described, &stream, 1, &map, DevicePointer::new(0x7000)) }.unwrap_err();
        assert!(error.to_string().contains("source = a tensordesc<fp16[64, 64]>, out = 0x7000"), "{error}");
        assert_eq!(double.calls("cuStreamSynchronize") - before, 3);
    }
}
