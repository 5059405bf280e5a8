//! Several GPUs in one process, and what one of them refuses.

use gpu_tests::kernels::Axpb;
use libtest_mimic::Failed;
use triton_runner_rt::{Error, Result, context, device_count};

use crate::{Case, Gpu, any, equal, near, several};

pub(crate) const CASES: &[Case] = &[
    any("devices::a_device_that_is_not_there", a_device_that_is_not_there),
    several("devices::all_at_once", all_at_once),
    several("devices::streams_and_slices_of_another_are_refused", streams_and_slices_of_another_are_refused),
];

fn a_device_that_is_not_there(_: &Gpu) -> Result<(), Failed> {
    match context(10_000) {
        Err(Error::NoDevice { ordinal: 10_000, count, .. }) => equal(count, device_count()?, "devices"),
        other => Err(format!("{other:?}").into()),
    }
}

fn all_at_once(_: &Gpu) -> Result<(), Failed> {
    let n = 1 << 20;
    std::thread::scope(|scope| {
        let devices: Vec<_> = (0..device_count()?)
            .map(|ordinal| {
                scope.spawn(move || -> Result<(), Failed> {
                    let context = context(ordinal)?;
                    let kernel = Axpb::load(&context)?;
                    equal(kernel.info().device, ordinal, "device")?;
                    let stream = context.new_stream()?;
                    let mut a = stream.alloc_zeros::<f32>(n)?;
                    let mut b = stream.alloc_zeros::<f32>(n)?;
                    for _ in 0..1000 {
                        // SAFETY: both slices hold n elements.
                        unsafe { kernel.launch_unchecked(&stream, &a, &mut b, 1.0, ordinal as f32 + 1.0, n as i32) }?;
                        std::mem::swap(&mut a, &mut b);
                    }
                    near(&stream.clone_dtoh(&a)?, std::iter::repeat_n(1000.0 * (ordinal as f64 + 1.0), n), 0.0)
                })
            })
            .collect();
        devices.into_iter().try_for_each(|device| device.join().map_err(|_| "a thread panicked")?)
    })
}

fn streams_and_slices_of_another_are_refused(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let other = context(1)?.default_stream();
    let far = other.alloc_zeros::<f32>(256)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(256)?;
    // SAFETY: refused before it is launched.
    match unsafe { kernel.launch_unchecked(&other, &far, &mut out, 1.0, 1.0, 256) } {
        Err(Error::WrongStream { kernel_device: 0, stream_device: 1, .. }) => {}
        found => return Err(format!("{found:?}").into()),
    }
    // SAFETY: refused before it is launched.
    match unsafe { kernel.launch_unchecked(&gpu.stream, &far, &mut out, 1.0, 1.0, 256) } {
        Err(Error::WrongDevice { argument: "x", argument_device: 1, .. }) => Ok(()),
        found => Err(format!("{found:?}").into()),
    }
}
