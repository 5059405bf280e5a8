//! Safe launches take just what the kernel touches: with memory of that length, which ends where nothing is mapped, no kernel
//! faults; with an element less, of whichever argument, nothing is launched.

use gpu_tests::fence::Fenced;
use gpu_tests::kernels::*;
use libtest_mimic::Failed;
use triton_runner_rt::cudarc::driver::{CudaSlice, DeviceRepr, ValidAsZeroBits};
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::{BoundsFault, Error, F8E4M3, Result};

use crate::{Case, Gpu, any, hopper};

pub(crate) const CASES: &[Case] = &[
    any("fenced::add", add),
    any("fenced::axpb", axpb),
    any("fenced::scalars", scalars),
    any("fenced::dot_bf16", dot_bf16),
    any("fenced::gather", gather),
    hopper("fenced::dot_fp8", dot_fp8),
    hopper("fenced::dot_large", dot_large),
    hopper("fenced::softmax", softmax),
    hopper("fenced::tile", tile),
];

/// Holds a safe launch to the elements that it needs of each argument. What is launched has run when this returns.
fn exactly<const N: usize>(
    gpu: &Gpu,
    needed: [(&str, usize); N],
    mut launch: impl FnMut([usize; N]) -> Result<()>,
) -> Result<(), Failed> {
    let all = needed.map(|(_, elements)| elements);
    launch(all)?;
    gpu.stream.synchronize()?;
    for (index, (name, elements)) in needed.into_iter().enumerate() {
        let mut fewer = all;
        fewer[index] = elements - 1;
        match launch(fewer) {
            Err(Error::OutOfBounds(found)) if matches!(found.fault, BoundsFault::Short { argument, .. } if argument == name) =>
                {}
            other => return Err(format!("with {} elements of `{name}`: {other:?}", elements - 1).into()),
        }
    }
    Ok(())
}

/// Memory of so many elements before a fence.
fn fenced<T>(gpu: &Gpu, elements: usize) -> Result<Fenced, Failed> {
    Fenced::new(&gpu.context, elements * size_of::<T>()).map_err(|error| error.to_string().into())
}

fn zeros<T: DeviceRepr + ValidAsZeroBits>(gpu: &Gpu, elements: usize) -> Result<CudaSlice<T>> {
    Ok(gpu.stream.alloc_zeros(elements)?)
}

/// Lengths on both sides of a block's end, each of them multiples of 16 bytes.
const LENGTHS: [usize; 6] = [4, 252, 256, 260, 1000, 1 << 20];

fn add(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Add::load(&gpu.context)?;
    for n in LENGTHS {
        let (x, y, mut out) = (zeros(gpu, n)?, zeros(gpu, n)?, zeros(gpu, n)?);
        exactly(gpu, [("x", n), ("y", n), ("out", n)], |[a, b, c]| {
            kernel.launch(&gpu.stream, x.slice(..a), y.slice(..b), out.slice_mut(..c), n as i32)
        })?;
        let [x, y, out] = [fenced::<f32>(gpu, n)?, fenced::<f32>(gpu, n)?, fenced::<f32>(gpu, n)?];
        // SAFETY: what the safe launch has just taken.
        unsafe { kernel.launch_unchecked(&gpu.stream, x.pointer(), y.pointer(), out.pointer(), n as i32) }?;
        gpu.stream.synchronize()?;
    }
    Ok(())
}

fn axpb(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    for n in LENGTHS {
        let (x, mut out) = (zeros(gpu, n)?, zeros(gpu, n)?);
        exactly(gpu, [("x", n), ("out", n)], |[a, b]| {
            kernel.launch(&gpu.stream, x.slice(..a), out.slice_mut(..b), 2.0, 1.0, n as i32)
        })?;
        let [x, out] = [fenced::<f32>(gpu, n)?, fenced::<f32>(gpu, n)?];
        // SAFETY: as in `add`.
        unsafe { kernel.launch_unchecked(&gpu.stream, x.pointer(), out.pointer(), 2.0, 1.0, n as i32) }?;
        gpu.stream.synchronize()?;
    }
    Ok(())
}

fn scalars(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Scalars::load(&gpu.context)?;
    let (e, f) = (f16::ONE, bf16::ONE);
    let mut out = zeros(gpu, 9)?;
    exactly(gpu, [("out", 9)], |[elements]| {
        kernel.launch(&gpu.stream, out.slice_mut(..elements), true, 1, 2, 3, 4, e, f, 5.0, 6.0)
    })?;
    let out = fenced::<f64>(gpu, 9)?;
    // SAFETY: as in `add`.
    unsafe { kernel.launch_unchecked(&gpu.stream, out.pointer(), true, 1, 2, 3, 4, e, f, 5.0, 6.0) }?;
    Ok(gpu.stream.synchronize()?)
}

/// The product of a tile, of kernels that differ in types and widths.
macro_rules! dot {
    ($($name:ident, $kernel:ident, $element:ident, $columns:literal;)*) => { $(
        fn $name(gpu: &Gpu) -> Result<(), Failed> {
            let kernel = $kernel::load(&gpu.context)?;
            for k in [64, 128, 1024] {
                let (rows, columns, sums) = (64 * k, k * $columns, 64 * $columns);
                let (a, b, mut c) = (zeros::<$element>(gpu, rows)?, zeros::<$element>(gpu, columns)?, zeros(gpu, sums)?);
                exactly(gpu, [("a", rows), ("b", columns), ("c", sums)], |[i, j, l]| {
                    kernel.launch(&gpu.stream, a.slice(..i), b.slice(..j), c.slice_mut(..l), k as i32)
                })?;
                let [a, b] = [fenced::<$element>(gpu, rows)?, fenced::<$element>(gpu, columns)?];
                let c = fenced::<f32>(gpu, sums)?;
                // SAFETY: as in `add`.
                unsafe { kernel.launch_unchecked(&gpu.stream, a.pointer(), b.pointer(), c.pointer(), k as i32) }?;
                gpu.stream.synchronize()?;
            }
            Ok(())
        }
    )* };
}

dot! {
    dot_bf16, DotBf16, bf16, 64;
    dot_fp8, DotFp8, F8E4M3, 64;
    dot_large, DotLarge, f16, 256;
}

fn gather(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Gather::load(&gpu.context)?;
    for programs in [4, 12, 100] {
        let (mut x, mut out, mut arrived) = (zeros(gpu, programs)?, zeros(gpu, programs)?, zeros(gpu, 1)?);
        exactly(gpu, [("x", programs), ("out", programs), ("arrived", 1)], |[a, b, c]| {
            let (x, out, arrived) = (x.slice_mut(..a), out.slice_mut(..b), arrived.slice_mut(..c));
            kernel.launch(&gpu.stream, x, out, arrived, programs as i32)
        })?;
        // The counter's address is a multiple of 16, so three more elements follow it.
        let [x, out, arrived] = [fenced::<i32>(gpu, programs)?, fenced::<i32>(gpu, programs)?, fenced::<i32>(gpu, 4)?];
        // SAFETY: as in `add`.
        unsafe {
            kernel.launch_unchecked(&gpu.stream, x.pointer(), out.pointer(), arrived.pointer(), programs as i32)
        }?;
        gpu.stream.synchronize()?;
    }
    Ok(())
}

fn softmax(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Softmax::load(&gpu.context)?;
    for (rows, columns) in [(1, 16), (3, 4000), (7, 4096)] {
        let n = rows * columns;
        let (x, mut out) = (zeros(gpu, n)?, zeros(gpu, n)?);
        exactly(gpu, [("x", n), ("out", n)], |[a, b]| {
            kernel.launch(&gpu.stream, rows as u32, x.slice(..a), out.slice_mut(..b), columns as i32)
        })?;
        let [x, out] = [fenced::<f32>(gpu, n)?, fenced::<f32>(gpu, n)?];
        // SAFETY: as in `add`.
        unsafe { kernel.launch_unchecked(&gpu.stream, rows as u32, x.pointer(), out.pointer(), columns as i32) }?;
        gpu.stream.synchronize()?;
    }
    Ok(())
}

fn tile(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Tile::load(&gpu.context)?;
    for (rows, columns) in [(1, 16), (32, 32), (33, 48), (1000, 528)] {
        let (n, rows, columns) = (rows * columns, rows as i32, columns as i32);
        let (x, mut out) = (zeros(gpu, n)?, zeros(gpu, n)?);
        exactly(gpu, [("x", n), ("out", n)], |[a, b]| {
            kernel.launch(&gpu.stream, x.slice(..a), out.slice_mut(..b), rows, columns, 3.0)
        })?;
        let [x, out] = [fenced::<f32>(gpu, n)?, fenced::<f32>(gpu, n)?];
        // SAFETY: as in `add`.
        unsafe { kernel.launch_unchecked(&gpu.stream, x.pointer(), out.pointer(), rows, columns, 3.0) }?;
        gpu.stream.synchronize()?;
    }
    Ok(())
}
