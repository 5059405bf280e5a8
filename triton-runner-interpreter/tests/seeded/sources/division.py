"""Integers divided by zero, and the smallest one by -1."""
import triton
import triton.language as tl


@triton.jit
def group_of_size_zero(x_ptr, y_ptr, group, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) + lanes // group)


@triton.jit
def remainder_of_zero(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, (tl.load(x_ptr + lanes) + 7) % n)


@triton.jit
def loaded_divisor(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // tl.load(by_ptr + lanes))


@triton.jit
def loaded_divisor_fixed(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    by = tl.load(by_ptr + lanes)
    by = tl.where(by == 0, 1, by)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // by)


@triton.jit
def smallest_by_minus_one(x_ptr, by_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) // tl.load(by_ptr + lanes))


@triton.jit
def blocks_of_no_width(x_ptr, y_ptr, n, width, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.int32)
    for _ in range(0, n // width):
        total += tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, total)


@triton.jit
def place_by_division(x_ptr, y_ptr, width, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    row = (lanes // width) & 3
    tl.store(y_ptr + lanes, tl.load(x_ptr + row))
