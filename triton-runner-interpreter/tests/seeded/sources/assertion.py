"""`tl.device_assert`."""
import triton
import triton.language as tl


@triton.jit
def index_in_range(index_ptr, table_ptr, y_ptr, size, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    index = tl.load(index_ptr + lanes)
    tl.device_assert((index >= 0) & (index < size), "index out of the table")
    tl.store(y_ptr + lanes, tl.load(table_ptr + index))


@triton.jit
def rows_fit(x_ptr, y_ptr, cols, BLOCK: tl.constexpr):
    tl.device_assert(cols <= BLOCK, "a row must fit a block")
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + lanes, mask=lanes < cols, other=0.0)
    tl.store(y_ptr + row * cols + lanes, x, mask=lanes < cols)


@triton.jit
def sums_to_one(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.device_assert(tl.sum(x, axis=0) < 100.0, "weights are too large")
    tl.store(y_ptr + row * N + lanes, x)


@triton.jit
def every_step_shrinks(x_ptr, y_ptr, steps, N: tl.constexpr):
    lanes = tl.arange(0, N)
    x = tl.load(x_ptr + lanes)
    for step in range(0, steps):
        x = x - 1.0
        tl.device_assert(x > -4.0, "went too far")
    tl.store(y_ptr + lanes, x)


@triton.jit
def no_negative(x_ptr, y_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs)
    tl.device_assert(x >= 0.0, "negative")
    tl.store(y_ptr + offs, tl.sqrt(x))
