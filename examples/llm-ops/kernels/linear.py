"""A linear layer: out = x W^T, or x W^T + residual, on tensor cores, summed in fp32."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["m"])
def linear(
    x, weight, residual, out, m, n, k,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr, ADD: tl.constexpr,
):
    """One program for each TILE_M x TILE_N tile of `out`.

    x is m x k, the weight n x k, residual (read where ADD) and out are m x n, all without gaps between rows. n is a
    multiple of 16 and k one of TILE_K; m may be anything.
    """
    # Programs that run at the same time should share rows of x and of the weight in the L2 cache, so the tiles are
    # walked column by column through bands of BAND rows of tiles.
    tiles_m = tl.cdiv(m, TILE_M)
    tiles_n = tl.cdiv(n, TILE_N)
    program = tl.program_id(0)
    band = program // (BAND * tiles_n)
    place = program % (BAND * tiles_n)
    height = tl.minimum(tiles_m - band * BAND, BAND)
    row = (band * BAND + place % height) * TILE_M + tl.arange(0, TILE_M)
    column = (place // height) * TILE_N + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)

    # What lies beyond the last row and column reads the last again, which needs no mask; it is not stored.
    x_tile = x + tl.minimum(row, m - 1).to(tl.int64)[:, None] * k + depth[None, :]
    w_tile = weight + tl.minimum(column, n - 1).to(tl.int64)[None, :] * k + depth[:, None]
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for _ in range(k // TILE_K):
        acc = tl.dot(tl.load(x_tile), tl.load(w_tile), acc)
        x_tile += TILE_K
        w_tile += TILE_K

    mask = (row < m)[:, None] & (column < n)[None, :]
    offset = row.to(tl.int64)[:, None] * n + column[None, :]
    if ADD:
        acc += tl.load(residual + offset, mask=mask, other=0.0).to(tl.float32)
    tl.store(out + offset, acc.to(out.dtype.element_ty), mask=mask)
