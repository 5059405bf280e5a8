"""Lanes of a load whose mask is false and that has no `other`, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def nearest_of_padding(x_ptr, place_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(place_ptr + row, tl.argmin(x, axis=0))


@triton.jit
def nearest_of_padding_fixed(x_ptr, place_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(place_ptr + row, tl.argmin(tl.where(lanes < cols, x, float("inf")), axis=0))


@triton.jit
def products_from_behind(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(y_ptr + row * cols + lanes, tl.cumprod(x, axis=0, reverse=True), mask=lanes < cols)


@triton.jit
def products_from_behind_fixed(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(y_ptr + row * cols + lanes, tl.cumprod(x, axis=0), mask=lanes < cols)


@triton.jit
def padding_minus_the_zero_point(q_ptr, b_ptr, c_ptr, depth, zero, N: tl.constexpr, BK: tl.constexpr):
    r, k = tl.arange(0, N), tl.arange(0, BK)
    q = tl.load(q_ptr + r[:, None] * depth + k[None, :], mask=k[None, :] < depth)
    a = (q.to(tl.int32) - zero).to(tl.float32) * 0.5
    b = tl.load(b_ptr + k[:, None] * N + r[None, :])
    tl.store(c_ptr + r[:, None] * N + r[None, :], tl.dot(a, b))


@triton.jit
def padding_minus_the_zero_point_fixed(q_ptr, b_ptr, c_ptr, depth, zero, N: tl.constexpr, BK: tl.constexpr):
    r, k = tl.arange(0, N), tl.arange(0, BK)
    q = tl.load(q_ptr + r[:, None] * depth + k[None, :], mask=k[None, :] < depth)
    a = tl.where(k[None, :] < depth, (q.to(tl.int32) - zero).to(tl.float32) * 0.5, 0.0)
    b = tl.load(b_ptr + k[:, None] * N + r[None, :])
    tl.store(c_ptr + r[:, None] * N + r[None, :], tl.dot(a, b))


@triton.jit
def padding_among_the_best(x_ptr, y_ptr, n, BLOCK: tl.constexpr, TOP: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    best = tl.sort(0.0 - x, descending=True)
    tl.store(y_ptr + lanes, best, mask=lanes < TOP)


@triton.jit
def padding_among_the_best_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr, TOP: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=1e30)
    best = tl.sort(0.0 - x, descending=True)
    tl.store(y_ptr + lanes, best, mask=lanes < TOP)


@triton.jit
def sequence_of_unknown_end(ends_ptr, x_ptr, y_ptr, batch, D: tl.constexpr):
    row, d = tl.program_id(0), tl.arange(0, D)
    start = tl.load(ends_ptr + row)
    end = tl.load(ends_ptr + row + 1, mask=row + 1 < batch)
    total = tl.zeros([D], tl.float32)
    for i in range(start, end):
        total += tl.load(x_ptr + i * D + d)
    tl.store(y_ptr + row * D + d, total)


@triton.jit
def sequence_of_unknown_end_fixed(ends_ptr, x_ptr, y_ptr, batch, D: tl.constexpr):
    row, d = tl.program_id(0), tl.arange(0, D)
    start = tl.load(ends_ptr + row)
    end = tl.load(ends_ptr + row + 1, mask=row + 1 < batch, other=9)
    total = tl.zeros([D], tl.float32)
    for i in range(start, end):
        total += tl.load(x_ptr + i * D + d)
    tl.store(y_ptr + row * D + d, total)
