//! Streams and threads.

use std::sync::Arc;

use gpu_tests::kernels::{Axpb, Tile};
use libtest_mimic::Failed;
use triton_runner_rt::Result;
use triton_runner_rt::cudarc::driver::CudaStream;

use crate::{Case, Gpu, all, any, equal, hopper, near};

pub(crate) const CASES: &[Case] = &[
    any("streams::slices_are_ordered_between_streams", slices_are_ordered_between_streams),
    any("streams::a_new_thread_can_launch", a_new_thread_can_launch),
    any("streams::per_thread_default_streams", per_thread_default_streams),
    any("streams::a_kernel_outlives_its_context_handle", a_kernel_outlives_its_context_handle),
    hopper("streams::a_million_launches_from_8_threads_on_32_streams", a_million_launches),
];

fn slices_are_ordered_between_streams(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let streams = (0..4).map(|_| gpu.context.new_stream()).collect::<Result<Vec<_>, _>>()?;
    let n = 1 << 22;
    let mut a = streams[0].alloc_zeros::<f32>(n)?;
    let mut b = streams[0].alloc_zeros::<f32>(n)?;
    // Each launch reads what the one before wrote, on another stream.
    for step in 0..100 {
        let stream = &streams[step % 4];
        kernel.launch(stream, &a, &mut b, 1.0, 1.0, n as i32)?;
        std::mem::swap(&mut a, &mut b);
    }
    near(&streams[1].clone_dtoh(&a)?, std::iter::repeat_n(100.0, n), 0.0)
}

fn a_new_thread_can_launch(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = gpu.stream.clone_htod(&[2.0_f32; 256])?;
    let mut out = gpu.stream.alloc_zeros::<f32>(256)?;
    std::thread::scope(|scope| scope.spawn(|| kernel.launch(&gpu.stream, &x, &mut out, 3.0, 1.0, 256)).join())
        .map_err(|_| "the thread panicked")??;
    all(&gpu.stream.clone_dtoh(&out)?, 7.0)
}

fn per_thread_default_streams(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let stream = gpu.context.per_thread_stream();
    let x = stream.clone_htod(&[2.0_f32; 256])?;
    let mut out = stream.alloc_zeros::<f32>(256)?;
    // SAFETY: both slices hold 256 elements.
    unsafe { kernel.launch_unchecked(&stream, &x, &mut out, 3.0, 1.0, 256) }?;
    all(&stream.clone_dtoh(&out)?, 7.0)
}

fn a_kernel_outlives_its_context_handle(_: &Gpu) -> Result<(), Failed> {
    let (kernel, stream) = {
        let context = triton_runner_rt::context(0)?;
        (Axpb::load(&context)?, context.default_stream())
    };
    let x = stream.clone_htod(&[2.0_f32; 256])?;
    let mut out = stream.alloc_zeros::<f32>(256)?;
    kernel.launch(&stream, &x, &mut out, 3.0, 1.0, 256)?;
    all(&stream.clone_dtoh(&out)?, 7.0)
}

const THREADS: usize = 8;
const STREAMS: usize = 4;
/// Launches before results are read and checked.
const ROUND: usize = 125;
const LAUNCHES: usize = 1_000_000;

/// Eight threads with four streams each, a million launches in all, every fourth of the kernel with scratch memory.
/// Every result is read and checked.
fn a_million_launches(gpu: &Gpu) -> Result<(), Failed> {
    let (axpb, tile) = (Axpb::load(&gpu.context)?, Tile::load(&gpu.context)?);
    let rounds = LAUNCHES / (THREADS * STREAMS * ROUND);
    let launched: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (axpb, tile) = (axpb.clone(), tile.clone());
                scope.spawn(move || -> Result<usize, Failed> {
                    let streams = (0..STREAMS).map(|_| gpu.context.new_stream()).collect::<Result<Vec<_>, _>>()?;
                    let mut work = streams.iter().map(Work::new).collect::<Result<Vec<_>>>()?;
                    let mut launched = 0;
                    for round in 0..rounds {
                        for slot in 0..ROUND {
                            for (number, work) in work.iter_mut().enumerate() {
                                work.launch(&axpb, &tile, slot, scale(thread, number, round, slot))?;
                                launched += 1;
                            }
                        }
                        for (number, work) in work.iter().enumerate() {
                            work.check(|slot| scale(thread, number, round, slot))?;
                        }
                    }
                    Ok(launched)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| Failed::from("a thread panicked"))?)
            .sum::<Result<usize, Failed>>()
    })?;
    equal(launched, rounds * THREADS * STREAMS * ROUND, "launches")?;
    equal(launched, LAUNCHES, "launches")
}

/// A number of its own for each launch, exact in FP32.
fn scale(thread: usize, stream: usize, round: usize, slot: usize) -> f32 {
    ((thread * STREAMS + stream) * 31 + round * 7 + slot) as f32
}

/// Elements that one launch reads and writes: a tile of 32 × 32.
const ELEMENTS: usize = 1024;

/// What one stream works on: an input, and a place in the output for each launch of a round.
struct Work {
    stream: Arc<CudaStream>,
    x: triton_runner_rt::cudarc::driver::CudaSlice<f32>,
    out: triton_runner_rt::cudarc::driver::CudaSlice<f32>,
}

impl Work {
    fn new(stream: &Arc<CudaStream>) -> Result<Self> {
        let x: Vec<f32> = (0..ELEMENTS).map(|index| index as f32).collect();
        Ok(Self { x: stream.clone_htod(&x)?, out: stream.alloc_zeros(ROUND * ELEMENTS)?, stream: Arc::clone(stream) })
    }

    fn launch(&mut self, axpb: &Axpb, tile: &Tile, slot: usize, scale: f32) -> Result<()> {
        let out = self.out.slice_mut(slot * ELEMENTS..(slot + 1) * ELEMENTS);
        if slot.is_multiple_of(4) {
            tile.launch(&self.stream, &self.x, out, 32, 32, scale)
        } else {
            axpb.launch(&self.stream, &self.x, out, scale, 0.0, ELEMENTS as i32)
        }
    }

    fn check(&self, scale: impl Fn(usize) -> f32) -> Result<(), Failed> {
        let out = self.stream.clone_dtoh(&self.out)?;
        self.stream.synchronize()?;
        for (slot, found) in out.chunks(ELEMENTS).enumerate() {
            let scale = scale(slot);
            for (index, &found) in found.iter().enumerate() {
                if found != index as f32 * scale {
                    return Err(format!("launch {slot}: element {index} is {found}, scale {scale}").into());
                }
            }
        }
        Ok(())
    }
}
