//! `TRITON_RUNNER_CHECK` and `TRITON_RUNNER_SYNC`, which a process has for all its launches: each test has one of its own.

use std::process::{Command, ExitCode};

use gpu_tests::fence::Fenced;
use gpu_tests::kernels::*;
use libtest_mimic::Failed;
use triton_runner_rt::half::f16;
use triton_runner_rt::{Error, Result, TensorMap};

use crate::{Case, Gpu, any, equal, hopper};

pub(crate) const CASES: &[Case] = &[
    any("switches::check_refuses_what_is_outside", |_| child("outside", "TRITON_RUNNER_CHECK")),
    any("switches::check_lets_right_launches_through", |_| child("right", "TRITON_RUNNER_CHECK")),
    hopper("switches::check_follows_descriptors", |_| child("described", "TRITON_RUNNER_CHECK")),
    any("switches::sync_names_the_launch_that_failed", |_| child("failing", "TRITON_RUNNER_SYNC")),
    any("switches::a_fence_stops_who_goes_beyond_it", |_| child("beyond", "TRITON_RUNNER_SYNC")),
];

/// Says what the process is for.
const CHILD: &str = "GPU_TESTS_CHILD";

fn child(name: &str, switch: &str) -> Result<(), Failed> {
    let output = Command::new(std::env::current_exe()?).env(CHILD, name).env(switch, "1").output()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(text.into()) }
}

/// What this process is for, done; `None` in the one that runs the tests.
pub(crate) fn run() -> Option<ExitCode> {
    let name = std::env::var(CHILD).ok()?;
    let run = || -> Result<(), Failed> {
        let gpu = Gpu::open(0)?;
        match name.as_str() {
            "outside" => outside(&gpu),
            "right" => right(&gpu),
            "described" => described(&gpu),
            "failing" => failing(&gpu),
            "beyond" => beyond(&gpu),
            other => Err(format!("there is no `{other}`").into()),
        }
    };
    Some(match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{}", failed.message().unwrap_or("failed"));
            ExitCode::FAILURE
        }
    })
}

fn outside(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = gpu.stream.alloc_zeros::<f32>(4096)?;
    let mut out = gpu.stream.clone_htod(&[7.0_f32; 4096])?;
    // SAFETY: the check refuses it, which is what is tested: else it writes 4 bytes behind `out`.
    let error = unsafe { kernel.launch_unchecked(&gpu.stream, &x, &mut out, 3.0, 0.5, 4097) };
    let Err(Error::Interpret(failure)) = error else { return Err(format!("{error:?}").into()) };
    equal(failure.findings().is_empty(), false, "it is found")?;
    equal(gpu.stream.clone_dtoh(&out)?, vec![7.0; 4096], "nothing was launched")
}

fn right(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    for n in [1, 256, 4095, 100_003] {
        let x = gpu.stream.clone_htod(&(0..n).map(|i| i as f32 * 0.1).collect::<Vec<_>>())?;
        let mut out = gpu.stream.clone_htod(&vec![f32::NAN; n])?;
        // SAFETY: both slices hold n elements.
        unsafe { kernel.launch_unchecked(&gpu.stream, &x, &mut out, 3.0, 0.5, n as i32) }?;
    }
    Ok(())
}

fn described(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Described::load(&gpu.context)?;
    let numbers: Vec<f16> = (0..128 * 64).map(|i| f16::from_f32((i % 1000) as f32)).collect();
    let source = gpu.stream.clone_htod(&numbers)?;
    let mut out = gpu.stream.alloc_zeros::<f16>(128 * 64)?;
    let map = TensorMap::contiguous(&source, [128, 64])?;
    // SAFETY: two programs copy 64 rows each.
    unsafe { kernel.launch_unchecked(&gpu.stream, 2, &map, &mut out) }?;
    equal(gpu.stream.clone_dtoh(&out)?, numbers, "the copy")
}

/// What the tests of `fenced` rest on.
fn beyond(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let fenced = |bytes| Fenced::new(&gpu.context, bytes).map_err(|error| Failed::from(error.to_string()));
    let (x, out) = (fenced(1024)?, fenced(1024)?);
    // SAFETY: both hold 256 elements.
    unsafe { kernel.launch_unchecked(&gpu.stream, x.pointer(), out.pointer(), 1.0, 0.0, 256) }?;
    // SAFETY: nothing is mapped behind them, so the device stops the kernel.
    let error = unsafe { kernel.launch_unchecked(&gpu.stream, x.pointer(), out.pointer(), 1.0, 0.0, 257) };
    match error {
        Err(Error::Run(_)) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn failing(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = gpu.stream.alloc_zeros::<f32>(256)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(256)?;
    // SAFETY: both slices hold 256 elements.
    unsafe { kernel.launch_unchecked(&gpu.stream, &x, &mut out, 1.0, 0.0, 256) }?;
    let nowhere = triton_runner_rt::DevicePointer::<f32>::new(0x1000);
    // SAFETY: nothing is mapped there, so the device stops the kernel.
    let error = unsafe { kernel.launch_unchecked(&gpu.stream, nowhere, &mut out, 1.0, 0.0, 256) };
    let Err(Error::Run(failure)) = error else { return Err(format!("{error:?}").into()) };
    equal(failure.before.len(), 1, "the launch before")?;
    equal(failure.launch.contains("x = 0x1000") && failure.launch.contains("`axpb`"), true, &failure.launch)
}
