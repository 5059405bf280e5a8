//! fp32, one column of A and one row of B at a time: runs on any GPU.

use triton_runner_rt::triton_kernel;

use crate::reference::{Sizes, multiply};
use crate::row::{Level, Outcome, Row, rows};

const SIZES: Sizes = Sizes { m: 512, n: 256, k: 1024 };

rows! {
    "scalar", SIZES, 1e-2,
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    fn(a: &[f32], b: &[f32], c: &mut [f32], m: i32, n: i32, k: i32, lda: i32, ldb: i32, ldc: i32),
    |kernel, stream, a, b, c, [m, n, k]| kernel.launch(stream, a, b, c, m, n, k, k, n, n),
    [] scalar_ttir, ScalarTtir, Ttir, "all";
    [unsafe] scalar_ttgir_sm75, ScalarTtgirSm75, Ttgir, "sm_75";
    [unsafe] scalar_llir_sm75, ScalarLlirSm75, Llir, "sm_75";
    [unsafe] scalar_ptx_sm75, ScalarPtxSm75, Ptx, "sm_75";
    [unsafe] scalar_cubin_sm75, ScalarCubinSm75, Cubin, "sm_75";
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::testing;

    use super::*;
    use crate::reference::interpret;

    #[test]
    fn the_kernel_is_right_from_ttir() -> triton_runner_rt::Result<()> {
        // The other levels run on a GPU alone: below TTIR there is nothing to interpret.
        let max_error = match testing::gpu_or_interpreter("the_kernel_is_right_from_ttir")? {
            Some(context) => (rows()[0].run)(&context, 4)?.max_error,
            None => interpret(SIZES.over(8), |a: &[f32], b, c: &mut [f32], [m, n, k]| {
                ScalarTtir::interpret(a, b, c, m, n, k, k, n, n).run().map(drop)
            })?,
        };
        assert!(max_error < 1e-2, "{max_error}");
        Ok(())
    }
}
