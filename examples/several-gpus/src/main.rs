//! Adds two vectors with a Triton kernel, a part of them on each GPU of the machine, and checks every sum.

use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Error, Result, context, device_count, testing, triton_kernel};

triton_kernel! {
    /// `out = x + y`, one program for each `BLOCK` elements.
    #[grid(n.div_ceil(BLOCK))]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// No multiple of the kernel's block, nor of a number of GPUs.
const LEN: usize = 20_000_003;

/// The same for a CPU, and into how many parts.
const INTERPRETED: (usize, usize) = (200_003, 2);

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let contexts = contexts()?;
    let len = if contexts.is_empty() { INTERPRETED.0 } else { LEN };
    let mut rng = rand::rng();
    let mut random = || (0..len).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    let (x, y) = (random(), random());
    let sums = match contexts.len() {
        0 => on_cpu(&x, &y)?,
        1 => {
            println!("There is one GPU, so all of it is done there.");
            on_gpus(&contexts, &x, &y)?
        }
        _ => on_gpus(&contexts, &x, &y)?,
    };
    let right = x.iter().zip(&y).zip(&sums).filter(|((x, y), sum)| **x + **y == **sum).count();
    println!("{right} of {len} sums are right");
    if right == len && sums.len() == len { Ok(()) } else { Err("sums are wrong".into()) }
}

/// A context of each GPU.
fn contexts() -> Result<Vec<Arc<CudaContext>>> {
    match device_count() {
        Ok(0) | Err(Error::DriverNotFound { .. }) if !testing::gpu_is_required() => {
            println!("There is no GPU, so the parts are interpreted on the CPU, one after the other.");
            Ok(Vec::new())
        }
        Ok(count) => (0..count.max(1)).map(context).collect(),
        Err(error) => Err(error),
    }
}

/// Equal parts of a vector, in their order.
fn parts(len: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).map(move |part| len * part / count..len * (part + 1) / count)
}

/// Each GPU has its part before any is waited for: a launch returns before its kernel has run.
fn on_gpus(contexts: &[Arc<CudaContext>], x: &[f32], y: &[f32]) -> Result<Vec<f32>> {
    let mut running = Vec::new();
    for (context, part) in contexts.iter().zip(parts(x.len(), contexts.len())) {
        let stream = context.new_stream()?;
        // Loaded once for each context; the image is the one for this GPU.
        let add = AddKernel::load(context)?;
        let (x, y) = (stream.clone_htod(&x[part.clone()])?, stream.clone_htod(&y[part.clone()])?);
        let mut out = stream.alloc_zeros::<f32>(part.len())?;
        add.launch(&stream, &x, &y, &mut out, part.len() as i32)?;
        println!("{} to {}: {}", part.start, part.end, add.info());
        running.push((stream, out));
    }
    let mut sums = Vec::with_capacity(x.len());
    for (stream, out) in &running {
        sums.extend(stream.clone_dtoh(out)?);
    }
    Ok(sums)
}

fn on_cpu(x: &[f32], y: &[f32]) -> Result<Vec<f32>> {
    let mut sums = vec![f32::NAN; x.len()];
    for part in parts(x.len(), INTERPRETED.1) {
        let (x, y, out) = (&x[part.clone()], &y[part.clone()], &mut sums[part.clone()]);
        println!("{} to {}: {}", part.start, part.end, AddKernel::interpret(x, y, out, part.len() as i32).run()?);
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_vector_once_and_in_order() {
        for (len, count) in [(0, 1), (5, 1), (5, 2), (7, 8), (LEN, 8)] {
            let parts: Vec<Range<usize>> = parts(len, count).collect();
            assert_eq!((parts.len(), parts[0].start, parts[count - 1].end), (count, 0, len));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start), "{parts:?}");
        }
    }

    #[test]
    fn every_part_is_right_on_whatever_there_is() -> Result<()> {
        let x: Vec<f32> = (0..5003u16).map(f32::from).collect();
        let contexts = contexts()?;
        let sums = if contexts.is_empty() { on_cpu(&x, &x)? } else { on_gpus(&contexts, &x, &x)? };
        assert_eq!(sums, x.iter().map(|x| x + x).collect::<Vec<_>>());
        Ok(())
    }
}
