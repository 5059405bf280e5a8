"""Outputs that are not written as a whole."""
import triton
import triton.language as tl


@triton.jit
def grid_too_small(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=offs < n, other=0.0), mask=offs < n)


@triton.jit
def last_left_out(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offs < n - 1
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=mask, other=0.0), mask=mask)


@triton.jit
def last_left_out_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offs < n
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=mask, other=0.0), mask=mask)


@triton.jit
def rows_too_far_apart(x_ptr, y_ptr, stride, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    tl.store(y_ptr + row * stride + lanes, tl.load(x_ptr + row * N + lanes))


@triton.jit
def row_longer_than_block(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    mask = lanes < cols
    tl.store(y_ptr + row * cols + lanes, tl.load(x_ptr + row * cols + lanes, mask=mask, other=0.0), mask=mask)


@triton.jit
def row_longer_than_block_fixed(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    for start in range(0, cols, BLOCK):
        lanes = start + tl.arange(0, BLOCK)
        mask = lanes < cols
        tl.store(y_ptr + row * cols + lanes, tl.load(x_ptr + row * cols + lanes, mask=mask, other=0.0), mask=mask)


@triton.jit
def early_return(x_ptr, length_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    length = tl.load(length_ptr + row)
    if length == 0:
        return
    tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * N + lanes, mask=lanes < length, other=0.0))


@triton.jit
def early_return_fixed(x_ptr, length_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    length = tl.load(length_ptr + row)
    tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * N + lanes, mask=lanes < length, other=0.0))
