"""A kernel in Gluon, which chooses its layouts and its shared memory itself."""

import triton
from triton.experimental import gluon
from triton.experimental.gluon import language as gl


@gluon.jit
def transpose_kernel(x, out, rows, columns, TILE: gl.constexpr, READ: gl.constexpr, WRITE: gl.constexpr,
                     SHARED: gl.constexpr):
    row = gl.program_id(0) * TILE + gl.arange(0, TILE, layout=gl.SliceLayout(1, READ))
    column = gl.program_id(1) * TILE + gl.arange(0, TILE, layout=gl.SliceLayout(0, READ))
    values = gl.load(x + row[:, None] * columns + column[None, :], (row[:, None] < rows) & (column[None, :] < columns), 0.0)
    tile = gl.allocate_shared_memory(gl.float32, [TILE, TILE], SHARED, values)
    turned = tile.permute((1, 0)).load(WRITE)
    row = gl.program_id(1) * TILE + gl.arange(0, TILE, layout=gl.SliceLayout(1, WRITE))
    column = gl.program_id(0) * TILE + gl.arange(0, TILE, layout=gl.SliceLayout(0, WRITE))
    gl.store(out + row[:, None] * rows + column[None, :], turned, (row[:, None] < columns) & (column[None, :] < rows))


def transpose(x, out):
    """`out` is `x` with its dimensions exchanged."""
    rows, columns = x.shape
    tile = 32
    layout = gl.BlockedLayout([1, 4], [4, 8], [4, 1], [1, 0])
    shared = gl.SwizzledSharedLayout(1, 1, 1, [1, 0])
    grid = (triton.cdiv(rows, tile), triton.cdiv(columns, tile))
    transpose_kernel[grid](x, out, rows, columns, tile, layout, layout, shared)
