"""Bugs in numbers: scans, accumulators, conversions, loop bounds."""
import triton
import triton.language as tl


@triton.jit
def times(a, b):
    return a * b


@triton.jit
def product_of_padding(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    tl.store(out_ptr, tl.reduce(x, 0, times))


@triton.jit
def product_of_padding_fixed(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=1.0)
    tl.store(out_ptr, tl.reduce(x, 0, times))


@triton.jit
def fallback_that_has_no_value(x_ptr, bias_ptr, y_ptr, n, m, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    bias = tl.load(bias_ptr + lanes, mask=lanes < m)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes, mask=lanes < n, other=bias))


@triton.jit
def fallback_that_has_no_value_fixed(x_ptr, bias_ptr, y_ptr, n, m, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    bias = tl.load(bias_ptr + lanes, mask=lanes < m)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=bias)
    tl.store(y_ptr + lanes, tl.where((lanes < n) | (lanes < m), x, 0.0))


@triton.jit
def factorials_without_end(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.cumprod(tl.load(x_ptr + lanes) + 1.0, axis=0))


@triton.jit
def factorials_without_end_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.cumsum(tl.log(tl.load(x_ptr + lanes) + 1.0), axis=0))


@triton.jit
def bias_masked_by_a_product(x_ptr, valid_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.log(tl.load(x_ptr + lanes))
    tl.store(y_ptr + lanes, x * tl.load(valid_ptr + lanes))


@triton.jit
def bias_masked_by_a_product_fixed(x_ptr, valid_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.log(tl.load(x_ptr + lanes))
    tl.store(y_ptr + lanes, tl.where(x > -1e30, x, 0.0) * tl.load(valid_ptr + lanes))


@triton.jit
def temperature_of_zero(x_ptr, y_ptr, temperature, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes) / temperature
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(y_ptr + row * N + lanes, e / tl.sum(e, axis=0))


@triton.jit
def dot_of_large_halves(a_ptr, b_ptr, c_ptr, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    a, b = tl.load(a_ptr + r * N + c), tl.load(b_ptr + r * N + c)
    tl.store(c_ptr + r * N + c, tl.dot(a, b).to(tl.float16))


@triton.jit
def dot_of_large_halves_fixed(a_ptr, b_ptr, c_ptr, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    a, b = tl.load(a_ptr + r * N + c), tl.load(b_ptr + r * N + c)
    tl.store(c_ptr + r * N + c, tl.clamp(tl.dot(a, b), -65504.0, 65504.0).to(tl.float16))


@triton.jit
def distance_of_far_positions(at_ptr, x_ptr, y_ptr, window, B: tl.constexpr):
    lanes = tl.arange(0, B)
    apart = tl.load(at_ptr + lanes) - tl.load(at_ptr)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=apart < window)


@triton.jit
def distance_of_far_positions_fixed(at_ptr, x_ptr, y_ptr, window, B: tl.constexpr):
    lanes = tl.arange(0, B)
    apart = tl.load(at_ptr + lanes).to(tl.int64) - tl.load(at_ptr)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=apart < window)


@triton.jit
def rounded_up_past_the_largest(x_ptr, y_ptr, n, PIECE: tl.constexpr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < tl.cdiv(n, PIECE))


@triton.jit
def rounded_up_past_the_largest_fixed(x_ptr, y_ptr, n, PIECE: tl.constexpr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < (n - 1) // PIECE + 1)


@triton.jit
def pieces_of_no_size(x_ptr, y_ptr, n, piece, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.int32)
    if tl.cdiv(n, piece) > 2:
        total += tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, total)


@triton.jit
def pointers_promised_in_two_axes(x_ptr, y_ptr, stride, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    offs = tl.multiple_of(r * stride * 2, (1, 16))
    tl.store(y_ptr + r * C + c, tl.load(x_ptr + offs + c))


@triton.jit
def columns_of_a_gather(order_ptr, x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)
    order = tl.max_contiguous(tl.load(order_ptr + c), 8)
    tl.store(y_ptr + r * C + c[None, :], tl.load(x_ptr + r * C + order[None, :]))


@triton.jit
def kept_only_above_the_best(x_ptr, best_ptr, y_ptr, steps, N: tl.constexpr):
    lanes, best = tl.arange(0, N), -1.0
    for step in range(0, steps):
        x = tl.load(x_ptr + step * N + lanes)
        if tl.max(x, axis=0) > 40.0 + best:
            best = tl.max(x, axis=0)
            tl.store(best_ptr + lanes, x)
    tl.debug_barrier()
    tl.store(y_ptr + lanes, tl.load(best_ptr + lanes))


@triton.jit
def stops_at_the_first_empty_row(length_ptr, x_ptr, y_ptr, rows, N: tl.constexpr):
    row, lanes = 0, tl.arange(0, N)
    while (row < rows) & (tl.load(length_ptr + row, mask=row < rows, other=0) > 0):
        tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * N + lanes))
        row += 1


@triton.jit
def ratio_that_is_no_number(x_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    ratio = x / tl.sum(x, axis=0)
    tl.device_assert(ratio == ratio, "not a number")
    tl.store(y_ptr + row * N + lanes, tl.where(ratio == ratio, ratio, 0.0))


@triton.jit
def interleaved_and_folded(x_ptr, y_ptr, HALF: tl.constexpr):
    i = tl.arange(0, HALF)
    both = tl.interleave(tl.load(x_ptr + i), tl.load(x_ptr + HALF + i))
    tl.store(y_ptr + tl.arange(0, 2 * HALF) % HALF, both)


@triton.jit
def interleaved_and_folded_fixed(x_ptr, y_ptr, HALF: tl.constexpr):
    i = tl.arange(0, HALF)
    both = tl.interleave(tl.load(x_ptr + i), tl.load(x_ptr + HALF + i))
    tl.store(y_ptr + tl.arange(0, 2 * HALF), both)
