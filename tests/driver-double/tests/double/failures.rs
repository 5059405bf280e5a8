//! Every call of the driver may fail with any code: that is an error value, nothing is left behind, and the next try
//! succeeds. A panic would end these processes at once, as with `panic = "abort"`.

use std::sync::Arc;

use driver_double::fixtures::*;
use driver_double::{Double, kernels};
use triton_runner_rt::__private::v1::{ImageFields, ImageSpec, KernelSpec, LoadedKernel};
use triton_runner_rt::bench::Bench;
use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaView};
use triton_runner_rt::half::f16;
use triton_runner_rt::{DevicePointer, Result, TensorMap, context, device_count};

/// Codes that drivers return, one that none is known to return among them.
const CODES: [u32; 14] = [1, 2, 3, 4, 100, 101, 201, 209, 222, 400, 700, 719, 900, 54_321];

static EVERYTHING: KernelSpec = KernelSpec {
    name: "add",
    source: "fixtures/add.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[ImageSpec::new(ImageFields {
        cluster: [16, 1, 1],
        shared: 204_800,
        cooperative: true,
        pdl: true,
        scratch_size: 128,
        scratch_align: 128,
        ..ADD_IMAGE_90
    })],
};

static FROM_PTX: KernelSpec = KernelSpec {
    name: "add",
    source: "fixtures/add.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[ImageSpec::new(ADD_IMAGE_PTX)],
};

const RAW: DevicePointer<f32> = DevicePointer::new(0x7000);

/// Loads and launches kernels of each kind. The context is handed out, so that cudarc's clean-up is not part of it.
fn all(kept: &mut Option<Arc<CudaContext>>) -> Result<()> {
    device_count()?;
    let context = context(0)?;
    *kept = Some(Arc::clone(&context));
    let stream = context.default_stream();
    let everything = LoadedKernel::load(&context, &EVERYTHING)?;
    unsafe { kernels::add(&everything, &stream, 3, RAW, RAW, RAW, 1) }?;
    let from_ptx = LoadedKernel::load(&context, &FROM_PTX)?;
    unsafe { kernels::add(&from_ptx, &stream, 3, RAW, RAW, RAW, 1) }?;
    let described = LoadedKernel::load(&context, &DESCRIBED)?;
    let map = TensorMap::contiguous(DevicePointer::<f16>::new(0x9000), [64, 64])?;
    unsafe { kernels::described(&described, &stream, 1, &map, DevicePointer::new(0x7000)) }
}

/// Functions that [`all`] calls.
const FUNCTIONS: [&str; 15] = [
    "cuInit",
    "cuDeviceGetCount",
    "cuDeviceGetAttribute",
    "cuDevicePrimaryCtxRetain",
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuModuleLoadData",
    "cuModuleLoadDataEx",
    "cuModuleGetFunction",
    "cuFuncSetAttribute",
    "cuFuncSetCacheConfig",
    "cuLaunchKernelEx",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuTensorMapEncodeTiled",
];

fn abort_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        std::process::abort();
    }));
}

/// Fails the `nth` call of `function`; how many calls there were is returned.
fn fail_once(double: &Double, function: &str, nth: u32, code: u32) -> u32 {
    // Made by cudarc, which hands an error of its clean-up to the next call.
    if let Ok(context) = context(0) {
        let _ = context.check_err();
    }
    let before = double.calls(function);
    double.fail(function, nth, 1, code);
    let mut kept = None;
    let result = all(&mut kept);
    let calls = double.calls(function) - before;
    double.fail(function, 1, 0, 0);
    drop(kept);
    if let Err(error) = &result {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
        let _ = format!("{error:?}");
    }
    // Some failures there is a way around: no device is a count of 0, and memory pools may be missing.
    let around = ["cuDeviceGetAttribute", "cuDeviceGetCount", "cuInit"].contains(&function);
    if calls >= nth && !around {
        assert!(result.is_err(), "{function}, call {nth}, code {code}");
    }
    calls
}

driver_double::tests! {
    fn any_call_may_fail_with_any_code(double) {
        abort_on_panic();
        all(&mut None).unwrap();
        for function in FUNCTIONS {
            for code in CODES {
                // cudarc reads codes as an enumeration, for which an unknown one is no value.
                if code == 54_321 && !function.starts_with("cuModule") && !function.starts_with("cuLaunch") {
                    continue;
                }
                // The first query is cudarc's, which keeps the context for good when it fails.
                let first = if function == "cuDeviceGetAttribute" { 2 } else { 1 };
                let mut nth = first;
                while fail_once(double, function, nth, code) >= nth {
                    nth += 1;
                }
                assert!(nth > first, "{function} is not called");
                all(&mut None).unwrap_or_else(|error| panic!("after {function} failed with {code}: {error}"));
            }
        }
        // Scratch memory that could not be freed cannot be had back.
        let leaked = CODES.len() as u32 - 1;
        assert!(double.live_allocations() <= leaked, "{}", double.live_allocations());
    }

    fn a_measurement_that_fails_is_an_error(double) {
        abort_on_panic();
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let bench = Bench::default().flush(4096);
        let mut runs = 0;
        let times = bench
            .run(&stream, || {
                runs += 1;
                Ok(())
            })
            .unwrap();
        // The double's clock says 0.5 ms for any two events: 0.1 ms a run.
        assert_eq!((times.median(), times.all().len(), runs), (0.5, 1000, 1 + 5 + 250 + 1000));
        for function in ["cuMemAllocAsync", "cuMemsetD8Async", "cuEventCreate", "cuEventRecord", "cuEventElapsedTime_v2"] {
            double.fail(function, 1, 1, 999);
            let failed = bench.run(&stream, || Ok(()));
            double.fail(function, 1, 0, 0);
            assert!(failed.is_err(), "{function}");
        }
        let mut left = 300;
        let failed = bench.run(&stream, || {
            left -= 1;
            if left == 0 { Err(device_error()) } else { Ok(()) }
        });
        assert!(failed.is_err());
    }

    fn work_that_is_interrupted_leaves_slices_usable(double) {
        abort_on_panic();
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let x: CudaSlice<f32> = stream.alloc_zeros(1024).unwrap();
        let mut out: CudaSlice<f32> = stream.alloc_zeros(1024).unwrap();
        double.fail("cuLaunchKernelEx", 1, 1, 1);
        unsafe { kernels::add(&kernel, &stream, 1, &x, &x, &mut out, 1) }.unwrap_err();
        let view: CudaView<'_, f32> = x.slice(..);
        unsafe { kernels::add(&kernel, &stream, 1, &view, &x, &mut out, 1) }.unwrap();
        assert_eq!(stream.clone_dtoh(&out).unwrap(), [0.0; 1024]);
    }
}

#[allow(clippy::unwrap_used, reason = "part of a test")]
fn device_error() -> triton_runner_rt::Error {
    context(99).unwrap_err()
}
