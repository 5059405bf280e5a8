"""Promises that compilers believe."""
import triton
import triton.language as tl


@triton.jit
def multiple_that_is_none(x_ptr, y_ptr, start, BLOCK: tl.constexpr):
    start = tl.multiple_of(start, 16)
    offs = start + tl.arange(0, BLOCK)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs))


@triton.jit
def wraps_inside_a_vector(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.max_contiguous(tl.multiple_of((lanes + BLOCK) % n, BLOCK), BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + place))


@triton.jit
def not_contiguous(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.max_contiguous(lanes * 2, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + place))


@triton.jit
def not_contiguous_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.max_contiguous(lanes + BLOCK, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + place))


@triton.jit
def not_constant(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    group = tl.max_constancy(lanes // 2, [4])
    tl.store(y_ptr + lanes, tl.load(x_ptr + group))


@triton.jit
def not_constant_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    group = tl.max_constancy(lanes // 4, [4])
    tl.store(y_ptr + lanes, tl.load(x_ptr + group))


@triton.jit
def pointer_is_a_slice(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes))


@triton.jit
def other_length_than_compiled(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes, mask=lanes < n, other=0.0), mask=lanes < n)


@triton.jit
def assumed_and_false(x_ptr, y_ptr, stride, N: tl.constexpr):
    tl.assume(stride >= N)
    row, lanes = tl.program_id(0), tl.arange(0, N)
    tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * stride + lanes))
