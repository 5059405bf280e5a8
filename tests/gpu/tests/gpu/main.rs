//! Tests that need a GPU. Without one they are skipped and counted; so are those that need more GPUs than there are, or
//! one that is newer. With TRITON_RUNNER_REQUIRE_GPU=1 those that were skipped for want of any fail.

mod devices;
mod fenced;
mod graphs;
mod numbers;
mod order;
mod streams;
mod switches;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use triton_runner_rt::cudarc::driver::{CudaContext, CudaStream};
use triton_runner_rt::{Result, context, device_count, testing};

/// What a test gets.
#[derive(Clone)]
struct Gpu {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
}

impl Gpu {
    fn open(ordinal: usize) -> Result<Self> {
        let context = context(ordinal)?;
        let stream = context.default_stream();
        Ok(Self { context, stream })
    }
}

/// A test, and what it needs.
struct Case {
    name: &'static str,
    /// The least compute capability, times ten.
    capability: i32,
    devices: usize,
    run: fn(&Gpu) -> Result<(), Failed>,
}

/// A test for any GPU that kernels are embedded for.
const fn any(name: &'static str, run: fn(&Gpu) -> Result<(), Failed>) -> Case {
    Case { name, capability: 80, devices: 1, run }
}

/// A test for the H100.
const fn hopper(name: &'static str, run: fn(&Gpu) -> Result<(), Failed>) -> Case {
    Case { name, capability: 90, devices: 1, run }
}

/// A test for two GPUs or more.
const fn several(name: &'static str, run: fn(&Gpu) -> Result<(), Failed>) -> Case {
    Case { name, capability: 80, devices: 2, run }
}

/// What this machine has.
struct Machine {
    devices: usize,
    capability: i32,
    /// Why nothing can run.
    nothing: Option<String>,
}

fn machine() -> Machine {
    let counted = device_count().and_then(|devices| {
        let (major, minor) = context(0)?.compute_capability()?;
        Ok((devices, major * 10 + minor))
    });
    match counted {
        Ok((devices, capability)) => Machine { devices, capability, nothing: None },
        Err(error) => Machine { devices: 0, capability: 0, nothing: Some(error.to_string()) },
    }
}

fn main() -> ExitCode {
    if let Some(code) = switches::run() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    // One after the other, unless asked: what a test allocates it has to itself.
    arguments.test_threads.get_or_insert(1);
    let machine = machine();
    // A GPU is there or isn't; that it is of another kind, or has no second one beside it, fails no test.
    let required = machine.nothing.is_some() && testing::gpu_is_required();
    let mut skipped = 0;
    let trials =
        [numbers::CASES, fenced::CASES, streams::CASES, order::CASES, switches::CASES, graphs::CASES, devices::CASES]
            .concat()
            .into_iter()
            .map(|case| {
                // An `a` image runs on its own compute capability only.
                let suits = if case.capability == 90 { machine.capability == 90 } else { machine.capability >= 80 };
                let runs = suits && machine.devices >= case.devices;
                skipped += usize::from(!runs);
                Trial::test(case.name, move || (case.run)(&Gpu::open(0)?)).with_ignored_flag(!runs && !required)
            })
            .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    match machine.nothing {
        None => {
            println!("ran on {} device(s), the first of compute capability {}", machine.devices, machine.capability)
        }
        Some(_) if required => println!("TRITON_RUNNER_REQUIRE_GPU is set, and there is no GPU"),
        Some(why) => println!("ran nowhere: {}", why.lines().next().unwrap_or_default()),
    }
    if skipped > 0 && !required {
        println!("skipped {skipped} tests that this machine cannot run");
    }
    conclusion.exit_code()
}

impl Clone for Case {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// Fails a test unless the two are equal.
fn equal<T: PartialEq + std::fmt::Debug>(found: T, expected: T, what: &str) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}").into()) }
}

/// Fails a test unless each element is the one that is expected.
fn all<T: PartialEq + std::fmt::Debug>(found: &[T], expected: T) -> Result<(), Failed> {
    match found.iter().position(|found| *found != expected) {
        Some(index) => Err(format!("element {index} is {:?}, expected {expected:?}", found[index]).into()),
        None => Ok(()),
    }
}

/// Fails a test unless each number is near what it should be.
fn near(found: &[f32], expected: impl IntoIterator<Item = f64>, tolerance: f64) -> Result<(), Failed> {
    let mut count = 0;
    for (index, (&found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        if error.is_nan() || error > tolerance * expected.abs().max(1.0) {
            return Err(format!("element {index} is {found}, expected {expected}").into());
        }
        count += 1;
    }
    equal(count, found.len(), "elements")
}
