"""Kernels that the lowering tests export and lower."""

import triton
import triton.language as tl


@triton.jit
def add(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    total = tl.load(x_ptr + offsets, mask=inside) + tl.load(y_ptr + offsets, mask=inside)
    tl.store(out_ptr + offsets, total, mask=inside)


@triton.jit
def matmul(a_ptr, b_ptr, c_ptr, k_size, a_stride, b_stride, c_stride, M: tl.constexpr, N: tl.constexpr,
           K: tl.constexpr):
    rows = tl.program_id(0) * M + tl.arange(0, M)
    columns = tl.program_id(1) * N + tl.arange(0, N)
    inner = tl.arange(0, K)
    total = tl.zeros((M, N), tl.float32)
    for k in range(0, k_size, K):
        a = tl.load(a_ptr + rows[:, None] * a_stride + (k + inner)[None, :])
        b = tl.load(b_ptr + (k + inner)[:, None] * b_stride + columns[None, :])
        total = tl.dot(a, b, total)
    tl.store(c_ptr + rows[:, None] * c_stride + columns[None, :], total)


def relu(x):
    return x


@triton.autotune(configs=[triton.Config({"BLOCK": 256}, num_warps=8)], key=["n"])
@triton.heuristics({"EVEN": lambda args: args["n"] % args["BLOCK"] == 0})
@triton.jit
def tuned(x_ptr, n, EVEN: tl.constexpr, BLOCK: tl.constexpr, scale: tl.constexpr = 2.0, bias_ptr=None):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x_ptr + offsets, mask=offsets < n)
    if bias_ptr is not None:
        value += tl.load(bias_ptr)
    if not EVEN:
        value *= scale
    tl.store(x_ptr + offsets, value, mask=offsets < n)


@triton.jit
def broken(x_ptr):
    tl.store(x_ptr, undefined_name)


@triton.jit
def specialized(a_ptr, b_ptr, c_ptr, rows, columns, inner, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    """A producer loads tiles through descriptors while consumers multiply: from Triton 3.6 on."""
    a = tl.make_tensor_descriptor(a_ptr, shape=[rows, inner], strides=[inner, 1], block_shape=[M, K])
    b = tl.make_tensor_descriptor(b_ptr, shape=[columns, inner], strides=[inner, 1], block_shape=[N, K])
    row = tl.program_id(0) * M
    column = tl.program_id(1) * N
    total = tl.zeros((M, N), tl.float32)
    for k in tl.range(0, tl.cdiv(inner, K), num_stages=2, warp_specialize=True):
        total = tl.dot(a.load([row, k * K]), b.load([column, k * K]).T, total)
    place = (row + tl.arange(0, M))[:, None] * columns + (column + tl.arange(0, N))[None, :]
    tl.store(c_ptr + place, total.to(tl.float16))
