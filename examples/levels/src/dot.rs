//! fp16 on tensor cores, with an fp32 result.

use triton_runner_rt::triton_kernel;

use crate::reference::{Sizes, multiply};
use crate::row::{Level, Outcome, Row, rows};

const SIZES: Sizes = Sizes { m: 8192, n: 4096, k: 6144 };

rows! {
    "dot", SIZES, 0.125,
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    fn(a: &[f16], b: &[f16], c: &mut [f32], m: i32, n: i32, k: i32, lda: i32, ldb: i32, ldc: i32),
    |kernel, stream, a, b, c, [m, n, k]| kernel.launch(stream, a, b, c, m, n, k, k, n, n),
    [unsafe] dot_ttgir_sm80, DotTtgirSm80, Ttgir, "sm_80";
    [unsafe] dot_llir_sm80, DotLlirSm80, Llir, "sm_80";
    [unsafe] dot_ptx_sm80, DotPtxSm80, Ptx, "sm_80";
    [unsafe] dot_cubin_sm80, DotCubinSm80, Cubin, "sm_80";
    [unsafe] dot_ttgir_sm86, DotTtgirSm86, Ttgir, "sm_86";
    [unsafe] dot_llir_sm86, DotLlirSm86, Llir, "sm_86";
    [unsafe] dot_ptx_sm86, DotPtxSm86, Ptx, "sm_86";
    [unsafe] dot_cubin_sm86, DotCubinSm86, Cubin, "sm_86";
}
