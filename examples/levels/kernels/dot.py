"""Multiplies two fp16 matrices on tensor cores, with an fp32 result."""

import triton
import triton.language as tl


@triton.jit
def dot_matmul(a, b, c, m, n, k, lda, ldb, ldc, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr):
    """C = A * B, row-major with row strides lda, ldb and ldc. Program (x, y) makes tile (row y, column x) of C."""
    row = tl.program_id(1) * TILE_M + tl.arange(0, TILE_M)
    col = tl.program_id(0) * TILE_N + tl.arange(0, TILE_N)
    depth = tl.arange(0, TILE_K)
    a_tile = a + row[:, None] * lda + depth[None, :]
    b_tile = b + depth[:, None] * ldb + col[None, :]
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for start in range(0, k, TILE_K):
        left = tl.load(a_tile, mask=(row[:, None] < m) & (depth[None, :] < k - start), other=0.0)
        right = tl.load(b_tile, mask=(depth[:, None] < k - start) & (col[None, :] < n), other=0.0)
        acc = tl.dot(left, right, acc)
        a_tile += TILE_K
        b_tile += TILE_K * ldb
    tl.store(c + row[:, None] * ldc + col[None, :], acc, mask=(row[:, None] < m) & (col[None, :] < n))
