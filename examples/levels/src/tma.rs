//! fp8 (e5m2) with an fp16 result; each program makes its tensor descriptors itself, in global scratch memory.

use triton_runner_rt::triton_kernel;

use crate::reference::{Sizes, multiply};
use crate::row::{Level, Outcome, Row};

const SIZES: Sizes = Sizes { m: 1024, n: 256, k: 512 };

macro_rules! kernels {
    ($($stem:ident, $kernel:ident, $level:ident, $arch:literal;)*) => {
        triton_kernel! { $(
            #[grid(m.div_ceil(TILE_M), n.div_ceil(TILE_N))]
            unsafe fn $stem(a: &[F8E5M2], b: &[F8E5M2], c: &mut [f16], m: i32, n: i32, k: i32);
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
