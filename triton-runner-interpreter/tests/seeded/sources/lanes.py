"""Lanes of one store that meet at one address with unlike values."""
import triton
import triton.language as tl


@triton.jit
def halved_places(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes // 2, tl.load(x_ptr + lanes))


@triton.jit
def halved_places_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes // 2, tl.load(x_ptr + lanes), mask=lanes % 2 == 0)


@triton.jit
def rows_into_one(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + c + r * 0, tl.load(x_ptr + r * C + c))


@triton.jit
def rows_into_one_fixed(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + tl.arange(0, C), tl.sum(tl.load(x_ptr + r * C + c), axis=0))


@triton.jit
def places_wrap(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes % n, tl.load(x_ptr + lanes))


@triton.jit
def scatter_twice(index_ptr, x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + tl.load(index_ptr + lanes), tl.load(x_ptr + lanes))


@triton.jit
def stride_too_small(x_ptr, y_ptr, stride, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + r * stride + c, tl.load(x_ptr + r * C + c))


@triton.jit
def clamped_places(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.minimum(lanes, n - 1)
    tl.store(y_ptr + place, tl.load(x_ptr + lanes))


@triton.jit
def clamped_places_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.minimum(lanes, n - 1)
    tl.store(y_ptr + place, tl.load(x_ptr + place))
