//! fp8 (e5m2) with an fp16 result; each program makes its tensor descriptors itself, in global scratch memory.

use triton_runner_rt::triton_kernel;

use crate::reference::{Sizes, multiply};
use crate::row::{Level, Outcome, Row, rows};

const SIZES: Sizes = Sizes { m: 1024, n: 256, k: 512 };

rows! {
    "tma", SIZES, 0.125,
    #[grid(m.div_ceil(TILE_M), n.div_ceil(TILE_N))]
    fn(a: &[F8E5M2], b: &[F8E5M2], c: &mut [f16], m: i32, n: i32, k: i32),
    |kernel, stream, a, b, c, [m, n, k]| kernel.launch(stream, a, b, c, m, n, k),
    [unsafe] tma_ttgir_sm90, TmaTtgirSm90, Ttgir, "sm_90";
    [unsafe] tma_llir_sm90, TmaLlirSm90, Llir, "sm_90";
    [unsafe] tma_ptx_sm90, TmaPtxSm90, Ptx, "sm_90";
    [unsafe] tma_cubin_sm90, TmaCubinSm90, Cubin, "sm_90";
    [unsafe] tma_ttgir_sm120, TmaTtgirSm120, Ttgir, "sm_120";
    [unsafe] tma_llir_sm120, TmaLlirSm120, Llir, "sm_120";
    [unsafe] tma_ptx_sm120, TmaPtxSm120, Ptx, "sm_120";
    [unsafe] tma_cubin_sm120, TmaCubinSm120, Cubin, "sm_120";
}
