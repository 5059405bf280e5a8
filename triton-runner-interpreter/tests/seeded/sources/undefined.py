"""Lanes of a load whose mask is false and that has no `other`."""
import triton
import triton.language as tl


@triton.jit
def into_max(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(out_ptr + row, tl.max(x, axis=0))


@triton.jit
def into_max_fixed(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols, other=-float("inf"))
    tl.store(out_ptr + row, tl.max(x, axis=0))


@triton.jit
def into_a_sum_of_powers(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(out_ptr + row, tl.sum(tl.exp(x), axis=0))


@triton.jit
def into_a_sum_of_powers_fixed(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    tl.store(out_ptr + row, tl.sum(tl.where(lanes < cols, tl.exp(x), 0.0), axis=0))


@triton.jit
def variance_of_padding(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    mean = tl.sum(tl.where(lanes < cols, x, 0.0), axis=0) / cols
    apart = x - mean
    tl.store(out_ptr + row, tl.sum(apart * apart, axis=0) / cols)


@triton.jit
def variance_of_padding_fixed(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols)
    mean = tl.sum(tl.where(lanes < cols, x, 0.0), axis=0) / cols
    apart = tl.where(lanes < cols, x - mean, 0.0)
    tl.store(out_ptr + row, tl.sum(apart * apart, axis=0) / cols)


@triton.jit
def stored_with_a_wider_mask(x_ptr, y_ptr, n, padded, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, x, mask=lanes < padded)


@triton.jit
def stored_with_a_wider_mask_fixed(x_ptr, y_ptr, n, padded, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=0.0)
    tl.store(y_ptr + lanes, x, mask=lanes < padded)


@triton.jit
def index_of_nothing(index_ptr, table_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    index = tl.load(index_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.load(table_ptr + index))


@triton.jit
def index_of_nothing_fixed(index_ptr, table_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    index = tl.load(index_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.load(table_ptr + index, mask=lanes < n, other=0.0))


@triton.jit
def mask_of_nothing(valid_ptr, x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    valid = tl.load(valid_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=valid == 0)


@triton.jit
def mask_of_nothing_fixed(valid_ptr, x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    valid = tl.load(valid_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=(lanes < n) & (valid == 0))


@triton.jit
def branch_on_nothing(x_ptr, length_ptr, y_ptr, rows, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    length = tl.load(length_ptr + row, mask=row < rows)
    if length == 0:
        tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * N + lanes))


@triton.jit
def branch_on_nothing_fixed(x_ptr, length_ptr, y_ptr, rows, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    length = tl.load(length_ptr + row, mask=row < rows, other=1)
    if length == 0:
        tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * N + lanes))
