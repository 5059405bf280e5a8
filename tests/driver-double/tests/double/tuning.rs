//! The choice among variants of a kernel, measured through a driver.

use std::sync::Arc;
use std::time::Duration;

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::{ImageFields, ImageSpec, KernelSpec, LoadedKernel};
use triton_runner_rt::bench::Bench;
use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::tune::Tuner;
use triton_runner_rt::{DevicePointer, Error, Result, context};

/// `add`, and `add` with more shared memory than a block can have.
static LARGE: KernelSpec = KernelSpec {
    name: "add",
    source: "fixtures/add.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[
        ImageSpec::new(ImageFields { shared: 1 << 20, ..ADD_IMAGE_90 }),
        ImageSpec::new(ImageFields { shared: 1 << 20, ..ADD_IMAGE_80 }),
    ],
};
const VARIANTS: [&str; 3] = ["add@large", "add", "add@same"];

fn tuner() -> Tuner {
    let short = Duration::from_millis(1);
    Tuner::new().bench(Bench::default().warmup(short).repeat(short).flush(1 << 16))
}

fn best(tuner: &Tuner, stream: &Arc<CudaStream>, key: u32) -> Result<&'static str> {
    tuner.best(stream, "add", key, &VARIANTS, |variant| {
        let kernel = LoadedKernel::load(stream.context(), if variant == "add@large" { &LARGE } else { &ADD })?;
        let raw = DevicePointer::<f32>::new(0x7000);
        unsafe { kernels::add(&kernel, stream, 1, raw, raw, raw, 1) }
    })
}

driver_double::tests! {
    fn the_variants_that_run_are_measured_once_for_each_key(double) {
        let stream = context(0).unwrap().default_stream();
        let tuner = tuner();
        // All take the same time in the double, so it is the first that runs.
        assert_eq!(best(&tuner, &stream, 1).unwrap(), "add");
        let launched = double.launches().len();
        assert!(launched > 2);
        assert_eq!(best(&tuner, &stream, 1).unwrap(), "add");
        assert_eq!(double.launches().len(), launched);
        best(&tuner, &stream, 2).unwrap();
        assert_eq!(double.launches().len(), 2 * launched);
    }

    fn a_device_of_another_compute_capability_is_measured_for_itself(double) {
        double.set_device_count(2);
        double.set_device(0, (9, 0), 232_448, true, 132);
        double.set_device(1, (8, 0), 166_912, true, 108);
        let tuner = tuner();
        let streams = [0, 1].map(|ordinal| context(ordinal).unwrap().default_stream());
        best(&tuner, &streams[0], 1).unwrap();
        let launched = double.launches().len();
        best(&tuner, &streams[1], 1).unwrap();
        assert_eq!(double.launches().len(), 2 * launched);
    }

    fn a_device_that_runs_no_variant_is_an_error(double) {
        double.set_capability(7, 5);
        let stream = context(0).unwrap().default_stream();
        let error = best(&tuner(), &stream, 1).unwrap_err();
        assert!(matches!(error, Error::NoImage(_)), "{error:?}");
        assert!(double.launches().is_empty());
    }
}
