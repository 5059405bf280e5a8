"""Offsets that go wrong on their way to an address."""

import triton
import triton.language as tl


@triton.jit
def absolute_value(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # |-2^31| is -2^31.
    i = tl.abs(n + tl.arange(0, B))
    tl.store(p + i, 1.0, mask=i < 64)


@triton.jit
def absolute_of_difference(p: "*fp32", q: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store(p + tl.abs(i * n - m), tl.load(q + i))


@triton.jit
def narrow_counter(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Of 128 programs and more, the lanes' i8 is negative.
    i = (tl.program_id(0) * B + tl.arange(0, B)).to(tl.int8)
    tl.store(p + i, 1.0, mask=i < n)


@triton.jit
def narrow_product(p: "*fp32", a: "i16", b: "i16"):
    tl.store(p + (a * b), 1.0)


@triton.jit
def wide_mask_narrow_index(p: "*fp32", n: "i64", B: tl.constexpr = 16):
    wide = tl.program_id(0).to(tl.int64) * n + tl.arange(0, B)
    tl.store(p + wide.to(tl.int32), 1.0, mask=wide < 4 * n)


@triton.jit
def narrow_mask_wide_index(p: "*fp32", start: "i64", n: "i32", B: tl.constexpr = 16):
    wide = start + tl.arange(0, B)
    narrow = wide.to(tl.int32)
    tl.store(p + wide, 1.0, mask=(narrow >= 0) & (narrow < n))


@triton.jit
def unsigned_argument(p: "*fp32", n: "u32", B: tl.constexpr = 16):
    # n is widened without its sign.
    i = tl.arange(0, B).to(tl.int64) + n
    tl.store(p + i, 1.0)


@triton.jit
def unsigned_bound(p: "*fp32", n: "u32", B: tl.constexpr = 16):
    i = (tl.program_id(0) * B + tl.arange(0, B)).to(tl.uint32)
    tl.store(p + i, 1.0, mask=i < n)


@triton.jit
def unsigned_difference(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Below n the difference is large, not negative.
    i = (tl.arange(0, B) - n).to(tl.uint32)
    tl.store(p + i, 1.0, mask=i < 40)


@triton.jit
def wide_wrap(p: "*fp32", stride: "i64", rows: "i64", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store(p + rows * stride + i, 1.0)


@triton.jit
def wide_wrap_of_three(p: "*fp32", a: "i64", b: "i64", c: "i64"):
    if a > 0 and b > 0 and c > 0:
        tl.store(p + a * b * c, 1.0)


@triton.jit
def remainder_with_negative_divisor(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = (tl.program_id(0) * B + tl.arange(0, B) - 8) % n
    tl.store(p + i, 1.0)


@triton.jit
def quotient_of_lowest(p: "*fp32", n: "i32", m: "i32"):
    # -2^31 // -1 doesn't fit.
    if n < 0:
        if m < 0:
            tl.store(p + n // m, 1.0)


@triton.jit
def wide_remainder(p: "*fp32", n: "i64", m: "i64", B: tl.constexpr = 16):
    i = n + tl.arange(0, B)
    tl.store(p + i % m, 1.0, mask=i >= 0)


@triton.jit
def rounded_up(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # n + 15 wraps.
    blocks = tl.cdiv(n, B)
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i < blocks * B)


@triton.jit
def shifted_too_far(p: "*fp32", by: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B) << by
    tl.store(p + i, 1.0, mask=i < 100)


@triton.jit
def power_of_two(p: "*fp32", by: "i32", B: tl.constexpr = 16):
    one = by * 0 + 1
    n = one << by
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + (i & (n - 1)), 1.0)


@triton.jit
def low_bits_of_scalar(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # n is no power of two, or 0.
    i = tl.program_id(0) * B + tl.arange(0, B) - 3
    tl.store(p + (i & (n - 1)), 1.0)


@triton.jit
def swizzled(p: "*fp32", s: "i32", n: "i32", B: tl.constexpr = 16):
    # The mask is on what isn't swizzled.
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + (i ^ s), 1.0, mask=i < n)


@triton.jit
def swizzled_by_lane(p: "*fp32", B: tl.constexpr = 16):
    r = tl.arange(0, B)
    c = tl.arange(0, B)
    i = r[:, None] * 20 + (c[None, :] ^ (r[:, None] + 9))
    tl.store(p + i, 1.0)


@triton.jit
def joined_bits(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = (tl.program_id(0) * n) | tl.arange(0, B)
    tl.store(p + i, 1.0)


@triton.jit
def inverted_bits(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = ~(n - tl.arange(0, B))
    tl.store(p + i, 1.0)


@triton.jit
def aligned_down(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = (n + tl.arange(0, B)) & -8
    tl.store(p + i, 1.0, mask=n + tl.arange(0, B) > 3)


@triton.jit
def through_float(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = (tl.program_id(0) * B + tl.arange(0, B)).to(tl.float32)
    tl.store(p + (i * 0.5).to(tl.int32), 1.0, mask=i < n)


@triton.jit
def mask_through_float(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # 2^24 + 1 isn't a number of f32.
    i = n + tl.arange(0, B)
    tl.store(p + (i - 16777216), 1.0, mask=(i.to(tl.float32) <= 16777216.0) & (i >= 16777216))


@triton.jit
def float_bits(p: "*fp32", x: "fp32", B: tl.constexpr = 16):
    i = x.to(tl.int32, bitcast=True) + tl.arange(0, B)
    tl.store(p + i, 1.0, mask=i < 50)


@triton.jit
def truth_as_offset(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.arange(0, B)
    tl.store(p + i * (i < n).to(tl.int32) * 3, 1.0)


@triton.jit
def high_half(p: "*fp32", n: "u32", m: "u32", B: tl.constexpr = 16):
    i = tl.umulhi(n, m) + tl.arange(0, B)
    tl.store(p + i, 1.0)


@triton.jit
def random_index(p: "*fp32", seed: "i32", n: "i32", B: tl.constexpr = 16):
    # Half of the numbers are negative, and so are their remainders.
    i = tl.randint(seed, tl.program_id(0) * B + tl.arange(0, B)).to(tl.int32, bitcast=True)
    tl.store(p + i % n, 1.0)


@triton.jit
def random_index_unsigned(p: "*fp32", seed: "i32", n: "i32", B: tl.constexpr = 16):
    i = tl.randint(seed, tl.program_id(0) * B + tl.arange(0, B)).to(tl.uint32, bitcast=True)
    tl.store(p + i % n.to(tl.uint32), 1.0)


@triton.jit
def programs_of_wrong_axis(p: "*fp32", B: tl.constexpr = 16):
    pid = tl.program_id(1) * tl.num_programs(1) + tl.program_id(0)
    tl.store(p + pid * B + tl.arange(0, B), 1.0)


@triton.jit
def programs_from_the_end(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    pid = tl.num_programs(0) - n - tl.program_id(0)
    tl.store(p + pid * B + tl.arange(0, B), 1.0)


@triton.jit
def programs_of_three_axes(p: "*fp32", n: "i32"):
    pid = (tl.program_id(2) * tl.num_programs(1) + tl.program_id(1)) * tl.num_programs(0) + tl.program_id(0)
    tl.store(p + pid, 1.0, mask=tl.program_id(0) + tl.program_id(1) + tl.program_id(2) < n)


@triton.jit
def grouped_programs(p: "*fp32", m: "i32", n: "i32", group: "i32", B: tl.constexpr = 16):
    pid = tl.program_id(0)
    per = group * tl.cdiv(n, B)
    first = pid // per * group
    size = min(tl.cdiv(m, B) - first, group)
    row = first + (pid % per) % size
    column = (pid % per) // size
    i = row * B + tl.arange(0, B)
    j = column * B + tl.arange(0, B)
    tl.store(p + i[:, None] * n + j[None, :], 1.0, mask=(i[:, None] < m) & (j[None, :] < n))


@triton.jit
def clamped_other_way(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Of n = 0 it is -1.
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + tl.minimum(tl.maximum(i - 4, 0), n - 1), 1.0)


@triton.jit
def clamped_to_scalars(p: "*fp32", low: "i32", high: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + tl.maximum(tl.minimum(i, high), low), 1.0)


@triton.jit
def chosen_by_mask(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(p + tl.where(i < n, m, i), 1.0)


@triton.jit
def chosen_by_shifted_mask(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    j = tl.where(i + 1 < n, i + 1, 0)
    tl.store(p + j - 1, 1.0)
