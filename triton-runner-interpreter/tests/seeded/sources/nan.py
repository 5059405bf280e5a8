"""Numbers that stop to be any."""
import triton
import triton.language as tl


@triton.jit
def logarithm_of_zero(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.log(tl.load(x_ptr + lanes)))


@triton.jit
def logarithm_of_zero_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.log(tl.load(x_ptr + lanes) + 1e-6))


@triton.jit
def mean_of_nothing(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(y_ptr + row * N + lanes, x / tl.sum(x, axis=0))


@triton.jit
def mean_of_nothing_fixed(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(y_ptr + row * N + lanes, x / (tl.sum(x, axis=0) + 1.0))


@triton.jit
def root_of_a_negative(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.sqrt(tl.load(x_ptr + lanes) - 1.0))


@triton.jit
def root_of_a_negative_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.sqrt(tl.maximum(tl.load(x_ptr + lanes) - 1.0, 0.0)))


@triton.jit
def too_large_for_half(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, (x * x * 100.0).to(tl.float16))


@triton.jit
def too_large_for_half_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, tl.minimum(x * x * 100.0, 65504.0).to(tl.float16))


@triton.jit
def softmax_of_a_masked_row(x_ptr, length_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes, mask=lanes < tl.load(length_ptr + row), other=-float("inf"))
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(y_ptr + row * N + lanes, e / tl.sum(e, axis=0))


@triton.jit
def softmax_of_a_masked_row_fixed(x_ptr, length_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    length = tl.load(length_ptr + row)
    x = tl.load(x_ptr + row * N + lanes, mask=lanes < length, other=-float("inf"))
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(y_ptr + row * N + lanes, tl.where(length > 0, e / tl.sum(e, axis=0), 0.0))


@triton.jit
def softmax_without_maximum(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    e = tl.exp(tl.load(x_ptr + row * N + lanes) * 100.0)
    tl.store(y_ptr + row * N + lanes, e / tl.sum(e, axis=0))


@triton.jit
def softmax_without_maximum_fixed(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes) * 100.0
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(y_ptr + row * N + lanes, e / tl.sum(e, axis=0))


@triton.jit
def norm_without_epsilon(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(y_ptr + row * N + lanes, x * tl.rsqrt(tl.sum(x * x, axis=0) / N))


@triton.jit
def norm_without_epsilon_fixed(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(y_ptr + row * N + lanes, x * tl.rsqrt(tl.sum(x * x, axis=0) / N + 1e-6))
