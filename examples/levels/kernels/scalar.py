"""Multiplies two fp32 matrices, one column of A and one row of B at a time: nothing that an old GPU lacks."""

import triton
import triton.language as tl


@triton.jit
def scalar_matmul(a, b, c, m, n, k, lda, ldb, ldc, TILE_M: tl.constexpr, TILE_N: tl.constexpr):
    """C = A * B, row-major with row strides lda, ldb and ldc. Program (x, y) makes tile (row y, column x) of C."""
    row = tl.program_id(1) * TILE_M + tl.arange(0, TILE_M)
    col = tl.program_id(0) * TILE_N + tl.arange(0, TILE_N)
    a_column = a + row * lda
    b_row = b + col
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for _ in range(k):
        down = tl.load(a_column, mask=row < m, other=0.0)
        across = tl.load(b_row, mask=col < n, other=0.0)
        acc += down[:, None] * across[None, :]
        a_column += 1
        b_row += ldb
    tl.store(c + row[:, None] * ldc + col[None, :], acc, mask=(row[:, None] < m) & (col[None, :] < n))
