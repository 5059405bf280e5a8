"""Masks that are on the wrong value, or wrong."""

import triton
import triton.language as tl


@triton.jit
def transposed_mask(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8, C: tl.constexpr = 8):
    r = tl.program_id(0) * B + tl.arange(0, B)
    c = tl.arange(0, C)
    mask = (r[None, :] < m) & (c[:, None] < n)
    tl.store(p + r[:, None] * n + c[None, :], 1.0, mask=mask)


@triton.jit
def transposed_twice(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    r = tl.arange(0, B)
    mask = tl.trans((r[:, None] < m) & (r[None, :] < n))
    tl.store(tl.trans(p + r[:, None] * n + r[None, :]), 1.0, mask=tl.trans(mask))


@triton.jit
def wrong_stride_of_mask(p: "*fp32", m: "i32", n: "i32", stride: "i32", B: tl.constexpr = 8):
    # The stride isn't bounded by n.
    r = tl.program_id(0) * B + tl.arange(0, B)
    c = tl.arange(0, B)
    tl.store(p + r[:, None] * stride + c[None, :], 1.0, mask=(r[:, None] * n + c[None, :]) < m * n)


@triton.jit
def either_of_two(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=(i < m) | ((i < n) & (i >= m)))


@triton.jit
def neither_of_two(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=~((i >= m) & (i >= n)))


@triton.jit
def one_of_two(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=(i < m) ^ (i < n))


@triton.jit
def mask_as_number(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # The truth values are numbers, and 1 - 1 is false.
    i = tl.program_id(0) * B + tl.arange(0, B)
    bad = 1 - (i < n).to(tl.int32)
    tl.store(p + i, 1.0, mask=bad != 0)


@triton.jit
def mask_of_sum(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    both = (i < m).to(tl.int32) + (i < n).to(tl.int32)
    tl.store(p + i, 1.0, mask=both > 0)


@triton.jit
def mask_chosen(p: "*fp32", m: "i32", n: "i32", flag: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    mask = tl.where(flag > 0, i < m, i < n)
    tl.store(p + i, 1.0, mask=mask)


@triton.jit
def mask_chosen_by_lane(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    mask = tl.where(i < m, i >= 0, i < n)
    tl.store(p + i, 1.0, mask=mask)


@triton.jit
def mask_negative(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Nothing holds it from below.
    i = tl.program_id(0) * B + tl.arange(0, B) - n
    tl.store(p + i, 1.0, mask=i < 32)


@triton.jit
def mask_on_quotient(p: "*fp32", n: "i32", d: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i // d < n)


@triton.jit
def mask_on_quotient_of_negative(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Of -7 to 7 the quotient is 0.
    i = n + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i // 8 == 0)


@triton.jit
def mask_on_remainder(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i % 7 < n)


@triton.jit
def mask_on_double(p: "*fp32", n: "i32", start: "i32", B: tl.constexpr = 16):
    # 2 * i wraps before it is compared.
    i = start + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=(i * 2 < n) & (i >= 0))


@triton.jit
def mask_on_square(p: "*fp32", n: "i32", start: "i32", B: tl.constexpr = 16):
    i = start + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i * i < n)


@triton.jit
def mask_on_shift(p: "*fp32", n: "i32", start: "i32", B: tl.constexpr = 16):
    i = start + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=((i << 3) < n) & (i > 0))


@triton.jit
def mask_on_low_bits(p: "*fp32", n: "i32", start: "i32", B: tl.constexpr = 16):
    i = start + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=(i & 63) < n)


@triton.jit
def mask_on_minimum(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=tl.minimum(i, m) < n)


@triton.jit
def mask_on_maximum(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B) - 20
    tl.store(p + i, 1.0, mask=tl.maximum(i, m) < n)


@triton.jit
def mask_of_any(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # One lane inside, and all store.
    i = tl.program_id(0) * B + tl.arange(0, B)
    inside = tl.max((i < n).to(tl.int32), axis=0)
    if inside > 0:
        tl.store(p + i, 1.0)


@triton.jit
def mask_of_all(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    inside = tl.min((i < n).to(tl.int32), axis=0)
    if inside > 0:
        tl.store(p + i, 1.0)


@triton.jit
def mask_from_memory(p: "*fp32", q: "*i32", n: "i32", B: tl.constexpr = 16):
    # Another lane's index is bounded than the one that is stored at.
    i = tl.arange(0, B)
    mine = tl.load(q + i)
    other = tl.load(q + (B - 1 - i))
    tl.store(p + mine, 1.0, mask=(other >= 0) & (other < n))


@triton.jit
def mask_from_second_load(p: "*i32", n: "i32", B: tl.constexpr = 16):
    # What is loaded again isn't what was loaded.
    i = tl.arange(0, B)
    first = tl.load(p + i)
    tl.store(p + i, 1000)
    second = tl.load(p + i)
    tl.store(p + second, 1, mask=(first >= 0) & (first < n))


@triton.jit
def masked_by_bytes(p: "*fp32", q: "*i1", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    yes = tl.load(q + i)
    tl.store(p + yes.to(tl.int32) * 50 + i, 1.0)


@triton.jit
def mask_joined_of_two_axes(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    # i + j is bounded, one of them alone isn't... unless both are.
    i = tl.program_id(0) * B + tl.arange(0, B)
    j = tl.program_id(1) * B + tl.arange(0, B)
    tl.store(p + i[:, None] * 3 - j[None, :], 1.0, mask=(i[:, None] + j[None, :]) < n)


@triton.jit
def mask_of_equal_rows(p: "*fp32", n: "i32", B: tl.constexpr = 8):
    i = tl.arange(0, B)
    j = tl.arange(0, B)
    tl.store(p + (i[:, None] - j[None, :]) * n, 1.0, mask=i[:, None] >= j[None, :])


@triton.jit
def mask_of_unequal(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i != n)


@triton.jit
def mask_equal_to_remainder(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = n + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i % m == i)
