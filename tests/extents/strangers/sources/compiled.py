"""What the compiler makes of a kernel touches more than the kernel says: nothing of it is seen in TTIR."""

import triton
import triton.language as tl


@triton.jit
def division_by_chosen(p: "*i32", n: "i32", m: "i32", B: tl.constexpr = 128):
    # LLVM: a division by 0 doesn't happen, so n > 0, so the mask is i < 100.
    i = tl.arange(0, B)
    on = n > 0
    mask = (i < 100) & on
    tl.store(p + i, tl.program_id(0) // tl.where(on, m, 0), mask=mask)


@triton.jit
def division_by_chosen_lanes(p: "*i32", m: "i32", n: "i32", B: tl.constexpr = 128):
    # The same by lanes: what is left of the mask is i != n.
    i = tl.program_id(0) * B + tl.arange(0, B)
    rows = i < m
    mask = rows & (i != n)
    tl.store(p + i, 1000 // tl.where(rows, i + 1, 0), mask=mask)


@triton.jit
def remainder_of_aligned_negative(p: "*fp32/16", n: "i32", B: tl.constexpr = 512):
    # -512 % 512 is 0, -511 % 512 is -511; the compiler takes aligned lanes for contiguous and stores four at a time.
    i = n * B + tl.arange(0, B)
    tl.store(p + B + i % B, 1.0)


@triton.jit
def remainder_of_negative_start(p: "*fp32/16", start: "i32/16", m: "i32/16", B: tl.constexpr = 512):
    i = start + tl.arange(0, B)
    tl.store(p + m + i % m, 1.0)


@triton.jit
def flattened(p: "*fp32", q: "*fp32", a: "i32", b: "i32", n: "i32", B: tl.constexpr = 16):
    # Made one loop, the inner one runs once where b is below a.
    i = tl.arange(0, B)
    for t in tl.range(0, n, flatten=True):
        sum = tl.zeros((B, ), tl.float32)
        for k in range(a, b):
            sum += tl.load(p + k + i)
        tl.store(q + t * B + i, sum)


@triton.jit
def flattened_matmul(a: "*fp16/16", q: "*fp32/16", k: "i32/16", n: "i32", B: tl.constexpr = 64):
    i = tl.arange(0, B)
    for t in tl.range(tl.program_id(0), n, tl.num_programs(0), flatten=True):
        sum = tl.zeros((B, B), tl.float32)
        for s in range(0, tl.cdiv(k, B)):
            x = tl.load(a + t * B * B + i[:, None] * B + s * B + i[None, :])
            sum = tl.dot(x, x, sum)
        tl.store(q + t * B * B + i[:, None] * B + i[None, :], sum)


@triton.jit
def fetched_past_the_largest(p: "*fp16/16", q: "*fp32/16", start: "i32", n: "i32", B: tl.constexpr = 16):
    # 18 steps ahead of the first the counter is past 2^31, so below n.
    i = tl.arange(0, B)
    o = i[:, None] * B + i[None, :]
    at = p + o
    sum = tl.zeros((B, B), tl.float32)
    for _ in tl.range(start, n, B, num_stages=20):
        x = tl.load(at)
        sum = tl.dot(x, x, sum)
        at += B * B
    tl.store(q + o, sum)


@triton.jit
def division_after_branch(p: "*i32", q: "*i32", n: "i32", m: "i32", B: tl.constexpr = 128):
    # LLVM: d isn't 0, so the branch is always taken.
    i = tl.arange(0, B)
    d = 0
    if n > 0:
        tl.store(p + i, 1)
        d = m
    tl.store(q + i, i // d)


@triton.jit
def division_after_loop(p: "*i32", q: "*i32", n: "i32", m: "i32", B: tl.constexpr = 128):
    # LLVM: d isn't 0, so the loop runs at least once, and ends where its counter is n.
    i = tl.arange(0, B)
    d = 0
    for k in range(0, n):
        tl.store(p + k * B + i, 1)
        d = m
    tl.store(q + i, i // d)


@triton.jit
def wider_lanes(p: "*i8/16", q: "*i32/16", B: tl.constexpr = 512):
    # Lanes that count up by bytes are taken for neighbours of four bytes each.
    i = tl.arange(0, B)
    tl.store(q + i, tl.load((p + i).to(tl.pointer_type(tl.int32))))


@triton.jit
def shifted_past_the_mask(p: "*i32/16", n: "i32", x: "i32", B: tl.constexpr = 128):
    # What comes of it is poison, and so is the mask.
    i = tl.arange(0, B)
    tl.store(p + i, 1, mask=(i < n) & ((x << 40) >= 0))


@triton.jit
def divided_ahead(a: "*fp16/16", q: "*fp32/16", n: "i32", m: "i32", B: tl.constexpr = 64):
    # The pipelined loop divides by n - k for iterations that don't take place.
    i = tl.arange(0, B)
    o = i[:, None] * B + i[None, :]
    s = tl.zeros((B, B), tl.float32)
    c = tl.maximum(n, 0)
    for k in range(0, c):
        x = tl.load(a + (m // (c - k)) * B * B + o)
        s = tl.dot(x, x, s)
    tl.store(q + o, s)


@triton.jit
def shifted_by_scalar(p: "*i32/16", n: "i32", s: "i32", B: tl.constexpr = 128):
    i = tl.arange(0, B)
    tl.store(p + i, 1 << s, mask=i < n)


@triton.jit
def wider_by_scalar(p: "*i8/16", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store((p + n).to(tl.pointer_type(tl.int32)) + i, 1)


@triton.jit
def fetched_twenty_ahead(p: "*fp32/16", start: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    for k in tl.range(start, n, B, num_stages=20):
        tl.store(p + i, 1.0)


@triton.jit
def divided_by_loaded(p: "*i32/16", q: "*i32/16", n: "i32", B: tl.constexpr = 128):
    i = tl.arange(0, B)
    d = tl.load(q + i, mask=i < n, other=1)
    tl.store(p + i, 1000 // d, mask=i < n)


@triton.jit
def divided_by_compared(p: "*i32/16", q: "*i32/16", n: "i32", B: tl.constexpr = 128):
    # LLVM: d isn't 0, so what isn't below 0 is at least 1.
    d = tl.load(q)
    tl.store(p, 1000 // d)
    if (d >= 0) & (d < n):
        tl.store(p + d - 1, 1)
