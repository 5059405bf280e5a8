"""Products of fp16 matrices as fast as the GPU's library has them, in tiles whose masks and walk fit the sizes.

`regenerate.py` exports each kernel here in the variants that the program carries.
"""

import triton
import triton.language as tl


@triton.jit
def place(tile, tiles_m, tiles_n, BAND: tl.constexpr):
    """Row and column of a tile: column by column through bands of BAND rows of tiles.

    Programs that run at the same time share rows of A and columns of B in the L2 cache that way.
    """
    band = tile // (BAND * tiles_n)
    rest = tile % (BAND * tiles_n)
    height = tl.minimum(tiles_m - band * BAND, BAND)
    return band * BAND + rest % height, rest // height


@triton.jit
def fast_matmul(
    a, b, c, m, n, k, lda, ldb, ldc,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr,
    PERSISTENT: tl.constexpr,
):
    """C = A * B, in tiles.

    A is m x k, B is k x n, C is m x n, all row-major: element (i, j) of A is a[i * lda + j]. The row strides are
    multiples of 16 elements, so each row starts at an address that wide loads can take.

    Where PERSISTENT, there are as many programs as the GPU has multiprocessors, and each goes from tile to tile: the loads
    of the next begin while this one is stored. m and k may be anything: descriptors cut off what lies outside. n is a
    multiple of 8, since they store 16 bytes at once.

    Else there is a program for each tile. k is a multiple of TILE_K and n one of TILE_N, so that only rows need a mask.
    """
    tiles_m = tl.cdiv(m, TILE_M)
    tiles_n = tl.cdiv(n, TILE_N)
    if PERSISTENT:
        a_tiles = tl.make_tensor_descriptor(a, [m, k], [lda, 1], [TILE_M, TILE_K])
        b_tiles = tl.make_tensor_descriptor(b, [k, n], [ldb, 1], [TILE_K, TILE_N])
        c_tiles = tl.make_tensor_descriptor(c, [m, n], [ldc, 1], [TILE_M, TILE_N])
        walk(a_tiles, b_tiles, c_tiles, tiles_m, tiles_n, k, TILE_M, TILE_N, TILE_K, BAND)
    else:
        tile_m, tile_n = place(tl.program_id(0), tiles_m, tiles_n, BAND)
        single(a, b, c, m, n, k, lda, ldb, ldc, tile_m * TILE_M, tile_n * TILE_N, TILE_M, TILE_N, TILE_K)


@triton.jit
def walk(
    a_tiles, b_tiles, c_tiles, tiles_m, tiles_n, k,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr,
):
    """Every tile whose number is this program's, plus a multiple of the number of programs."""
    for tile in tl.range(tl.program_id(0), tiles_m * tiles_n, tl.num_programs(0), flatten=True):
        tile_m, tile_n = place(tile, tiles_m, tiles_n, BAND)
        top = tile_m * TILE_M
        left = tile_n * TILE_N
        acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
        for step in range(tl.cdiv(k, TILE_K)):
            acc = tl.dot(a_tiles.load([top, step * TILE_K]), b_tiles.load([step * TILE_K, left]), acc)
        c_tiles.store([top, left], acc.to(c_tiles.dtype))


@triton.jit
def single(
    a, b, c, m, n, k, lda, ldb, ldc, top, left,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
):
    """The tile whose first element is in row `top` and column `left`."""
    row = top + tl.arange(0, TILE_M)
    col = left + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)
    # Rows below the matrix read its last row again, which needs no mask; they are not stored.
    a_tile = a + tl.minimum(row, m - 1).to(tl.int64)[:, None] * lda + depth[None, :]
    b_step = TILE_K * ldb.to(tl.int64)
    # The last tile begins there, if not before: nothing lies outside, which whoever reads this sees without the condition.
    inside = tl.minimum(left, n - TILE_N) + tl.arange(0, TILE_N)
    b_tile = b + depth.to(tl.int64)[:, None] * ldb + inside[None, :]
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for _ in range(k // TILE_K):
        acc = tl.dot(tl.load(a_tile), tl.load(b_tile), acc)
        a_tile += TILE_K
        b_tile += b_step

    c_tile = c + row.to(tl.int64)[:, None] * ldc + col[None, :]
    tl.store(c_tile, acc.to(c.dtype.element_ty), mask=(row[:, None] < m) & (col[None, :] < n))


@triton.jit
def hosted_matmul(
    a_tiles, b_tiles, c_tiles, m, n, k,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr,
):
    """The same with descriptors that the host made, so that no program has to. It knows about rows and strides."""
    walk(a_tiles, b_tiles, c_tiles, tl.cdiv(m, TILE_M), tl.cdiv(n, TILE_N), k, TILE_M, TILE_N, TILE_K, BAND)


@triton.jit
def split_matmul(
    a, b, c, part, arrived, m, n, k, lda, ldb, ldc,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, SPLIT: tl.constexpr,
):
    """The same where there are few tiles: SPLIT programs for each, each with its part of k.

    They leave their sums in `part`, SPLIT x m x n numbers, and count themselves in `arrived`, which has a zero for each
    tile. The last of a tile adds up, always in the same order, and leaves a zero again. k is a multiple of TILE_K, n one of
    TILE_N.
    """
    tiles_m = tl.cdiv(m, TILE_M)
    tile = tl.program_id(0)
    piece = tl.program_id(1)
    top = tile % tiles_m * TILE_M
    left = tile // tiles_m * TILE_N
    row = top + tl.arange(0, TILE_M)
    col = left + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)
    inside = tl.minimum(left, n - TILE_N) + tl.arange(0, TILE_N)
    a_tile = a + tl.minimum(row, m - 1).to(tl.int64)[:, None] * lda + depth[None, :]
    b_tile = b + depth.to(tl.int64)[:, None] * ldb + inside[None, :]
    b_step = TILE_K * ldb.to(tl.int64)
    steps = k // TILE_K
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for step in range(steps * piece // SPLIT, steps * (piece + 1) // SPLIT):
        acc = tl.dot(tl.load(a_tile + step * TILE_K), tl.load(b_tile + step * b_step), acc)

    mask = (row[:, None] < m) & (col[None, :] < n)
    spot = part + row.to(tl.int64)[:, None] * n + col[None, :]
    size = m.to(tl.int64) * n
    tl.store(spot + piece * size, acc, mask=mask)
    # All threads have stored before one of them says so.
    tl.debug_barrier()
    if tl.atomic_add(arrived + tile, 1) == SPLIT - 1:
        total = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
        for other in tl.static_range(SPLIT):
            # Other programs wrote it: not from this multiprocessor's own cache.
            total += tl.load(spot + other * size, mask=mask, other=0.0, cache_modifier=".cg")
        c_tile = c + row.to(tl.int64)[:, None] * ldc + col[None, :]
        tl.store(c_tile, total.to(c.dtype.element_ty), mask=mask)
        tl.store(arrived + tile, 0)
