"""Multiplies two fp16 matrices on tensor cores and sums in fp32.

From the repository's root, this writes `matmul.ttir` and `matmul.json` anew:

    cargo triton export examples/matmul/kernels/matmul.py::matmul \
        --arg 'a=*fp16:16' --arg 'b=*fp16:16' --arg 'c=*fp16:16' \
        --arg m=i32 --arg n=i32 --arg k=i32 --arg lda=i32:16 --arg ldb=i32:16 --arg ldc=i32:16 \
        --const TILE_M=128 --const TILE_N=256 --const TILE_K=64 --const BAND=8 \
        --num-warps 8 --num-stages 3

The variants are made alike: `--name matmul@tall` with `TILE_M=256` and `TILE_N=128`, `--name matmul@square` with
128 and 128. Smaller tiles make more programs, which keeps more of a GPU busy where the matrices are small.

Three stages of 128 x 64 and 64 x 256 elements, or of 256 x 64 and 64 x 128, take 144 KiB of shared memory on sm_90. The
other architectures keep one stage less there: 96 KiB, which still fits the 99 KiB of sm_86 and sm_120.
"""

import triton
import triton.language as tl


@triton.jit
def matmul(
    a, b, c, m, n, k, lda, ldb, ldc,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, BAND: tl.constexpr,
):
    """C = A * B, one program for each tile of C.

    A is m x k, B is k x n, C is m x n, all row-major: element (i, j) of A is a[i * lda + j]. The row strides are
    multiples of 16 elements, so each row starts at an address that wide loads can take; m, n and k may be anything.
    B is read, and the result ignored, up to the next multiple of 16 columns: its rows must hold ldb elements each.
    """
    # Programs that run at the same time should share rows of A and columns of B in the L2 cache, so the tiles are
    # walked column by column through bands of BAND rows of tiles.
    tiles_m = tl.cdiv(m, TILE_M)
    tiles_n = tl.cdiv(n, TILE_N)
    program = tl.program_id(0)
    band = program // (BAND * tiles_n)
    place = program % (BAND * tiles_n)
    height = tl.minimum(tiles_m - band * BAND, BAND)
    top = (band * BAND + place % height) * TILE_M
    left = (place // height) * TILE_N
    row = top + tl.arange(0, TILE_M)
    col = left + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)

    # Rows below the matrix read its last row again, which needs no mask; they are not stored.
    a_tile = a + tl.minimum(row, m - 1).to(tl.int64)[:, None] * lda + depth[None, :]
    b_tile = b + depth.to(tl.int64)[:, None] * ldb + col[None, :]
    b_step = TILE_K * ldb.to(tl.int64)
    # A mask that changes only at multiples of 16 columns keeps the loads 16 bytes wide.
    readable = col[None, :] < tl.cdiv(n, 16) * 16

    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    whole = k // TILE_K
    rest = k % TILE_K
    if rest != 0:
        # The last columns of A come first: here the registers of the accumulator are still free, and the loop below
        # needs no mask along k.
        a_rest = tl.load(a_tile + whole * TILE_K, mask=depth[None, :] < rest, other=0.0)
        b_rest = tl.load(b_tile + whole * b_step, mask=readable & (depth[:, None] < rest), other=0.0)
        acc = tl.dot(a_rest, b_rest, acc)
    for _ in range(whole):
        acc = tl.dot(tl.load(a_tile), tl.load(b_tile, mask=readable, other=0.0), acc)
        a_tile += TILE_K
        b_tile += b_step

    c_tile = c + row.to(tl.int64)[:, None] * ldc + col[None, :]
    value = acc.to(c.dtype.element_ty)
    if (top + TILE_M <= m) & (left + TILE_N <= n):
        tl.store(c_tile, value)
    else:
        tl.store(c_tile, value, mask=(row[:, None] < m) & (col[None, :] < n))
