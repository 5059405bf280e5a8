"""Integers divided by zero, and the smallest one by -1, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def mean_of_no_tokens(x_ptr, valid_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    valid = tl.load(valid_ptr + row * N + lanes)
    total = tl.sum(tl.load(x_ptr + row * N + lanes) * valid, axis=0)
    tl.store(y_ptr + row, total // tl.sum(valid, axis=0))


@triton.jit
def mean_of_no_tokens_fixed(x_ptr, valid_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    valid = tl.load(valid_ptr + row * N + lanes)
    total = tl.sum(tl.load(x_ptr + row * N + lanes) * valid, axis=0)
    count = tl.sum(valid, axis=0)
    tl.store(y_ptr + row, tl.where(count > 0, total // count, 0))


@triton.jit
def tiles_in_groups_too_many(x_ptr, y_ptr, down, across, GROUP: tl.constexpr, B: tl.constexpr):
    tile = tl.program_id(0)
    first = tile // (GROUP * across) * GROUP
    height = tl.minimum(down - first, GROUP)
    row = first + tile % (GROUP * across) % height
    column = tile % (GROUP * across) // height
    offs = (row * across + column) * B + tl.arange(0, B)
    mask = (row < down) & (column < across) & (offs >= 0)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=mask, other=0.0), mask=mask)


@triton.jit
def swizzled_in_groups_of_none(x_ptr, y_ptr, rows, cols, group):
    tile = tl.program_id(0)
    i, j = tl.swizzle2d(tile // cols, tile % cols, rows, cols, group)
    mask = (i >= 0) & (i < rows) & (j >= 0) & (j < cols)
    tl.store(y_ptr + tile, tl.load(x_ptr + i * cols + j, mask=mask, other=0.0))


@triton.jit
def ring_of_minus_one(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) % tl.load(by_ptr + lanes))


@triton.jit
def buckets_unsigned_and_none(hash_ptr, y_ptr, buckets, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    hashed = tl.load(hash_ptr + lanes).to(tl.uint32, bitcast=True)
    tl.store(y_ptr + lanes, (hashed % buckets.to(tl.uint32)).to(tl.int32))


@triton.jit
def bytes_by_minus_one(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // tl.load(by_ptr + lanes))


@triton.jit
def words_by_minus_one(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // tl.load(by_ptr + lanes))


@triton.jit
def fixed_point_of_both_signs(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    by = tl.load(by_ptr + lanes)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // by)


@triton.jit
def fixed_point_of_both_signs_fixed(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    by = tl.load(by_ptr + lanes)
    x = tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, tl.where(by == -1, 0 - x, x // tl.where(by == -1, 1, by)))
