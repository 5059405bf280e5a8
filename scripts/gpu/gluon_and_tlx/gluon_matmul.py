"""A product of matrices in Gluon, for Hopper: tiles come through the tensor memory accelerator, some steps ahead of the tensor
cores that multiply them."""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (fence_async_shared, mbarrier, tma, warpgroup_mma,
                                                              warpgroup_mma_wait)


@gluon.jit
def fetch(a, b, a_tiles, b_tiles, ready, row, column, step, steps, STAGES: gl.constexpr):
    """Starts to copy the tiles of a step, if there is one."""
    stage = step % STAGES
    there = step < steps
    depth: gl.constexpr = a.block_type.shape[1]
    mbarrier.expect(ready.index(stage), a.block_type.nbytes + b.block_type.nbytes, pred=there)
    tma.async_copy_global_to_shared(a, [row, step * depth], ready.index(stage), a_tiles.index(stage), pred=there)
    tma.async_copy_global_to_shared(b, [step * depth, column], ready.index(stage), b_tiles.index(stage), pred=there)


@gluon.jit
def gluon_matmul(a, b, c, m, n, k, STAGES: gl.constexpr, WARPS: gl.constexpr):
    rows: gl.constexpr = a.block_type.shape[0]
    depth: gl.constexpr = a.block_type.shape[1]
    columns: gl.constexpr = b.block_type.shape[1]
    a_tiles = gl.allocate_shared_memory(a.dtype, [STAGES, rows, depth], a.layout)
    b_tiles = gl.allocate_shared_memory(b.dtype, [STAGES, depth, columns], b.layout)
    ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    for slot in gl.static_range(STAGES):
        mbarrier.init(ready.index(slot), count=1)
    row = gl.program_id(0) * rows
    column = gl.program_id(1) * columns
    steps = gl.cdiv(k, depth)
    for ahead in gl.static_range(STAGES - 1):
        fetch(a, b, a_tiles, b_tiles, ready, row, column, ahead, steps, STAGES)
    layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [WARPS, 1], [16, columns, 16])
    sums = gl.zeros([rows, columns], gl.float32, layout)
    for step in range(steps):
        # The stage that it takes was multiplied in the step before.
        fetch(a, b, a_tiles, b_tiles, ready, row, column, step + STAGES - 1, steps, STAGES)
        stage = step % STAGES
        mbarrier.wait(ready.index(stage), (step // STAGES) & 1)
        sums = warpgroup_mma(a_tiles.index(stage), b_tiles.index(stage), sums, is_async=True)
        sums = warpgroup_mma_wait(0, deps=[sums])
    for slot in gl.static_range(STAGES):
        mbarrier.invalidate(ready.index(slot))
    tile = gl.allocate_shared_memory(c.dtype, [rows, columns], c.layout)
    tile.store(sums.to(c.dtype))
    fence_async_shared()
    tma.async_copy_shared_to_global(c, [row, column], tile)
    tma.store_wait(0)
