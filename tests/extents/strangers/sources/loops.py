"""Loops: what they carry, how often they run, and what is known when they end."""

import triton
import triton.language as tl


@triton.jit
def one_too_many(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    for k in range(0, n + 1):
        tl.store(p + k * B + tl.arange(0, B), 1.0)


@triton.jit
def previous_value(p: "*fp32", n: "i32", far: "i32", B: tl.constexpr = 16):
    # What is stored at is the value of the iteration before, and at first `far`.
    before = far
    for k in range(0, n):
        tl.store(p + before + tl.arange(0, B), 1.0)
        before = k * B


@triton.jit
def value_before_previous(p: "*fp32", n: "i32", a: "i32", b: "i32"):
    # Three in a circle.
    first = a
    second = b
    for k in range(0, n):
        tl.store(p + first, 1.0)
        first = second
        second = k * 7


@triton.jit
def sums_of_the_last_two(p: "*fp32", n: "i32"):
    a = 0
    b = 1
    for _ in range(0, n):
        tl.store(p + a, 1.0)
        a, b = b, a + b


@triton.jit
def mask_of_next(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # The mask of an iteration is that of the one before.
    i = tl.arange(0, B)
    mask = i < n
    for k in range(0, 4):
        tl.store(p + k * B + i, 1.0, mask=mask)
        mask = k * B + i < n


@triton.jit
def fetched_ahead(p: "*fp32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    x = tl.load(p + i, mask=i < n, other=0.0)
    for k in range(0, n, B):
        y = x
        x = tl.load(p + k + B + i, mask=k + i < n, other=0.0)
        tl.store(q + k + i, y, mask=k + i < n)


@triton.jit
def bumped_before(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    q = p + tl.arange(0, B)
    for k in range(0, n, B):
        q += B
        tl.store(q, 1.0, mask=k + tl.arange(0, B) < n)


@triton.jit
def bumped_by_stride(p: "*fp32", n: "i32", stride: "i32", B: tl.constexpr = 16):
    q = p + tl.arange(0, B)
    for _ in range(0, n):
        tl.store(q, 1.0)
        q += stride


@triton.jit
def bumped_backwards(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    q = p + n * B + tl.arange(0, B)
    for _ in range(0, n + 1):
        q -= B
        tl.store(q, 1.0)


@triton.jit
def bumped_offset_wraps(p: "*fp32", n: "i32", step: "i32"):
    # The offset is bumped in i32.
    o = 0
    for _ in range(0, n):
        tl.store(p + o, 1.0, mask=o < 200)
        o += step


@triton.jit
def bumped_by_growing(p: "*fp32", n: "i32"):
    o = 0
    step = 1
    for _ in range(0, n):
        tl.store(p + o, 1.0)
        o += step
        step += 3


@triton.jit
def bumped_in_one_branch(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    o = 0
    for k in range(0, n):
        if k < m:
            o += B
        else:
            o -= B
        tl.store(p + o + tl.arange(0, B), 1.0)


@triton.jit
def bumped_in_inner_loop(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    q = p + tl.arange(0, B)
    for k in range(0, n):
        for _ in range(k, m):
            tl.store(q, 1.0)
            q += B
        q -= B


@triton.jit
def rewound_wrongly(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    q = p + tl.arange(0, B)
    for _ in range(0, n):
        for _ in range(0, m):
            tl.store(q, 1.0)
            q += B
        q -= (m - 1) * B


@triton.jit
def triangle(p: "*fp32", n: "i32"):
    for i in range(0, n):
        for j in range(i, n):
            tl.store(p + (j - i) * n + i, 1.0)


@triton.jit
def triangle_of_wrong_side(p: "*fp32", n: "i32"):
    for i in range(0, n):
        for j in range(n - i, n + i):
            tl.store(p + j - i - 1, 1.0)


@triton.jit
def after_no_iteration(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    # The loop doesn't run and m stays.
    o = m
    for k in range(0, n):
        o = k * B
    tl.store(p + o + tl.arange(0, B), 1.0)


@triton.jit
def after_the_last_bump(p: "*fp32", n: "i32", step: "i32"):
    o = 0
    for _ in range(3, n, 5):
        o += step
    tl.store(p + o, 1.0)


@triton.jit
def descending(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    for k in range(n, -1, -1):
        tl.store(p + k * B + tl.arange(0, B), 1.0)


@triton.jit
def descending_too_far(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    for k in range(n - 1, -2, -1):
        tl.store(p + k * B + tl.arange(0, B), 1.0)


@triton.jit
def over_programs(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # The tiles go to n rounded up.
    tiles = tl.cdiv(n, B)
    for t in range(tl.program_id(0), tiles, tl.num_programs(0)):
        tl.store(p + t * B + tl.arange(0, B), 1.0, mask=t * B + tl.arange(0, B) <= n)


@triton.jit
def over_programs_of_other_axis(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    for t in range(tl.program_id(0), n, tl.num_programs(1)):
        tl.store(p + (t // tl.num_programs(0)) * B + tl.program_id(0) * n + tl.arange(0, B), 1.0)


@triton.jit
def past_the_largest(p: "*fp32", start: "i32", step: "i32", B: tl.constexpr = 16):
    # The counter wraps and goes on below.
    for k in range(start, 2147483600, step):
        if k < 1000:
            tl.store(p + k + tl.arange(0, B), 1.0)


@triton.jit
def while_below(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    o = 0
    while o <= n:
        tl.store(p + o + tl.arange(0, B), 1.0)
        o += B


@triton.jit
def while_unequal(p: "*fp32", n: "i32"):
    # It passes an odd n.
    o = 0
    while (o != n) & (o < 1000):
        tl.store(p + o, 1.0)
        o += 2


@triton.jit
def while_halving(p: "*fp32", n: "i32"):
    w = n
    while w > 0:
        tl.store(p + w, 1.0)
        w = w // 2


@triton.jit
def while_doubling(p: "*fp32", n: "i32"):
    w = 1
    while w < n:
        tl.store(p + w * 2 - 1, 1.0)
        w = w * 2


@triton.jit
def while_searching(p: "*i32", q: "*fp32", n: "i32", key: "i32"):
    low = 0
    high = n
    while low < high:
        mid = (low + high) // 2
        if tl.load(p + mid) < key:
            low = mid + 1
        else:
            high = mid
    tl.store(q + low, 1.0)


@triton.jit
def while_pointer_chases(p: "*i32", n: "i32"):
    o = 0
    k = 0
    while k < n:
        o = tl.load(p + o)
        k += 1


@triton.jit
def bound_in_loop_only(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # What bounds the counter inside says nothing of what comes after.
    last = 0
    for k in range(0, 1000):
        if k < n:
            tl.store(p + k, 1.0)
        last = k
    tl.store(p + last, 1.0)


@triton.jit
def pointers_in_turn(p: "*fp32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    a = p + tl.arange(0, B)
    b = q + tl.arange(0, B)
    for _ in range(0, n):
        tl.store(a, 1.0)
        a, b = b + B, a


@triton.jit
def flag_once_set(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    done = 0
    for k in range(0, 20):
        if done == 0:
            tl.store(p + k * B + tl.arange(0, B), 1.0)
        if k >= n:
            done = 1


@triton.jit
def counter_of_iterations_with_mask(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    count = 0
    for k in range(0, 50):
        if (k % 3) < n:
            count += 1
    tl.store(p + count + tl.arange(0, B), 1.0, mask=count < 40)


@triton.jit
def strided_descriptor_of_rows(p: "*fp32", n: "i32", m: "i32", stride: "i32", B: tl.constexpr = 16):
    rows = p + tl.program_id(0) * stride
    for c in range(0, m, B):
        i = c + tl.arange(0, B)
        x = tl.load(rows + i, mask=i < m, other=0.0)
        tl.store(rows + i + n, x, mask=i < m)
