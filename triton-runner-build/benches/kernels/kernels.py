"""Kernels of the usual kinds, for the benchmark of builds. `regenerate.py` writes their TTIR."""

import triton
import triton.language as tl


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    tl.store(out + index, tl.load(x + index, mask=inside) + tl.load(y + index, mask=inside), mask=inside)


@triton.jit
def gelu(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    value = tl.load(x + index, mask=inside).to(tl.float32)
    tl.store(out + index, value * 0.5 * (1.0 + tl.erf(value * 0.70710678)), mask=inside)


@triton.jit
def silu_mul(gate, up, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    value = tl.load(gate + index, mask=inside).to(tl.float32)
    value = value * tl.sigmoid(value) * tl.load(up + index, mask=inside).to(tl.float32)
    tl.store(out + index, value, mask=inside)


@triton.jit
def dropout(x, out, n, seed, keep, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    kept = tl.rand(seed, index) < keep
    tl.store(out + index, tl.where(kept, tl.load(x + index, mask=inside) / keep, 0.0), mask=inside)


@triton.jit
def softmax(x, out, columns, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < columns
    value = tl.load(x + row * stride + index, mask=inside, other=-float("inf")).to(tl.float32)
    value = tl.exp(value - tl.max(value, 0))
    tl.store(out + row * stride + index, value / tl.sum(value, 0), mask=inside)


@triton.jit
def layer_norm(x, weight, bias, out, columns, stride, epsilon, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < columns
    value = tl.load(x + row * stride + index, mask=inside, other=0.0).to(tl.float32)
    mean = tl.sum(value, 0) / columns
    centred = tl.where(inside, value - mean, 0.0)
    scale = tl.rsqrt(tl.sum(centred * centred, 0) / columns + epsilon)
    value = centred * scale * tl.load(weight + index, mask=inside) + tl.load(bias + index, mask=inside)
    tl.store(out + row * stride + index, value, mask=inside)


@triton.jit
def rms_norm(x, weight, out, columns, stride, epsilon, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK, ), tl.float32)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        value = tl.load(x + row * stride + index, mask=index < columns, other=0.0).to(tl.float32)
        total += value * value
    scale = tl.rsqrt(tl.sum(total, 0) / columns + epsilon)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        inside = index < columns
        value = tl.load(x + row * stride + index, mask=inside).to(tl.float32) * scale
        tl.store(out + row * stride + index, value * tl.load(weight + index, mask=inside), mask=inside)


@triton.jit
def rope(x, cosine, sine, out, half, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < half
    left = tl.load(x + row * stride + index, mask=inside).to(tl.float32)
    right = tl.load(x + row * stride + half + index, mask=inside).to(tl.float32)
    c = tl.load(cosine + row * half + index, mask=inside)
    s = tl.load(sine + row * half + index, mask=inside)
    tl.store(out + row * stride + index, left * c - right * s, mask=inside)
    tl.store(out + row * stride + half + index, right * c + left * s, mask=inside)


@triton.jit
def transpose(x, out, rows, columns, TILE: tl.constexpr):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)
    column = tl.program_id(1) * TILE + tl.arange(0, TILE)
    inside = (row[:, None] < rows) & (column[None, :] < columns)
    value = tl.load(x + row[:, None] * columns + column[None, :], mask=inside)
    tl.store(out + column[:, None] * rows + row[None, :], tl.trans(value), mask=tl.trans(inside))


@triton.jit
def cumulative_sum(x, out, columns, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < columns
    value = tl.load(x + row * stride + index, mask=inside, other=0.0)
    tl.store(out + row * stride + index, tl.cumsum(value, 0), mask=inside)


@triton.jit
def histogram(x, counts, n, BLOCK: tl.constexpr, BINS: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    found = tl.histogram(tl.load(x + index, mask=index < n, other=0), BINS)
    tl.atomic_add(counts + tl.arange(0, BINS), found)


@triton.jit
def matmul(a, b, c, m, n, k, lda, ldb, ldc, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    row = tl.program_id(0) * M + tl.arange(0, M)
    column = tl.program_id(1) * N + tl.arange(0, N)
    inner = tl.arange(0, K)
    a_tile = a + (row % m)[:, None] * lda + inner[None, :]
    b_tile = b + inner[:, None] * ldb + (column % n)[None, :]
    total = tl.zeros((M, N), tl.float32)
    for start in range(0, k, K):
        total = tl.dot(tl.load(a_tile, mask=inner[None, :] < k - start, other=0.0),
                       tl.load(b_tile, mask=inner[:, None] < k - start, other=0.0), total)
        a_tile += K
        b_tile += K * ldb
    inside = (row[:, None] < m) & (column[None, :] < n)
    tl.store(c + row[:, None] * ldc + column[None, :], total, mask=inside)


@triton.jit
def linear(a, b, bias, c, m, n, k, lda, ldb, ldc, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    row = tl.program_id(0) * M + tl.arange(0, M)
    column = tl.program_id(1) * N + tl.arange(0, N)
    inner = tl.arange(0, K)
    a_tile = a + (row % m)[:, None] * lda + inner[None, :]
    b_tile = b + (column % n)[None, :] * ldb + inner[:, None]
    total = tl.zeros((M, N), tl.float32)
    for start in range(0, k, K):
        total = tl.dot(tl.load(a_tile), tl.load(b_tile), total)
        a_tile += K
        b_tile += K
    total += tl.load(bias + column, mask=column < n, other=0.0)[None, :]
    total = tl.where(total > 0, total, 0.0)
    inside = (row[:, None] < m) & (column[None, :] < n)
    tl.store(c + row[:, None] * ldc + column[None, :], total.to(c.dtype.element_ty), mask=inside)


@triton.jit
def attention(q, k, v, out, scale, length, stride_head, stride_row, M: tl.constexpr, N: tl.constexpr, D: tl.constexpr):
    head = tl.program_id(1) * stride_head
    row = tl.program_id(0) * M + tl.arange(0, M)
    column = tl.arange(0, N)
    depth = tl.arange(0, D)
    queries = tl.load(q + head + row[:, None] * stride_row + depth[None, :], mask=row[:, None] < length, other=0.0)
    highest = tl.full((M, ), -float("inf"), tl.float32)
    weights = tl.zeros((M, ), tl.float32)
    total = tl.zeros((M, D), tl.float32)
    for start in range(0, (tl.program_id(0) + 1) * M, N):
        at = start + column
        keys = tl.load(k + head + at[None, :] * stride_row + depth[:, None], mask=at[None, :] < length, other=0.0)
        score = tl.dot(queries, keys) * scale
        score = tl.where(row[:, None] >= at[None, :], score, -float("inf"))
        higher = tl.maximum(highest, tl.max(score, 1))
        share = tl.exp2(score - higher[:, None])
        decay = tl.exp2(highest - higher)
        weights = weights * decay + tl.sum(share, 1)
        values = tl.load(v + head + at[:, None] * stride_row + depth[None, :], mask=at[:, None] < length, other=0.0)
        total = tl.dot(share.to(values.dtype), values, total * decay[:, None])
        highest = higher
    total = total / weights[:, None]
    tl.store(out + head + row[:, None] * stride_row + depth[None, :], total.to(out.dtype.element_ty),
             mask=row[:, None] < length)
