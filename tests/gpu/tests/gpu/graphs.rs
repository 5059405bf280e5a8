//! Graphs of captured launches.

use std::sync::Arc;

use gpu_tests::kernels::{Axpb, Tile};
use libtest_mimic::Failed;
use triton_runner_rt::Result;
use triton_runner_rt::cudarc::driver::{CudaGraph, CudaSlice, CudaStream, sys};

use crate::{Case, Gpu, all, any, hopper, near};

pub(crate) const CASES: &[Case] = &[
    any("graphs::ten_thousand_replays", ten_thousand_replays),
    hopper("graphs::scratch_memory_in_a_graph", scratch_memory_in_a_graph),
    hopper("graphs::replays_beside_launches", replays_beside_launches),
];

const MODE: sys::CUstreamCaptureMode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;

fn ten_thousand_replays(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.new_stream()?;
    let n = 1000;
    let mut a = stream.alloc_zeros::<f32>(n)?;
    let mut b = stream.alloc_zeros::<f32>(n)?;
    stream.synchronize()?;
    // SAFETY: the slices are used on this stream only.
    unsafe { gpu.context.disable_event_tracking() };
    stream.begin_capture(MODE)?;
    // SAFETY: both slices hold n elements.
    let captured = unsafe {
        kernel
            .launch_unchecked(&stream, &a, &mut b, 1.0, 1.0, n as i32)
            .and_then(|()| kernel.launch_unchecked(&stream, &b, &mut a, 1.0, 0.0, n as i32))
    };
    let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0))?;
    // SAFETY: nothing was made while it was off.
    unsafe { gpu.context.enable_event_tracking() };
    captured?;
    let graph = graph.ok_or("nothing was captured")?;
    for _ in 0..10_000 {
        graph.launch()?;
    }
    near(&stream.clone_dtoh(&a)?, std::iter::repeat_n(10_000.0, n), 0.0)
}

/// A graph of launches of the kernel with scratch memory, each doubling a tile of 32 × 32.
struct Doubling {
    graph: CudaGraph,
    stream: Arc<CudaStream>,
    tile: CudaSlice<f32>,
    _other: CudaSlice<f32>,
}

/// The graph of an even number of `launches`.
fn doubling(gpu: &Gpu, tile: &Tile, launches: usize) -> Result<Doubling, Failed> {
    let stream = gpu.context.new_stream()?;
    let mut a = stream.clone_htod(&[1.0_f32; 1024])?;
    let mut b = stream.alloc_zeros::<f32>(1024)?;
    stream.synchronize()?;
    // SAFETY: the slices are used on this stream only.
    unsafe { gpu.context.disable_event_tracking() };
    stream.begin_capture(MODE)?;
    let mut captured = Ok(());
    for _ in 0..launches {
        // SAFETY: both slices hold a tile.
        captured = captured.and_then(|()| unsafe { tile.launch_unchecked(&stream, &a, &mut b, 32, 32, 2.0) });
        std::mem::swap(&mut a, &mut b);
    }
    let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0))?;
    // SAFETY: nothing was made while it was off.
    unsafe { gpu.context.enable_event_tracking() };
    captured?;
    Ok(Doubling { graph: graph.ok_or("nothing was captured")?, stream, tile: a, _other: b })
}

fn scratch_memory_in_a_graph(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Tile::load(&gpu.context)?;
    let mut doubling = doubling(gpu, &kernel, 10)?;
    for _ in 0..1000 {
        doubling.start()?;
        doubling.check()?;
    }
    Ok(())
}

impl Doubling {
    fn start(&mut self) -> Result<()> {
        self.stream.memcpy_htod(&[1.0_f32; 1024], &mut self.tile)?;
        Ok(self.graph.launch()?)
    }

    fn check(&self) -> Result<(), Failed> {
        all(&self.stream.clone_dtoh(&self.tile)?, 1024.0)
    }
}

/// Two graphs and plain launches of the same kernel at the same time: none may share its scratch memory.
fn replays_beside_launches(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Tile::load(&gpu.context)?;
    let mut graphs = [doubling(gpu, &kernel, 10)?, doubling(gpu, &kernel, 10)?];
    let beside = gpu.context.new_stream()?;
    let x = beside.clone_htod(&[1.0_f32; 1024])?;
    let mut out = beside.alloc_zeros::<f32>(1024)?;
    for round in 0..300 {
        graphs.iter_mut().try_for_each(Doubling::start)?;
        for _ in 0..10 {
            // SAFETY: both slices hold a tile.
            unsafe { kernel.launch_unchecked(&beside, &x, &mut out, 32, 32, round as f32) }?;
        }
        graphs.iter().try_for_each(Doubling::check)?;
        all(&beside.clone_dtoh(&out)?, round as f32)?;
    }
    Ok(())
}
