//! What safe launches order, on a device that would show it: each test gives a kernel a long queue before it, and then does
//! what would break the kernel if nothing waited.

use std::sync::Arc;

use gpu_tests::kernels::{Axpb, Tile};
use libtest_mimic::Failed;
use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream, sys};
use triton_runner_rt::{Error, Graph, OrderFault, Result, Work};

use crate::{Case, Gpu, all, any, equal, hopper};

pub(crate) const CASES: &[Case] = &[
    any("order::a_writer_waits_for_every_reader", a_writer_waits_for_every_reader),
    any("order::memory_lives_on_when_the_last_stream_is_dropped", memory_lives_on_when_the_last_stream_is_dropped),
    any("order::a_stream_that_is_captured_is_refused", a_stream_that_is_captured_is_refused),
    any("order::a_graph_keeps_its_memory", a_graph_keeps_its_memory),
    any("order::a_graph_is_updated_while_it_runs", a_graph_is_updated_while_it_runs),
    hopper("order::a_graph_of_another_shape_is_made_anew", a_graph_of_another_shape_is_made_anew),
    any("order::ten_thousand_replays_of_a_graph", ten_thousand_replays_of_a_graph),
];

const MODE: sys::CUstreamCaptureMode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;

/// Elements of the slices: 64 MiB each.
const N: usize = 1 << 24;

/// Launches that keep a stream busy for some milliseconds.
const QUEUE: usize = 100;

/// Keeps `stream` busy with memory of its own.
fn occupy(kernel: &Axpb, stream: &Arc<CudaStream>) -> Result<()> {
    let x = stream.alloc_zeros::<f32>(N)?;
    let mut out = stream.alloc_zeros::<f32>(N)?;
    (0..QUEUE).try_for_each(|_| kernel.launch(stream, &x, &mut out, 1.0, 1.0, N as i32))
}

fn filled(stream: &Arc<CudaStream>, value: f32) -> Result<CudaSlice<f32>> {
    Ok(stream.clone_htod(&vec![value; N])?)
}

fn a_writer_waits_for_every_reader(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let [slow, fast, writer] = [gpu.context.new_stream()?, gpu.context.new_stream()?, gpu.context.new_stream()?];
    let mut x = filled(&writer, 1.0)?;
    let (mut first, mut second) = (slow.alloc_zeros::<f32>(N)?, fast.alloc_zeros::<f32>(N)?);
    occupy(&kernel, &slow)?;
    kernel.launch(&slow, &x, &mut first, 2.0, 1.0, N as i32)?;
    kernel.launch(&fast, &x, &mut second, 3.0, 1.0, N as i32)?;
    writer.memset_zeros(&mut x)?;
    all(&slow.clone_dtoh(&first)?, 3.0)?;
    all(&fast.clone_dtoh(&second)?, 4.0)
}

fn memory_lives_on_when_the_last_stream_is_dropped(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = filled(&gpu.stream, 1.0)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(N)?;
    let stream = gpu.context.new_stream()?;
    occupy(&kernel, &stream)?;
    kernel.launch(&stream, &x, &mut out, 2.0, 1.0, N as i32)?;
    drop(stream);
    drop(x);
    // The pool gives the memory again as soon as it is free.
    let other = filled(&gpu.stream, 7.0)?;
    all(&gpu.stream.clone_dtoh(&out)?, 3.0)?;
    drop(other);
    Ok(())
}

fn a_stream_that_is_captured_is_refused(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.new_stream()?;
    let x = stream.clone_htod(&[1.0_f32; 256])?;
    let mut out = stream.alloc_zeros::<f32>(256)?;
    stream.begin_capture(MODE)?;
    let refused = kernel.launch(&stream, &x, &mut out, 2.0, 1.0, 256);
    let captured = stream.end_capture(sys::CUgraphInstantiate_flags(0))?;
    match refused {
        Err(Error::Unordered { work: Work::Kernel("axpb"), fault: OrderFault::Capturing, .. }) => {}
        other => return Err(format!("{other:?}").into()),
    }
    equal(captured.is_some(), true, "the capture goes on")?;
    kernel.launch(&stream, &x, &mut out, 2.0, 1.0, 256)?;
    all(&stream.clone_dtoh(&out)?, 3.0)
}

fn a_graph_keeps_its_memory(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.new_stream()?;
    let mut result = stream.alloc_zeros::<f32>(N)?;
    for round in 0..10 {
        let mut graph = Graph::new(&gpu.context);
        let x = graph.own(filled(&stream, round as f32)?);
        let mut out = graph.borrow(&mut result);
        graph.capture(|capture| {
            (0..QUEUE).try_for_each(|_| kernel.capture(capture, &x, &mut out, 2.0, 1.0, N as i32))
        })?;
        graph.launch(&stream)?;
        // Dropped while it runs, with the memory that it reads.
        drop(graph);
        let other = filled(&gpu.stream, -1.0)?;
        all(&gpu.stream.clone_dtoh(&result)?, 2.0 * round as f32 + 1.0)?;
        drop(other);
    }
    Ok(())
}

fn a_graph_is_updated_while_it_runs(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.new_stream()?;
    let mut graph = Graph::new(&gpu.context);
    let mut sum = graph.own(stream.alloc_zeros::<f32>(N)?);
    let mut next = graph.own(stream.alloc_zeros::<f32>(N)?);
    for step in 1..=20 {
        graph.capture(|capture| {
            kernel.capture(capture, &sum, &mut next, 1.0, step as f32, N as i32)?;
            kernel.capture(capture, &next, &mut sum, 1.0, 0.0, N as i32)
        })?;
        graph.launch(&stream)?;
    }
    all(&stream.clone_dtoh(graph.get(&sum)?)?, (1..=20).sum::<i32>() as f32)
}

/// With scratch memory, of which the graph has nodes, and without, in turn.
fn a_graph_of_another_shape_is_made_anew(gpu: &Gpu) -> Result<(), Failed> {
    let (axpb, tile) = (Axpb::load(&gpu.context)?, Tile::load(&gpu.context)?);
    let stream = gpu.context.new_stream()?;
    let mut graph = Graph::new(&gpu.context);
    let x = graph.own(stream.clone_htod(&[1.0_f32; 1024])?);
    let mut out = graph.own(stream.alloc_zeros::<f32>(1024)?);
    for round in 0..20 {
        let scale = round as f32;
        graph.capture(|capture| {
            if round % 2 == 0 {
                tile.capture(capture, &x, &mut out, 32, 32, scale)?;
                tile.capture(capture, &x, &mut out, 32, 32, scale)
            } else {
                axpb.capture(capture, &x, &mut out, scale, 0.0, 1024)
            }
        })?;
        for _ in 0..10 {
            graph.launch(&stream)?;
        }
        all(&stream.clone_dtoh(graph.get(&out)?)?, scale)?;
    }
    Ok(())
}

fn ten_thousand_replays_of_a_graph(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.new_stream()?;
    let mut graph = Graph::new(&gpu.context);
    let mut a = graph.own(stream.alloc_zeros::<f32>(1000)?);
    let mut b = graph.own(stream.alloc_zeros::<f32>(1000)?);
    graph.capture(|capture| {
        kernel.capture(capture, &a, &mut b, 1.0, 1.0, 1000)?;
        kernel.capture(capture, &b, &mut a, 1.0, 0.0, 1000)
    })?;
    for _ in 0..10_000 {
        graph.launch(&stream)?;
    }
    all(&stream.clone_dtoh(graph.get(&a)?)?, 10_000.0)
}
