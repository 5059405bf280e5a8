//! Launches that use one slice at once.

use std::ptr;

use driver_double::fixtures::ADD;
use triton_runner_rt::__private::v1::{Guard, LoadedKernel};
use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::{SliceInput, SliceOutput, context};

driver_double::tests! {
    fn readers_of_several_threads_at_once_are_all_waited_for(double) {
        let context = context(0).unwrap();
        let add = LoadedKernel::load(&context, &ADD).unwrap();
        let home = context.default_stream();
        let streams = [context.new_stream().unwrap(), context.new_stream().unwrap()];
        let mut x = home.alloc_zeros::<f32>(1024).unwrap();
        // As slices, as views, and as halves of which one is written: both launches wait before either is recorded.
        let both = |one: (u64, Guard<'_>), two: (u64, Guard<'_>)| {
            for (stream, (address, guard)) in streams.iter().zip([one, two]) {
                let launch = add.checked_on(stream).unwrap();
                launch.slice(0, &guard).unwrap();
                let pointer = (&raw const address).cast_mut().cast();
                let n = (&raw const address).cast_mut().cast();
                let mut parameters = [pointer, pointer, pointer, n, ptr::null_mut(), ptr::null_mut()];
                unsafe { launch.run_checked(1, &mut parameters, &[&guard]) }.unwrap();
            }
        };
        let read = |stream| SliceInput::<f32, CudaStream>::pass(&x, stream);
        both(read(&streams[0]), read(&streams[1]));
        home.memset_zeros(&mut x).unwrap();
        let read = |stream| SliceInput::<f32, CudaStream>::pass(x.as_view(), stream);
        both(read(&streams[0]), read(&streams[1]));
        home.memset_zeros(&mut x).unwrap();
        let (mut left, right) = x.split_at_mut(512);
        let written = SliceOutput::<f32, CudaStream>::pass(&mut left, &*streams[0]);
        both(written, SliceInput::<f32, CudaStream>::pass(&right, &*streams[1]));
        drop(x);
        assert_eq!(double.unordered(), 0, "{:?}", double.take_log());
    }
}
