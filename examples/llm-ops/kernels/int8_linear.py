"""A linear layer for few rows whose weight has 8 bits: out = x (W * scale)^T, with a scale for each output. It reads half the
bytes, which is what few rows wait for."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["m"])
def int8_linear(
    x, weight, scales, out, m, n, k, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
):
    """One program for each TILE_M x TILE_N tile of `out`. x is m x k, the weight n x k, out m x n; k is a multiple of TILE_K."""
    row = tl.program_id(1) * TILE_M + tl.arange(0, TILE_M)
    column = tl.program_id(0) * TILE_N + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)
    # What lies beyond the last row and column reads the last again, which needs no mask; it is not stored.
    inside = tl.minimum(column, n - 1)
    x_tile = x + tl.minimum(row, m - 1).to(tl.int64)[:, None] * k + depth[None, :]
    w_tile = weight + inside.to(tl.int64)[None, :] * k + depth[:, None]
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for _ in range(k // TILE_K):
        acc = tl.dot(tl.load(x_tile), tl.load(w_tile).to(x.dtype.element_ty), acc)
        x_tile += TILE_K
        w_tile += TILE_K
    acc *= tl.load(scales + inside)[None, :]
    mask = (row < m)[:, None] & (column < n)[None, :]
    tl.store(out + row.to(tl.int64)[:, None] * n + column[None, :], acc.to(out.dtype.element_ty), mask=mask)
