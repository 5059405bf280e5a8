//! fp16 on tensor cores, with an fp32 result.

use triton_runner_rt::triton_kernel;

use crate::reference::{Sizes, multiply};
use crate::row::{Level, Outcome, Row};

const SIZES: Sizes = Sizes { m: 8192, n: 4096, k: 6144 };

macro_rules! kernels {
    ($($stem:ident, $kernel:ident, $level:ident, $arch:literal;)*) => {
        triton_kernel! { $(
            #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
            unsafe fn $stem(a: &[f16], b: &[f16], c: &mut [f32], m: i32, n: i32, k: i32, lda: i32, ldb: i32, ldc: i32);
        )* }

        /// One row for each kernel.
        pub(crate) fn rows() -> Vec<Row> {
            vec![$(Row {
                program: "dot",
                level: Level::$level,
                arch: $arch,
                tolerance: 0.125,
                run: |context, divisor| {
                    let kernel = $kernel::load(context)?;
                    let max_error = multiply(context, SIZES.over(divisor), |stream, a, b, c, [m, n, k]| {
                        // SAFETY: the buffers hold m x k, k x n and m x n elements without gaps between rows.
                        unsafe { kernel.launch(stream, a, b, c, m, n, k, k, n, n) }
                    })?;
                    Ok(Outcome { max_error, info: kernel.info() })
                },
            }),*]
        }
    };
}

kernels! {
    dot_ttgir_sm80, DotTtgirSm80, Ttgir, "sm_80";
    dot_llir_sm80, DotLlirSm80, Llir, "sm_80";
    dot_ptx_sm80, DotPtxSm80, Ptx, "sm_80";
    dot_cubin_sm80, DotCubinSm80, Cubin, "sm_80";
    dot_ttgir_sm86, DotTtgirSm86, Ttgir, "sm_86";
    dot_llir_sm86, DotLlirSm86, Llir, "sm_86";
    dot_ptx_sm86, DotPtxSm86, Ptx, "sm_86";
    dot_cubin_sm86, DotCubinSm86, Cubin, "sm_86";
}
