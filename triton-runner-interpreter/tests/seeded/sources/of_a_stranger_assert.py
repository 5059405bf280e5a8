"""`tl.device_assert`, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def checked_span(ends_ptr, row):
    start = tl.load(ends_ptr + row)
    end = tl.load(ends_ptr + row + 1)
    tl.device_assert(start <= end, "sequence ends before it starts")
    return start, end


@triton.jit
def sequences_out_of_order(ends_ptr, x_ptr, y_ptr, D: tl.constexpr):
    row, d = tl.program_id(0), tl.arange(0, D)
    start, end = checked_span(ends_ptr, row)
    total = tl.zeros([D], tl.float32)
    for i in range(start, end):
        total += tl.load(x_ptr + i * D + d)
    tl.store(y_ptr + row * D + d, total)


@triton.jit
def weights_of_the_last_few(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n, other=0.0)
    tl.device_assert(x > 0.0, "weights are positive", mask=offs < n)
    tl.store(y_ptr + offs, tl.where(offs < n, 1.0 / x, 0.0), mask=offs < n)


@triton.jit
def softmax_with_padding_in_its_sum(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols, other=0.0)
    e = tl.exp(x - tl.max(x, axis=0))
    p = tl.where(lanes < cols, e / tl.sum(e, axis=0), 0.0)
    tl.device_assert(tl.abs(tl.sum(p, axis=0) - 1.0) < 1e-3, "probabilities sum to one")
    tl.store(y_ptr + row * cols + lanes, p, mask=lanes < cols)


@triton.jit
def softmax_with_padding_in_its_sum_fixed(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols, other=-float("inf"))
    e = tl.exp(x - tl.max(x, axis=0))
    p = tl.where(lanes < cols, e / tl.sum(e, axis=0), 0.0)
    tl.device_assert(tl.abs(tl.sum(p, axis=0) - 1.0) < 1e-3, "probabilities sum to one")
    tl.store(y_ptr + row * cols + lanes, p, mask=lanes < cols)


@triton.jit
def bytes_out_of_range(x_ptr, q_ptr, R: tl.constexpr, C: tl.constexpr):
    offs = tl.arange(0, R)[:, None] * C + tl.arange(0, C)[None, :]
    q = tl.load(x_ptr + offs) - 10.0
    tl.device_assert((q >= -128.0) & (q <= 127.0), "does not fit a byte")
    tl.store(q_ptr + offs, q.to(tl.int8))


@triton.jit
def bytes_out_of_range_fixed(x_ptr, q_ptr, R: tl.constexpr, C: tl.constexpr):
    offs = tl.arange(0, R)[:, None] * C + tl.arange(0, C)[None, :]
    q = tl.minimum(tl.load(x_ptr + offs) - 10.0, 127.0)
    tl.device_assert((q >= -128.0) & (q <= 127.0), "does not fit a byte")
    tl.store(q_ptr + offs, q.to(tl.int8))


@triton.jit
def tree_deeper_than_thought(parent_ptr, depth_ptr, LIMIT: tl.constexpr):
    node = tl.program_id(0)
    at, depth = node, 0
    while at > 0:
        at = tl.load(parent_ptr + at)
        depth += 1
        if depth > 2:
            tl.device_assert(depth <= LIMIT, "too deep")
    tl.store(depth_ptr + node, depth)
