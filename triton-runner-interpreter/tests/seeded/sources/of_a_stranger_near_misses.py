"""Bugs whose right twin looks as wrong as they do: what is undefined, wrapped or infinite there goes nowhere."""
import triton
import triton.language as tl


@triton.jit
def rows_of_nothing_in_a_dot(a_ptr, b_ptr, c_ptr, rows, depth, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    a = tl.load(a_ptr + r * depth + c, mask=(r < rows) & (c < depth))
    b = tl.load(b_ptr + r * N + c)
    tl.store(c_ptr + r * N + c, tl.dot(a + 1.0, b), mask=r < rows)


@triton.jit
def rows_of_nothing_in_a_dot_fixed(a_ptr, b_ptr, c_ptr, rows, depth, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    a = tl.load(a_ptr + r * depth + c, mask=(r < rows) & (c < depth))
    a = tl.where(c < depth, a + 1.0, 0.0)
    b = tl.load(b_ptr + r * N + c)
    tl.store(c_ptr + r * N + c, tl.dot(a, b), mask=r < rows)


@triton.jit
def scan_down_the_wrong_axis(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    x = tl.load(x_ptr + r * C + c, mask=(r < rows) & (c < C))
    tl.store(y_ptr + r * C + c, tl.cumprod(x, axis=0, reverse=True), mask=(r < rows) & (c < C))


@triton.jit
def scan_down_the_wrong_axis_fixed(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    x = tl.load(x_ptr + r * C + c, mask=(r < rows) & (c < C))
    tl.store(y_ptr + r * C + c, tl.cumprod(x, axis=1, reverse=True), mask=(r < rows) & (c < C))


@triton.jit
def pairs_split_and_mixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes, half = tl.arange(0, BLOCK), tl.arange(0, BLOCK // 2)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    even, odd = tl.split(tl.reshape(x, [BLOCK // 2, 2]))
    tl.store(y_ptr + half, even * odd, mask=half * 2 < n)


@triton.jit
def pairs_split_and_mixed_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes, half = tl.arange(0, BLOCK), tl.arange(0, BLOCK // 2)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    even, odd = tl.split(tl.reshape(x, [BLOCK // 2, 2]))
    tl.store(y_ptr + half, tl.where(half * 2 + 1 < n, even * odd, even), mask=half * 2 < n)


@triton.jit
def gradient_added_for_padding(index_ptr, g_ptr, dw_ptr, n, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)[None, :]
    index = tl.load(index_ptr + t, mask=t < n, other=0)
    g = tl.load(g_ptr + t * D + d, mask=(t < n) & (d < D))
    tl.atomic_add(dw_ptr + index * D + d, g)


@triton.jit
def gradient_added_for_padding_fixed(index_ptr, g_ptr, dw_ptr, n, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)[None, :]
    index = tl.load(index_ptr + t, mask=t < n, other=0)
    g = tl.load(g_ptr + t * D + d, mask=(t < n) & (d < D))
    tl.atomic_add(dw_ptr + index * D + d, g, mask=(t < n) & (d < D))


@triton.jit
def sentinel_plus_one(next_ptr, x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    after = tl.load(next_ptr + lanes) + 1
    tl.store(y_ptr + lanes, tl.load(x_ptr + after, mask=(after >= 0) & (after < n), other=0.0))


@triton.jit
def sentinel_plus_one_fixed(next_ptr, x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    after = tl.load(next_ptr + lanes)
    tl.store(y_ptr + lanes, tl.load(x_ptr + after + 1, mask=after < n - 1, other=0.0))


@triton.jit
def lookback_with_the_flag_first(x_ptr, carry_ptr, flag_ptr, y_ptr, BLOCK: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + part * BLOCK + lanes)
    before = 0.0
    if part > 0:
        while tl.atomic_add(flag_ptr + part - 1, 0, sem="acquire") == 0:
            pass
        before = tl.load(carry_ptr + part - 1)
    tl.atomic_xchg(flag_ptr + part, 1, sem="release")
    tl.store(carry_ptr + part, before + tl.sum(x))
    tl.store(y_ptr + part * BLOCK + lanes, tl.cumsum(x) + before)


@triton.jit
def lookback_with_the_flag_first_fixed(x_ptr, carry_ptr, flag_ptr, y_ptr, BLOCK: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + part * BLOCK + lanes)
    before = 0.0
    if part > 0:
        while tl.atomic_add(flag_ptr + part - 1, 0, sem="acquire") == 0:
            pass
        before = tl.load(carry_ptr + part - 1)
    tl.store(carry_ptr + part, before + tl.sum(x))
    tl.debug_barrier()
    tl.atomic_xchg(flag_ptr + part, 1, sem="release")
    tl.store(y_ptr + part * BLOCK + lanes, tl.cumsum(x) + before)


@triton.jit
def lock_let_go_by_a_store(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    total = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    while tl.atomic_cas(lock_ptr, 0, 1) == 1:
        pass
    tl.store(out_ptr, tl.load(out_ptr) + total)
    tl.debug_barrier()
    tl.store(lock_ptr, 0)


@triton.jit
def lock_let_go_by_a_store_fixed(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    total = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    while tl.atomic_cas(lock_ptr, 0, 1, sem="acquire") == 1:
        pass
    tl.store(out_ptr, tl.load(out_ptr) + total)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0, sem="release")


@triton.jit
def lock_taken_relaxed(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    total = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    while tl.atomic_cas(lock_ptr, 0, 1, sem="relaxed") == 1:
        pass
    tl.store(out_ptr, tl.load(out_ptr) + total)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0, sem="release")


@triton.jit
def lock_taken_relaxed_fixed(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    total = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    while tl.atomic_cas(lock_ptr, 0, 1, sem="acquire") == 1:
        pass
    tl.store(out_ptr, tl.load(out_ptr) + total)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0, sem="acq_rel")


@triton.jit
def banned_tokens_and_their_sum(x_ptr, banned_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    banned = tl.load(banned_ptr + lanes) > 0
    x = tl.where(banned, -float("inf"), tl.load(x_ptr + row * N + lanes))
    tl.store(y_ptr + row * N + lanes, x - tl.sum(x, axis=0))


@triton.jit
def banned_tokens_and_their_sum_fixed(x_ptr, banned_ptr, y_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    banned = tl.load(banned_ptr + lanes) > 0
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(y_ptr + row * N + lanes, tl.where(banned, -float("inf"), x - tl.sum(x, axis=0)))


@triton.jit
def product_of_a_shape(shape_ptr, x_ptr, y_ptr, AXES: tl.constexpr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    count = 1
    for axis in range(0, AXES):
        count = count * tl.load(shape_ptr + axis)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < count)


@triton.jit
def product_of_a_shape_fixed(shape_ptr, x_ptr, y_ptr, AXES: tl.constexpr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    count = tl.full([], 1, tl.int64)
    for axis in range(0, AXES):
        count = count * tl.load(shape_ptr + axis)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < count)
