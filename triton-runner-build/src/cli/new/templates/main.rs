//! Runs the kernel `KERNEL` on the GPU, if there is one.

use triton_runner_rt::{Error, triton_kernel};

triton_kernel! {
    /// `out = x + y`, one program for each `BLOCK` elements.
    #[grid(n.div_ceil(BLOCK))]
    pub fn KERNEL(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

const LEN: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for image in STRUCT::embedded() {
        println!("embedded for {}: {} bytes", image.arch, image.size());
    }
    let context = match triton_runner_rt::context(0) {
        Ok(context) => context,
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => {
            println!("nothing was launched: {error}\n`cargo test` runs the kernel on the CPU");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let stream = context.default_stream();
    let kernel = STRUCT::load(&context)?;

    let numbers: Vec<f32> = (0..LEN).map(|i| i as f32).collect();
    let x = stream.clone_htod(&numbers)?;
    let y = stream.clone_htod(&vec![1.0_f32; LEN])?;
    let mut out = stream.alloc_zeros::<f32>(LEN)?;
    kernel.launch(&stream, &x, &y, &mut out, LEN as i32)?;

    let sums = stream.clone_dtoh(&out)?;
    let wrong = sums.iter().zip(&numbers).filter(|&(sum, number)| *sum != number + 1.0).count();
    if wrong > 0 {
        return Err(format!("{wrong} of {LEN} sums are wrong").into());
    }
    println!("{LEN} sums are right");
    Ok(())
}
