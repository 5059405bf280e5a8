"""Branches, early returns, functions, promises and assertions."""

import triton
import triton.language as tl


@triton.jit
def asserted(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # An assertion stops no release kernel.
    tl.device_assert((n >= 0) & (n < 64), "n")
    tl.store(p + n + tl.arange(0, B), 1.0)


@triton.jit
def asserted_lanes(p: "*fp32", q: "*i32", n: "i32", B: tl.constexpr = 16):
    i = tl.load(q + tl.arange(0, B))
    tl.device_assert((i >= 0) & (i < 64), "i")
    tl.store(p + i, 1.0)


@triton.jit
def assumed_in_branch(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    if m > 0:
        tl.assume(n < 16)
        tl.store(p + i, 1.0)
    tl.store(p + n + i, 1.0)


@triton.jit
def assumed_of_other(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    tl.assume(m > n)
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i + n, 1.0, mask=i < m - n)


@triton.jit
def assumed_after(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    tl.store(p + n + tl.arange(0, B), 1.0)
    tl.assume(n >= 0)
    tl.assume(n < 100)


@triton.jit
def assumed_in_loop(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    for k in range(0, n):
        tl.assume(k < 10)
        tl.store(p + k * B + tl.arange(0, B), 1.0, mask=k < m)


@triton.jit
def promised_multiple(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    start = tl.multiple_of(n, 16)
    tl.store(p + start // 16 * 16 + tl.arange(0, B), 1.0)


@triton.jit
def promised_contiguous(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.max_contiguous(tl.arange(0, B) * n, 16)
    tl.store(p + i, 1.0)


@triton.jit
def promised_constant(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    mask = tl.max_constancy(i < n, 4)
    tl.store(p + i, 1.0, mask=mask)


@triton.jit
def promised_lanes(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = (m + tl.program_id(0) * B + tl.arange(0, B)) % n
    i = tl.max_contiguous(tl.multiple_of(i, B), B)
    tl.store(p + i, 1.0)


@triton.jit
def promised_argument(p: "*fp32/16", n: "i32/16", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i < n)


@triton.jit
def returns_early_by_other_axis(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    if tl.program_id(1) * B >= n:
        return
    tl.store(p + tl.program_id(0) * B + tl.arange(0, B), 1.0)


@triton.jit
def returns_early_twice(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    pid = tl.program_id(0)
    if pid > n:
        return
    if pid < m:
        return
    tl.store(p + (pid - m) * B + tl.arange(0, B), 1.0)
    tl.store(p + n * B - pid * B + tl.arange(0, B), 1.0)


@triton.jit
def returns_early_after_store(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    pid = tl.program_id(0)
    tl.store(p + pid, 1.0)
    if pid >= n:
        return
    tl.store(p + pid * B + tl.arange(0, B), 1.0)


@triton.jit
def returns_early_by_either(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    pid = tl.program_id(0)
    if (pid >= n) and (pid >= m):
        return
    tl.store(p + pid * B + tl.arange(0, B), 1.0)


@triton.jit
def other_side_of_branch(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    if n < m:
        o = n
    else:
        o = m
    if n >= m:
        tl.store(p + o + tl.arange(0, B), 1.0, mask=n < 64)
    else:
        tl.store(p + m + tl.arange(0, B), 1.0, mask=o < 64)


@triton.jit
def pointers_by_branch(p: "*fp32", q: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    if n > 0:
        r = p + n
    else:
        r = q + m
    tl.store(r + tl.arange(0, B), 1.0)


@triton.jit
def pointers_by_lane(p: "*fp32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Each side has its own lanes.
    i = tl.program_id(0) * B + tl.arange(0, B)
    r = tl.where(i < n, p + i, q + (n - i))
    tl.store(r, 1.0)


@triton.jit
def null_when_unused(p: "*fp32", q: "*fp32", n: "i32", has: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    mask = (i < n) & (has != 0)
    x = tl.load(q + i, mask=mask, other=0.0)
    if has > 0:
        x += tl.load(q + i + 1, mask=i < n, other=0.0)
    tl.store(p + i, x, mask=i < n)


@triton.jit(noinline=True)
def _apart(p, start, n, B: tl.constexpr):
    i = start + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i < n)


@triton.jit(noinline=True)
def _index(i, n):
    if n > 3:
        return i * n
    return i - n


@triton.jit(noinline=True)
def _bumped(p, n):
    return p + n


@triton.jit
def call_with_swapped(p: "*fp32", q: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    start = tl.program_id(0) * B
    _apart(p, start, n, B)
    _apart(q, start - 1, m, B)
    _apart(p, start, m, B)


@triton.jit
def call_for_index(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    tl.store(p + _index(tl.program_id(0), n) + tl.arange(0, B), 1.0)


@triton.jit
def call_for_pointer(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    q = p
    for _ in range(0, n):
        q = _bumped(q, B)
    tl.store(q + tl.arange(0, B), 1.0)


@triton.jit
def two_flags(p: "*fp32", n: "i32", a: "i1", b: "i1", B: tl.constexpr = 16):
    o = a.to(tl.int32) * n - b.to(tl.int32)
    tl.store(p + o + tl.arange(0, B), 1.0)


@triton.jit
def flag_compared(p: "*fp32", n: "i32", a: "i1", B: tl.constexpr = 16):
    if a > 0:
        tl.store(p + n + tl.arange(0, B), 1.0)
    else:
        tl.store(p - n + tl.arange(0, B), 1.0)
