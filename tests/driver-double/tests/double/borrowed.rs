//! Memory and streams of others.

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::LoadedKernel;
use triton_runner_rt::__private::v1::NullableInput;
use triton_runner_rt::cudarc::driver::result::stream::{self, StreamKind};
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, DevicePtr};
use triton_runner_rt::{DeviceMemory, DevicePointer, Error, Guard, Input, Output, context};

/// A type of another crate.
struct Matrix<T> {
    elements: CudaSlice<T>,
}

unsafe impl<T> DeviceMemory for &Matrix<T> {}
unsafe impl<T> DeviceMemory for &mut Matrix<T> {}

impl<T> Input<T> for &Matrix<T> {
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Input::<T>::pass(&self.elements, stream)
    }
}

impl<T> Output<T> for &mut Matrix<T> {
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Output::<T>::pass(&mut self.elements, stream)
    }
}

fn address(slice: &CudaSlice<f32>) -> u64 {
    slice.device_ptr(slice.stream()).0
}

const RAW: DevicePointer<f32> = DevicePointer::new(0x7000);

driver_double::tests! {
    fn a_type_of_another_crate_is_passed_by_what_it_holds(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let matrix = || Matrix { elements: stream.alloc_zeros::<f32>(64).unwrap() };
        let (x, mut out) = (matrix(), matrix());
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        unsafe { kernels::add(&kernel, &stream, 1, &x, RAW, &mut out, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!([0, 1, 2].map(|i| launch.number(i)), [address(&x.elements), 0x7000, address(&out.elements)]);
        let passed = NullableInput::<f32>::pass(Some(&x), &stream).0;
        assert_eq!(passed, address(&x.elements));
    }

    fn a_type_of_another_crate_takes_part_in_stream_tracking(double) {
        let context = context(0).unwrap();
        let (home, other) = (context.new_stream().unwrap(), context.new_stream().unwrap());
        let matrix = || Matrix { elements: home.alloc_zeros::<f32>(64).unwrap() };
        let (x, mut out) = (matrix(), matrix());
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        double.take_log();
        unsafe { kernels::add(&kernel, &other, 1, &x, RAW, &mut out, 1) }.unwrap();
        let log = double.take_log();
        // It waits for who writes x, and for who reads or writes out; then it is noted that x is read and out written.
        let count = |word: &str| log.iter().filter(|line| line.as_str() == word).count();
        assert_eq!((count("wait"), count("record")), (3, 2), "{log:?}");
    }

    fn a_type_of_another_crate_is_refused_from_another_device(double) {
        double.set_device_count(2);
        let ours = context(0).unwrap();
        let far = context(1).unwrap().default_stream().alloc_zeros::<f32>(64).unwrap();
        let kernel = LoadedKernel::load(&ours, &ADD).unwrap();
        let stream = ours.default_stream();
        let error =
            unsafe { kernels::add(&kernel, &stream, 1, &Matrix { elements: far }, RAW, RAW, 1) }.unwrap_err();
        assert!(matches!(error, Error::WrongDevice { argument: "x", argument_device: 1, .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_borrowed_stream_is_launched_on_and_left_alone(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let handle = stream::create(StreamKind::NonBlocking).unwrap();
        let borrowed = unsafe { context.wrap_borrowed_stream(handle) };
        unsafe { kernels::add(&kernel, &borrowed, 1, RAW, RAW, RAW, 1) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().stream, handle.addr() as u64);
        drop(borrowed);
        assert_eq!(double.calls("cuStreamDestroy_v2"), 0);
    }

    fn a_borrowed_stream_alone_begins_no_tracking(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let handle = stream::create(StreamKind::NonBlocking).unwrap();
        let borrowed = unsafe { context.wrap_borrowed_stream(handle) };
        let home = context.default_stream();
        let (x, mut out) = (home.alloc_zeros::<f32>(64).unwrap(), home.alloc_zeros::<f32>(64).unwrap());
        let ordered = |double: &driver_double::Double| {
            double.take_log().iter().any(|line| matches!(line.as_str(), "wait" | "record"))
        };
        ordered(double);
        unsafe { kernels::add(&kernel, &borrowed, 1, &x, RAW, &mut out, 1) }.unwrap();
        assert!(!ordered(double));
        let _own = context.new_stream().unwrap();
        unsafe { kernels::add(&kernel, &borrowed, 1, &x, RAW, &mut out, 1) }.unwrap();
        assert!(ordered(double));
    }

    fn streams_and_slices_of_another_wrapper_of_the_context_are_its_own(double) {
        let (ours, theirs) = (context(0).unwrap(), CudaContext::new(0).unwrap());
        let kernel = LoadedKernel::load(&ours, &ADD).unwrap();
        let streams = [theirs.default_stream(), theirs.per_thread_stream(), theirs.new_stream().unwrap()];
        for stream in &streams {
            let x = stream.alloc_zeros::<f32>(64).unwrap();
            unsafe { kernels::add(&kernel, stream, 1, &x, &x, RAW, 1) }.unwrap();
            assert_eq!(double.launches().pop().unwrap().stream, stream.cu_stream().addr() as u64);
        }
        assert!(theirs.is_managing_stream_synchronization() && !ours.is_managing_stream_synchronization());
        assert_eq!(double.calls("cuModuleLoadData"), 1);
    }
}
