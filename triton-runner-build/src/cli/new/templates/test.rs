//! The kernel `KERNEL` on the GPU, if there is one, and else on the CPU, interpreted with every access checked. Where it ran,
//! each test says; `TRITON_RUNNER_REQUIRE_GPU=1` makes those fail that didn't run on a GPU.

use std::error::Error;
use std::mem::MaybeUninit;

use triton_runner_rt::{testing, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn KERNEL(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

#[test]
fn every_sum_is_right() -> Result<(), Box<dyn Error>> {
    let context = testing::gpu_or_interpreter("every_sum_is_right")?;
    for len in [1, 1023, 1024, 1025, 100_000] {
        let x: Vec<f32> = (0..len).map(|i| i as f32).collect();
        let y = vec![1.0_f32; len];
        let mut out = vec![f32::NAN; len];
        match &context {
            Some(context) => {
                let stream = context.default_stream();
                let (x, y, mut sums) = (stream.clone_htod(&x)?, stream.clone_htod(&y)?, stream.clone_htod(&out)?);
                STRUCT::load(context)?.launch(&stream, &x, &y, &mut sums, len as i32)?;
                stream.memcpy_dtoh(&sums, &mut out)?;
            }
            None => {
                STRUCT::interpret(&x, &y, &mut out, len as i32).run()?;
            }
        }
        assert!(x.iter().zip(&out).all(|(x, sum)| x + 1.0 == *sum), "of {len} sums some are wrong");
    }
    Ok(())
}

#[test]
fn every_element_is_written_and_no_more() -> Result<(), Box<dyn Error>> {
    let ones = [1.0_f32; 1500];
    let mut out = [MaybeUninit::<f32>::uninit(); 1500];
    let mut report = STRUCT::interpret(&ones, &ones, &mut out, 1500).run()?;
    assert_eq!(*report.initialized::<f32>("out")?, [2.0; 1500]);
    // One element too few: the interpreter says where.
    let error = STRUCT::interpret(&ones, &ones[..1499], &mut out, 1500).run().map(drop).unwrap_err();
    assert!(error.to_string().contains("loads element 1499 of `y`"), "{error}");
    Ok(())
}
