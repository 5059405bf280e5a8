"""Lanes that change places, and numbers that are made of many lanes."""

import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def running_sum(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.cumsum(tl.arange(0, B), 0)
    tl.store(p + i, 1.0, mask=tl.arange(0, B) < n)


@triton.jit
def running_count(p: "*fp32", q: "*i32", n: "i32", B: tl.constexpr = 16):
    # Compacted: up to B, not to B - 1.
    i = tl.arange(0, B)
    keep = (tl.load(q + i) > 0).to(tl.int32)
    tl.store(p + tl.cumsum(keep, 0), 1.0, mask=keep > 0)


@triton.jit
def running_maximum_from_the_end(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    j = tl.associative_scan(i * n, 0, _larger, reverse=True)
    tl.store(p + j, 1.0, mask=i < 3)


@triton.jit
def _larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def _bits(a, b):
    return a | b


@triton.jit
def _odd(a, b):
    return a + b + 1


@triton.jit
def reduced_by_or(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # The or of two numbers is more than both.
    i = tl.program_id(0) * B + tl.arange(0, B)
    all = tl.reduce(tl.where(i < n, i, 0), 0, _bits)
    tl.store(p + all, 1.0)


@triton.jit
def reduced_by_own(p: "*fp32", B: tl.constexpr = 16):
    all = tl.reduce(tl.arange(0, B), 0, _odd)
    tl.store(p + all, 1.0)


@triton.jit
def reduced_by_sum(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + tl.sum((i < n).to(tl.int32), 0), 1.0)


@triton.jit
def reduced_by_maximum(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + tl.max(tl.where(i < n, i, -1), 0), 1.0)


@triton.jit
def reduced_to_place(p: "*fp32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    at = tl.argmax(tl.load(q + i), 0)
    tl.store(p + at * n, 1.0)


@triton.jit
def reduced_along_other_axis(p: "*fp32", n: "i32", B: tl.constexpr = 8):
    i = tl.arange(0, B)[:, None] * n + tl.arange(0, B)[None, :]
    tl.store(p + tl.max(i, 0), 1.0, mask=tl.arange(0, B) < n)


@triton.jit
def flipped(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store(p + tl.flip(i, 0), 1.0, mask=i < n)


@triton.jit
def gathered(p: "*fp32", q: "*i32", n: "i32", B: tl.constexpr = 16):
    # The place to gather from is past the lanes.
    i = tl.arange(0, B)
    at = tl.load(q + i)
    tl.store(p + tl.gather(i * n, at, 0), 1.0)


@triton.jit
def gathered_by_scalar(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store(p + tl.gather(i * 3, i + n, 0), 1.0)


@triton.jit
def counted(p: "*fp32", q: "*i32", n: "i32", B: tl.constexpr = 16):
    # A bin has up to B.
    h = tl.histogram(tl.load(q + tl.arange(0, B)) & 7, 8)
    tl.store(p + h, 1.0)


@triton.jit
def interleaved(p: "*fp32", n: "i32", B: tl.constexpr = 8):
    i = tl.interleave(tl.arange(0, B), tl.arange(0, B) * n)
    tl.store(p + i, 1.0, mask=tl.arange(0, 2 * B) < 8)


@triton.jit
def joined_and_split(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 8):
    both = tl.join(tl.arange(0, B) * n, tl.arange(0, B) * m)
    a, b = tl.split(both)
    tl.store(p + a, 1.0, mask=b < 20)


@triton.jit
def folded(p: "*fp32", n: "i32", B: tl.constexpr = 32):
    i = tl.arange(0, B)
    j = tl.reshape(i, (4, 8))
    k = tl.reshape(tl.trans(j), (B, ))
    tl.store(p + k, 1.0, mask=i < n)


@triton.jit
def folded_mask(p: "*fp32", n: "i32", m: "i32", A: tl.constexpr = 4, B: tl.constexpr = 8):
    i = tl.reshape(tl.arange(0, A * B), (B, A))
    r = tl.arange(0, B)[:, None] * n + tl.arange(0, A)[None, :]
    tl.store(p + r, 1.0, mask=i < m)


@triton.jit
def in_three_dimensions(p: "*fp32", a: "i32", b: "i32", c: "i32", n: "i32", B: tl.constexpr = 4):
    i = tl.arange(0, B)
    x = i[:, None, None] * a + i[None, :, None] * b + i[None, None, :] * c
    y = tl.permute(x, (1, 2, 0))
    mask = (i[:, None, None] < n) & (i[None, :, None] < 3)
    tl.store(p + y, 1.0, mask=mask & (i[None, None, :] < 2))


@triton.jit
def catenated(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Lanes of tl.cat may change places.
    i = tl.cat(tl.arange(0, B), tl.arange(0, B) * n, can_reorder=True)
    tl.store(p + i, 1.0, mask=tl.arange(0, 2 * B) < B)


@triton.jit
def product_of_matrices(p: "*fp32", q: "*i8", n: "i32", B: tl.constexpr = 32):
    i = tl.arange(0, B)
    a = tl.load(q + i[:, None] * B + i[None, :])
    tl.store(p + tl.dot(a, a), 1.0)


@triton.jit
def counted_bits(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = libdevice.popc(n + tl.arange(0, B))
    tl.store(p + i, 1.0)


@triton.jit
def leading_zeros(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = 31 - libdevice.clz(n + tl.arange(0, B))
    tl.store(p + i, 1.0)


@triton.jit
def assembled(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.inline_asm_elementwise("shl.b32 $0, $1, 3;", "=r,r", [tl.arange(0, B)], dtype=tl.int32, is_pure=True,
                                  pack=1)
    tl.store(p + i, 1.0, mask=tl.arange(0, B) < n)


@triton.jit
def broadcast_rows(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 8):
    i = tl.arange(0, B)
    row = tl.broadcast_to(i[:, None] * n, (B, B))
    column = tl.broadcast_to(i[None, :] * m, (B, B))
    tl.store(p + row, 1.0, mask=column < 8)
