"""What a block does with few tokens, in fewer kernels: there, what counts is how soon the weights arrive, and every kernel
that waits for the one before costs microseconds. Norms are a factor of each row, so the product needn't wait for it."""

import triton
import triton.language as tl


@triton.jit
def normed_products(
    x, norm, first, second, row, m, k, epsilon, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
):
    """Rows of x, normalized, times two times TILE_N rows of a weight, which start at `first` and `second`."""
    depth = tl.arange(0, TILE_K)
    # What lies beyond the last row reads the last again, which needs no mask.
    x_tile = x + tl.minimum(row, m - 1).to(tl.int64)[:, None] * k + depth[None, :]
    n_tile = norm + depth
    first += depth[:, None]
    second += depth[:, None]
    square = tl.zeros((TILE_M, TILE_K), dtype=tl.float32)
    one = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    two = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for _ in range(k // TILE_K):
        value = tl.load(x_tile).to(tl.float32)
        square += value * value
        value = (value * tl.load(n_tile).to(tl.float32)[None, :]).to(x.dtype.element_ty)
        one = tl.dot(value, tl.load(first), one)
        two = tl.dot(value, tl.load(second), two)
        x_tile += TILE_K
        n_tile += TILE_K
        first += TILE_K
        second += TILE_K
    scale = tl.rsqrt(tl.sum(square, axis=1) / k + epsilon)[:, None]
    return one * scale, two * scale


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["m", "length"])
def norm_qkv(
    x, norm, weight, cosine, sine, out, m, n, k, length, rotated, epsilon,
    HALF: tl.constexpr, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
):
    """RMSNorm, a linear layer of n outputs, and rotary embedding of those up to output `rotated`.

    A program makes TILE_N outputs of the first half of a head and those of the second half that they are rotated with.
    `out` is m x n. `cosine` and `sine` are length x HALF; there is a new sequence every `length` rows. k is a multiple of
    TILE_K, n and `rotated` are of 2 * HALF.
    """
    row = tl.program_id(1) * TILE_M + tl.arange(0, TILE_M)
    PIECES: tl.constexpr = HALF // TILE_N
    head = tl.program_id(0) // PIECES
    pair = tl.program_id(0) % PIECES * TILE_N + tl.arange(0, TILE_N)
    column = head * (2 * HALF) + pair
    first = weight + column.to(tl.int64)[None, :] * k
    second = weight + (column + HALF).to(tl.int64)[None, :] * k
    one, two = normed_products(x, norm, first, second, row, m, k, epsilon, TILE_M, TILE_N, TILE_K)
    mask = (row < m)[:, None]
    if head * (2 * HALF) < rotated:
        angle = (row % length)[:, None] * HALF + pair[None, :]
        c = tl.load(cosine + angle, mask=mask, other=0.0)
        s = tl.load(sine + angle, mask=mask, other=0.0)
        one, two = one * c - two * s, two * c + one * s
    target = out + row.to(tl.int64)[:, None] * n + column[None, :]
    tl.store(target, one.to(out.dtype.element_ty), mask=mask)
    tl.store(target + HALF, two.to(out.dtype.element_ty), mask=mask)


@triton.jit(do_not_specialize=["m"])
def norm_swiglu(
    x, norm, weight, out, m, n, k, epsilon, TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
):
    """RMSNorm, a linear layer of n gates and n factors, and SwiGLU of them. `out` is m x n. k is a multiple of TILE_K."""
    row = tl.program_id(1) * TILE_M + tl.arange(0, TILE_M)
    column = tl.program_id(0) * TILE_N + tl.arange(0, TILE_N)
    inside = tl.minimum(column, n - 1)
    first = weight + inside.to(tl.int64)[None, :] * k
    second = weight + (inside.to(tl.int64) + n)[None, :] * k
    one, two = normed_products(x, norm, first, second, row, m, k, epsilon, TILE_M, TILE_N, TILE_K)
    value = one * tl.sigmoid(one) * two
    mask = (row < m)[:, None] & (column < n)[None, :]
    tl.store(out + row.to(tl.int64)[:, None] * n + column[None, :], value.to(out.dtype.element_ty), mask=mask)
