"""Lanes of one store that meet at one address, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def two_tokens_in_one_slot(slot_ptr, k_ptr, cache_ptr, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)[None, :]
    slot = tl.load(slot_ptr + t)
    tl.store(cache_ptr + slot * D + d, tl.load(k_ptr + t * D + d))


@triton.jit
def padding_goes_to_slot_zero(slot_ptr, k_ptr, cache_ptr, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)[None, :]
    slot = tl.load(slot_ptr + t)
    tl.store(cache_ptr + tl.maximum(slot, 0) * D + d, tl.load(k_ptr + t * D + d))


@triton.jit
def padding_goes_to_slot_zero_fixed(slot_ptr, k_ptr, cache_ptr, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)[None, :]
    slot = tl.load(slot_ptr + t)
    tl.store(cache_ptr + tl.maximum(slot, 0) * D + d, tl.load(k_ptr + t * D + d), mask=slot >= 0)


@triton.jit
def transposed_conv_windows_overlap(x_ptr, w_ptr, y_ptr, stride, N: tl.constexpr, K: tl.constexpr):
    i, k = tl.arange(0, N)[:, None], tl.arange(0, K)[None, :]
    tl.store(y_ptr + i * stride + k, tl.load(x_ptr + i) * tl.load(w_ptr + k))


@triton.jit
def joined_pairs_too_near(x_ptr, y_ptr, HALF: tl.constexpr):
    i = tl.arange(0, HALF)
    x, z = tl.load(x_ptr + i), tl.load(x_ptr + HALF + i)
    pair = tl.join(x * 0.5 - z, x * 0.5 + z)
    tl.store(y_ptr + i[:, None] + tl.arange(0, 2)[None, :], pair)


@triton.jit
def joined_pairs_too_near_fixed(x_ptr, y_ptr, HALF: tl.constexpr):
    i = tl.arange(0, HALF)
    x, z = tl.load(x_ptr + i), tl.load(x_ptr + HALF + i)
    pair = tl.join(x * 0.5 - z, x * 0.5 + z)
    tl.store(y_ptr + i[:, None] * 2 + tl.arange(0, 2)[None, :], pair)


@triton.jit
def compaction_keeps_all(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    keep = lanes % 3 == 0
    place = tl.cumsum(keep.to(tl.int32), axis=0) - 1
    tl.store(y_ptr + place, x)


@triton.jit
def compaction_keeps_all_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    keep = lanes % 3 == 0
    place = tl.cumsum(keep.to(tl.int32), axis=0) - 1
    tl.store(y_ptr + place, x, mask=keep)
