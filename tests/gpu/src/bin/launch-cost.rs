//! What a launch costs the host: a typed launch with every check, beside C and cudarc, in one run.
//!
//! Each number is the median over batches of 256 launches of a kernel with four arguments and one block. The launchers
//! take turns, so that a machine that slows down does so for all of them.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use gpu_tests::kernels::Add;
use gpu_tests::peer::{Act, Arguments, Peer, Result};
use triton_runner_rt::cudarc::driver::{
    CudaContext, CudaFunction, CudaSlice, CudaStream, DevicePtr, LaunchConfig, PushKernelArg,
};
use triton_runner_rt::cudarc::nvrtc::Ptx;
use triton_runner_rt::{Error, ImageKind, context};

const LAUNCHES: u32 = 256;
const BATCHES: usize = 400;
const N: i32 = 256;

fn main() -> ExitCode {
    let measured = match context(0) {
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => {
            println!("Nothing was measured: {error}");
            return ExitCode::SUCCESS;
        }
        context => context.map_err(Into::into).and_then(|context| measure(&context)),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// All launchers with the same streams and the same memory.
struct Launchers {
    /// Each with memory to write to.
    streams: Vec<(Arc<CudaStream>, CudaSlice<f32>)>,
    typed: Add,
    peer: Peer,
    function: CudaFunction,
    x: CudaSlice<f32>,
    y: CudaSlice<f32>,
}

type Batch = fn(&mut Launchers) -> Result<()>;

fn measure(context: &Arc<CudaContext>) -> Result<()> {
    println!("{}; host nanoseconds of one launch, median of {BATCHES} batches of {LAUNCHES}", context.name()?);
    let c: &[(&str, Batch)] = &[
        ("C, cuLaunchKernel", |all| c(all, Act::Launch)),
        ("C, cuLaunchKernelEx", |all| c(all, Act::LaunchEx)),
        ("C, cuCtxGetCurrent", |all| c(all, Act::GetCurrent)),
    ];
    let rust: &[(&str, Batch)] = &[
        ("cudarc launch_builder", cudarc),
        ("triton-runner, `launch_unchecked`", unchecked),
        ("triton-runner, `launch`, scalars as in the last one", launch),
        ("triton-runner, `launch`, scalars of its own", launch_anew),
    ];
    let all = [c, rust].concat();

    let default = Launchers::new(context, vec![context.default_stream()])?;
    report("default stream (cudarc's stream tracking inactive)", default, &all)?;
    let own = Launchers::new(context, vec![context.new_stream()?])?;
    report("own stream, stream tracking active", own, &all)?;
    let several = (0..4).map(|_| context.new_stream()).collect::<std::result::Result<_, _>>()?;
    report(
        "four streams in turn that read the same slices, stream tracking active",
        Launchers::new(context, several)?,
        &all,
    )?;
    // SAFETY: everything is on one stream.
    unsafe { context.disable_event_tracking() };
    let own = Launchers::new(context, vec![context.new_stream()?])?;
    report("own stream, stream tracking disabled", own, &all)
}

impl Launchers {
    fn new(context: &Arc<CudaContext>, streams: Vec<Arc<CudaStream>>) -> Result<Self> {
        let stream = streams.first().ok_or("no stream to launch on")?.clone();
        let typed = Add::load(context)?;
        let info = typed.info();
        let chosen = Add::embedded().iter().find(|image| image.kind == ImageKind::Cubin && image.arch == info.arch);
        let image = chosen.ok_or("no machine code for this device")?.bytes()?;
        let module = context.load_module(Ptx::from_binary(image.to_vec()))?;
        Ok(Self {
            typed,
            peer: Peer::load(context, &image, "add")?,
            function: module.load_function("add")?,
            x: stream.clone_htod(&[1.0; N as usize])?,
            y: stream.clone_htod(&[2.0; N as usize])?,
            streams: streams
                .into_iter()
                .map(|stream| stream.alloc_zeros(N as usize).map(|out| (stream, out)))
                .collect::<std::result::Result<_, _>>()?,
        })
    }
}

impl Launchers {
    fn wait(&self) -> Result<()> {
        Ok(self.streams.iter().try_for_each(|(stream, _)| stream.synchronize())?)
    }
}

fn c(all: &mut Launchers, act: Act) -> Result<()> {
    let times = LAUNCHES / all.streams.len() as u32;
    for (stream, out) in &all.streams {
        let address = |slice: &CudaSlice<f32>| slice.device_ptr(stream).0;
        let arguments = Arguments { x: address(&all.x), y: address(&all.y), out: address(out), n: N };
        // SAFETY: the slices hold N elements.
        unsafe { all.peer.act(act, stream, arguments, times) }?;
    }
    Ok(())
}

fn cudarc(all: &mut Launchers) -> Result<()> {
    let config = LaunchConfig { grid_dim: (1, 1, 1), block_dim: (128, 1, 1), shared_mem_bytes: 0 };
    let hidden = 0_u64;
    for _ in 0..LAUNCHES / all.streams.len() as u32 {
        for (stream, out) in &mut all.streams {
            let mut builder = stream.launch_builder(&all.function);
            builder.arg(&all.x).arg(&all.y).arg(out).arg(&N).arg(&hidden);
            // SAFETY: the arguments are those of the kernel, and the slices hold N elements.
            unsafe { builder.launch(config) }?;
        }
    }
    Ok(())
}

fn unchecked(all: &mut Launchers) -> Result<()> {
    for _ in 0..LAUNCHES / all.streams.len() as u32 {
        for (stream, out) in &mut all.streams {
            // SAFETY: the slices hold N elements.
            unsafe { all.typed.launch_unchecked(stream, &all.x, &all.y, out, N) }?;
        }
    }
    Ok(())
}

fn launch(all: &mut Launchers) -> Result<()> {
    for _ in 0..LAUNCHES / all.streams.len() as u32 {
        for (stream, out) in &mut all.streams {
            all.typed.launch(stream, &all.x, &all.y, out, N)?;
        }
    }
    Ok(())
}

/// As many programs as ever, for another number of elements each time.
fn launch_anew(all: &mut Launchers) -> Result<()> {
    for round in 0..LAUNCHES as i32 / all.streams.len() as i32 {
        for (stream, out) in &mut all.streams {
            all.typed.launch(stream, &all.x, &all.y, out, N - round % N)?;
        }
    }
    Ok(())
}

fn report(title: &str, mut all: Launchers, batches: &[(&str, Batch)]) -> Result<()> {
    let mut times = vec![Vec::with_capacity(BATCHES); batches.len()];
    for round in 0..BATCHES + 20 {
        // Each in each place: what ran before one has its part in what it costs.
        for index in (0..batches.len()).map(|place| (place + round) % batches.len()) {
            let (times, (_, batch)) = (&mut times[index], batches[index]);
            all.wait()?;
            let start = Instant::now();
            batch(&mut all)?;
            let elapsed = start.elapsed();
            // The first rounds warm up.
            if round >= 20 {
                times.push(elapsed.as_nanos() as f64 / f64::from(LAUNCHES));
            }
        }
    }
    all.wait()?;
    println!("\n{title}\n");
    println!("| launcher | ns | relative to C |\n|---|---|---|");
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    for ((name, _), nanoseconds) in batches.iter().zip(&medians) {
        println!("| {name} | {nanoseconds:.0} | {:.3} |", nanoseconds / medians[0]);
    }
    Ok(())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
