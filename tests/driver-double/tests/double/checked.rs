//! `TRITON_RUNNER_CHECK=1`: launches that are interpreted first and compared after.

use std::sync::Arc;

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::{InterpretedKernel, LoadedKernel, Ttir};
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::interpret::InterpretFailure;
use triton_runner_rt::{DevicePointer, Error, Result, context};

static TTIR: [Ttir; 1] =
    [Ttir::new(None, "fixtures/add.sm_90.ttir", include_str!("../../fixtures/add.sm_90.ttir"), 4, true)];

fn check() {
    // Each test is alone in its process.
    unsafe { std::env::set_var("TRITON_RUNNER_CHECK", "1") };
}

fn load(context: &Arc<CudaContext>) -> Result<LoadedKernel> {
    let kernel = LoadedKernel::load(context, &ADD)?;
    Ok(kernel.interpreted(Some(InterpretedKernel::new(&ADD, &TTIR))))
}

driver_double::tests! {
    fn without_the_switch_nothing_is_copied(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let (x, mut out) = (stream.alloc_zeros::<f32>(64).unwrap(), stream.alloc_zeros::<f32>(64).unwrap());
        unsafe { kernels::add(&load(&context).unwrap(), &stream, 1, &x, &x, &mut out, 64) }.unwrap();
        assert_eq!((double.calls("cuMemcpyDtoHAsync_v2"), double.calls("cuStreamSynchronize")), (0, 0));
    }

    fn what_a_device_leaves_is_compared(double) {
        check();
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let numbers: Vec<f32> = (0..64).map(|i| i as f32).collect();
        let sums: Vec<f32> = numbers.iter().map(|number| number * 2.0).collect();
        let x = stream.clone_htod(&numbers).unwrap();
        let kernel = load(&context).unwrap();
        // The double runs nothing: right is what was there before.
        let mut out = stream.clone_htod(&sums).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &x, &mut out, 64) }.unwrap();
        assert_eq!(double.launches().len(), 1);

        let mut out = stream.alloc_zeros::<f32>(64).unwrap();
        let error = unsafe { kernels::add(&kernel, &stream, 1, &x, &x, &mut out, 64) }.unwrap_err();
        let Error::Interpret(failure) = &error else { panic!("{error}") };
        let InterpretFailure::Differs { kernel: "add", differences, .. } = &**failure else { panic!("{error}") };
        assert_eq!(differences.len(), 1);
        assert!(error.to_string().contains("`out` 1.00e0 (element 63: 0 for 126)"), "{error}");
        assert_eq!(double.launches().len(), 2);
    }

    fn what_is_interpreted_is_the_file_of_the_images_architecture(double) {
        check();
        const WRONG: &str = include_str!("../../fixtures/scalars.sm_80.ttir");
        const RIGHT: &str = include_str!("../../fixtures/add.sm_90.ttir");
        static BOTH: [Ttir; 2] = [
            Ttir::new(Some(ADD_IMAGE_80.arch), "fixtures/scalars.sm_80.ttir", WRONG, 4, true),
            Ttir::new(Some(ADD_IMAGE_90.arch), "fixtures/add.sm_90.ttir", RIGHT, 4, true),
        ];
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap().interpreted(Some(InterpretedKernel::new(&ADD, &BOTH)));
        let x = stream.clone_htod(&[1.0_f32; 64]).unwrap();
        let mut out = stream.clone_htod(&[2.0_f32; 64]).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, &x, &mut out, 64) }.unwrap();
        assert_eq!(double.launches().len(), 1);
        assert!(double.calls("cuMemcpyDtoHAsync_v2") > 0);
    }

    fn an_access_outside_is_found_before_the_launch(double) {
        check();
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let (x, mut out) = (stream.alloc_zeros::<f32>(64).unwrap(), stream.alloc_zeros::<f32>(60).unwrap());
        let error = unsafe { kernels::add(&load(&context).unwrap(), &stream, 1, &x, &x, &mut out, 64) }.unwrap_err();
        let Error::Interpret(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.findings().len(), 1, "{error}");
        assert!(error.to_string().contains("`out`"), "{error}");
        assert!(double.launches().is_empty());
        assert_eq!(double.live_allocations(), 2);
    }

    fn views_and_arguments_of_one_allocation_are_one_piece_of_memory(double) {
        check();
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let all = stream.clone_htod(&[1.0_f32; 192]).unwrap();
        let at = |element| DevicePointer::<f32>::new(address(&all)).wrapping_add(element);
        let kernel = load(&context).unwrap();
        let error = unsafe { kernels::add(&kernel, &stream, 1, at(0), at(64), at(128), 64) }.unwrap_err();
        assert!(error.to_string().contains("(element 128: 1 for 2)"), "{error}");
        assert_eq!(double.launches().len(), 1);
        let error = unsafe { kernels::add(&kernel, &stream, 1, at(0), at(64), at(129 + 3), 64) }.unwrap_err();
        assert!(matches!(&error, Error::Interpret(failure) if failure.findings().len() == 1), "{error}");
    }

    fn memory_that_no_allocation_has_is_an_error_value(double) {
        check();
        let context = context(0).unwrap();
        let raw = DevicePointer::<f32>::new(0x7000);
        let stream = context.default_stream();
        let error = unsafe { kernels::add(&load(&context).unwrap(), &stream, 1, raw, raw, raw, 1) }.unwrap_err();
        assert!(error.to_string().contains("the memory of `x` could not be copied"), "{error}");
        assert!(double.launches().is_empty());
    }
}

fn address(slice: &triton_runner_rt::cudarc::driver::CudaSlice<f32>) -> u64 {
    use triton_runner_rt::cudarc::driver::DevicePtr as _;
    slice.device_ptr(slice.stream()).0
}
