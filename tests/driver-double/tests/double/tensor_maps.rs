//! Tensor descriptors made on the host, in both forms.

use driver_double::fixtures::*;
use driver_double::{EncodedTensorMap, kernels};
use triton_runner_rt::__private::v1::LoadedKernel;
use triton_runner_rt::cudarc::driver::{CudaSlice, DevicePtr};
use triton_runner_rt::half::f16;
use triton_runner_rt::{DevicePointer, Error, TensorMap, TensorMapFault, context};

const OUT: DevicePointer<f16> = DevicePointer::new(0x7000);
const TENSOR: DevicePointer<f16> = DevicePointer::new(0x9000);

driver_double::tests! {
    fn a_tensor_map_is_encoded_for_the_kernel(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::new(TENSOR, [1000, 512], [520, 1]).unwrap();
        unsafe { kernels::described(&kernel, &context.default_stream(), 3, &map, OUT) }.unwrap();
        let launch = double.launches().pop().unwrap();
        let sizes: Vec<usize> = launch.parameters().iter().map(|bytes| bytes.len()).collect();
        assert_eq!(sizes, [128, 4, 4, 8, 8, 8, 8, 8]);
        assert_eq!(
            EncodedTensorMap::read(launch.parameters()[0]),
            EncodedTensorMap {
                address: 0x9000,
                data_type: 6,
                rank: 2,
                swizzle: 3,
                small_bug: true,
                fill: 0,
                extents: vec![512, 1000],
                strides: vec![1040],
                block: vec![64, 64],
            }
        );
        let rest: Vec<u64> = (1..8).map(|index| launch.number(index)).collect();
        assert_eq!(rest, [1000, 512, 520, 1, 0x7000, 0, 0]);
        assert_eq!((launch.grid, launch.shared), ([3, 1, 1], 8200));
    }

    fn a_map_is_encoded_once_for_a_kernel(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(TENSOR, [1024, 64]).unwrap();
        for _ in 0..10 {
            unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap();
        }
        assert_eq!(double.calls("cuTensorMapEncodeTiled"), 1);
        let launches = double.launches();
        assert!(launches.iter().all(|launch| launch.parameters() == launches[0].parameters()));
    }

    fn the_bit_that_breaks_small_tensors_is_cleared(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        for (rows, set) in [(64, false), (1024, false), (1025, true), (4096, true)] {
            // 128 bytes a row.
            let map = TensorMap::contiguous(TENSOR, [rows, 64]).unwrap();
            unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap();
            let encoded = EncodedTensorMap::read(double.launches().pop().unwrap().parameters()[0]);
            assert_eq!(encoded.small_bug, set, "{rows}");
        }
    }

    fn a_later_driver_keeps_that_bit(double) {
        double.set_driver_version(13_020);
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(TENSOR, [64, 64]).unwrap();
        unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap();
        assert!(EncodedTensorMap::read(double.launches().pop().unwrap().parameters()[0]).small_bug);
    }

    fn padding_reaches_the_driver(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(TENSOR, [64, 64]).unwrap().pad_with_nan();
        unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap();
        assert_eq!(EncodedTensorMap::read(double.launches().pop().unwrap().parameters()[0]).fill, 1);
    }

    fn a_misaligned_tensor_is_refused_by_the_arguments_name(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(DevicePointer::new(0x9002), [64, 64]).unwrap();
        let error = unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap_err();
        let Error::TensorMap { argument: Some(("described", "source")), fault, .. } = error else { panic!("{error}") };
        assert!(matches!(fault, TensorMapFault::Misaligned { address: 0x9002, required: 16, .. }), "{fault}");
        assert!(double.launches().is_empty());
    }

    fn a_refusal_of_the_driver_is_told(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let map = TensorMap::contiguous(TENSOR, [64, 64]).unwrap();
        double.fail("cuTensorMapEncodeTiled", 1, 1, 1);
        let error = unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap_err();
        assert!(error.to_string().contains("cuTensorMapEncodeTiled: CUDA_ERROR_INVALID_VALUE"), "{error}");
        unsafe { kernels::described(&kernel, &context.default_stream(), 1, &map, OUT) }.unwrap();
    }

    fn a_slice_takes_part_in_stream_tracking(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &DESCRIBED).unwrap();
        let first = context.new_stream().unwrap();
        let mut slice: CudaSlice<u16> = first.alloc_zeros(64 * 64).unwrap();
        let address = slice.device_ptr(&first).0;
        // SAFETY: the same number of bytes, and every pattern of bits is a number.
        let view = unsafe { slice.transmute::<f16>(64 * 64) }.unwrap();
        let map = TensorMap::contiguous(view, [64, 64]).unwrap();
        double.take_log();
        unsafe { kernels::described(&kernel, &first, 1, &map, OUT) }.unwrap();
        assert_eq!(double.take_log(), ["wait", "launch described", "record"]);
        assert_eq!(EncodedTensorMap::read(double.launches()[0].parameters()[0]).address, address);
        drop(map);
        // SAFETY: as above.
        let view = unsafe { slice.transmute_mut::<f16>(64 * 64) }.unwrap();
        let map = TensorMap::contiguous(view, [64, 64]).unwrap();
        unsafe { kernels::described(&kernel, &first, 1, &map, OUT) }.unwrap();
        assert_eq!(double.take_log(), ["wait", "wait", "launch described", "record"]);
        drop(map);
        // SAFETY: as above.
        let view = unsafe { slice.transmute::<f16>(64 * 64) }.unwrap();
        let error = TensorMap::contiguous(view, [65, 64]).unwrap_err();
        assert!(error.to_string().contains("spans 4160 elements: the memory holds 4096"), "{error}");
    }

    fn a_slice_of_another_device_is_refused(double) {
        double.set_device_count(2);
        let ours = context(0).unwrap();
        let kernel = LoadedKernel::load(&ours, &DESCRIBED).unwrap();
        let far: CudaSlice<u16> = context(1).unwrap().default_stream().alloc_zeros(64 * 64).unwrap();
        // SAFETY: the same number of bytes, and every pattern of bits is a number.
        let view = unsafe { far.transmute::<f16>(64 * 64) }.unwrap();
        let map = TensorMap::contiguous(view, [64, 64]).unwrap();
        let error = unsafe { kernels::described(&kernel, &ours.default_stream(), 1, &map, OUT) }.unwrap_err();
        assert!(matches!(error, Error::WrongDevice { argument: "source", .. }), "{error}");
    }
}
