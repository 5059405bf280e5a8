"""A linear layer for many rows: as many programs as the GPU has multiprocessors, each of which goes from tile to tile."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["m"])
def persistent_linear(
    x, weight, residual, out, m, n, k,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr, ADD: tl.constexpr,
):
    """out = x W^T, or x W^T + residual.

    x is m x k, the weight n x k, residual (read where ADD) and out are m x n, all without gaps between rows. n and k are
    multiples of 16; descriptors cut off what lies outside. The loads of a tile begin while the one before is stored.
    """
    x_tiles = tl.make_tensor_descriptor(x, [m, k], [k, 1], [TILE_M, TILE_K])
    w_tiles = tl.make_tensor_descriptor(weight, [n, k], [k, 1], [TILE_N, TILE_K])
    out_tiles = tl.make_tensor_descriptor(out, [m, n], [n, 1], [TILE_M, TILE_N // 2 if ADD else TILE_N])
    tiles_m = tl.cdiv(m, TILE_M)
    tiles_n = tl.cdiv(n, TILE_N)
    for tile in tl.range(tl.program_id(0), tiles_m * tiles_n, tl.num_programs(0), flatten=True):
        # Column by column through bands of BAND rows of tiles, which share much in the L2 cache.
        band = tile // (BAND * tiles_n)
        place = tile % (BAND * tiles_n)
        height = tl.minimum(tiles_m - band * BAND, BAND)
        top = (band * BAND + place % height) * TILE_M
        left = (place // height) * TILE_N
        acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
        for step in range(tl.cdiv(k, TILE_K)):
            acc = tl.dot(x_tiles.load([top, step * TILE_K]), w_tiles.load([left, step * TILE_K]).T, acc)
        if ADD:
            # By halves: the whole would leave no shared memory for the loads of the next tile.
            halves = tl.permute(tl.reshape(acc, (TILE_M, 2, TILE_N // 2)), (0, 2, 1))
            one, two = tl.split(halves)
            store_sum(out_tiles, residual, one, top, left, m, n, TILE_M, TILE_N // 2)
            store_sum(out_tiles, residual, two, top, left + TILE_N // 2, m, n, TILE_M, TILE_N // 2)
        else:
            out_tiles.store([top, left], acc.to(out.dtype.element_ty))


@triton.jit
def store_sum(out_tiles, residual, acc, top, left, m, n, TILE_M: tl.constexpr, TILE_N: tl.constexpr):
    row = top + tl.arange(0, TILE_M)
    column = left + tl.arange(0, TILE_N)
    mask = (row < m)[:, None] & (column < n)[None, :]
    more = tl.load(residual + row.to(tl.int64)[:, None] * n + column[None, :], mask=mask, other=0.0)
    out_tiles.store([top, left], (acc + more.to(tl.float32)).to(out_tiles.dtype))
