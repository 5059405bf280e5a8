"""Multiplies two fp8 (e5m2) matrices; the Tensor Memory Accelerator moves the tiles.

Each program makes its three descriptors itself, in global scratch memory: 128 bytes for each. The function that makes
them has this name in Triton 3.3 only.
"""

import triton
import triton.language as tl


@triton.jit
def tma_matmul(a, b, c, m, n, k, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr):
    """C = A * B, row-major without gaps between rows. Program (x, y) makes tile (row x, column y) of C."""
    a_tiles = tl._experimental_make_tensor_descriptor(a, [m, k], [k, 1], [TILE_M, TILE_K])
    b_tiles = tl._experimental_make_tensor_descriptor(b, [k, n], [n, 1], [TILE_K, TILE_N])
    c_tiles = tl._experimental_make_tensor_descriptor(c, [m, n], [n, 1], [TILE_M, TILE_N])
    row = tl.program_id(0) * TILE_M
    col = tl.program_id(1) * TILE_N
    acc = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for start in range(0, k, TILE_K):
        acc = tl.dot(a_tiles.load([row, start]), b_tiles.load([start, col]), acc)
    c_tiles.store([row, col], acc.to(tl.float16))
