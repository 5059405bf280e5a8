//! fp8 (e5m2) with an fp16 result; each program makes its tensor descriptors itself, in global scratch memory.

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::{Error, F8E5M2, triton_kernel};

use crate::reference::{self, Sizes};
use crate::row::{Level, Outcome, Row};

const SIZES: Sizes = Sizes { m: 1024, n: 256, k: 512 };

macro_rules! kernels {
    ($($stem:ident, $kernel:ident, $level:ident, $arch:literal;)*) => {
        triton_kernel! { $(
            #[grid(m.div_ceil(TILE_M), n.div_ceil(TILE_N))]
            fn $stem(a: &[F8E5M2], b: &[F8E5M2], c: &mut [f16], m: i32, n: i32, k: i32);
        )* }

        /// One row for each kernel.
        pub(crate) fn rows() -> Vec<Row> {
            vec![$(Row {
                program: "tma",
                level: Level::$level,
                arch: $arch,
                tolerance: 0.125,
                run: |context, divisor| {
                    let kernel = $kernel::load(context)?;
                    let max_error = multiply(context, SIZES.over(divisor), |stream, a, b, c, [m, n, k]| {
                        // SAFETY: the buffers hold m x k, k x n and m x n elements without gaps between rows.
                        unsafe { kernel.launch(stream, a, b, c, m, n, k) }
                    })?;
                    Ok(Outcome { max_error, info: kernel.info() })
                },
            }),*]
        }
    };
}

kernels! {
    tma_ttgir_sm90, TmaTtgirSm90, Ttgir, "sm_90";
    tma_llir_sm90, TmaLlirSm90, Llir, "sm_90";
    tma_ptx_sm90, TmaPtxSm90, Ptx, "sm_90";
    tma_cubin_sm90, TmaCubinSm90, Cubin, "sm_90";
    tma_ttgir_sm120, TmaTtgirSm120, Ttgir, "sm_120";
    tma_llir_sm120, TmaLlirSm120, Llir, "sm_120";
    tma_ptx_sm120, TmaPtxSm120, Ptx, "sm_120";
    tma_cubin_sm120, TmaCubinSm120, Cubin, "sm_120";
}

/// The largest error of a launch on new random numbers.
fn multiply<L>(context: &Arc<CudaContext>, sizes: Sizes, launch: L) -> Result<f64, Error>
where
    L: FnOnce(
        &Arc<CudaStream>,
        &CudaSlice<F8E5M2>,
        &CudaSlice<F8E5M2>,
        &mut CudaSlice<f16>,
        [i32; 3],
    ) -> Result<(), Error>,
{
    let stream = context.default_stream();
    let Sizes { m, n, k } = sizes;
    let a = reference::random(m * k, to_fp8);
    let b = reference::random(k * n, to_fp8);
    let mut c = stream.clone_htod(&vec![f16::NAN; m * n])?;
    launch(&stream, &stream.clone_htod(&a)?, &stream.clone_htod(&b)?, &mut c, sizes.as_i32())?;
    let c = stream.clone_dtoh(&c)?;
    Ok(reference::max_error(sizes, (&a, &b, from_fp8), (&c, f64::from)))
}

/// The upper byte of an fp16 number is an e5m2 number; cutting off the rest is good enough for random inputs.
fn to_fp8(x: f32) -> F8E5M2 {
    let [upper, _] = f16::from_f32(x).to_bits().to_be_bytes();
    F8E5M2::from_bits(upper)
}

fn from_fp8(x: F8E5M2) -> f64 {
    f16::from_bits(u16::from_be_bytes([x.to_bits(), 0])).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fp8_keeps_the_upper_two_bits_of_a_fraction() {
        assert_eq!(from_fp8(to_fp8(1.75)), 1.75);
        assert_eq!(from_fp8(to_fp8(-0.3)), -0.25);
        assert_eq!(from_fp8(to_fp8(0.0)), 0.0);
    }
}
