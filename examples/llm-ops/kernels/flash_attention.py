"""Attention, softmax(Q K^T * scale) V, without ever storing the matrix of scores: for each tile of queries it walks along
the keys and keeps a running maximum, sum and result, as in "FlashAttention-2" (Dao, 2023, arXiv:2307.08691)."""

import triton
import triton.language as tl


@triton.jit
def attend(
    acc, total, peak, query, k, v, k_offset, v_offset, k_stride, v_stride, row, begin, end, length, scale,
    TILE_N: tl.constexpr, CAUSAL: tl.constexpr, EDGE: tl.constexpr,
):
    """Takes in the keys from `begin` to `end`, and returns the new acc, total and peak.

    Where EDGE, some of these keys lie beyond the last, or, where CAUSAL, after a query.
    """
    # The few tiles at the edge are not worth the shared memory and registers of a pipeline of their own.
    for start in tl.range(begin, end, TILE_N, num_stages=1 if EDGE else None):
        k_tile = k + start * k_stride + k_offset
        v_tile = v + start * v_stride + v_offset
        key = start + tl.arange(0, TILE_N)
        if EDGE:
            keys = tl.load(k_tile, mask=(key < length)[None, :], other=0.0)
        else:
            keys = tl.load(k_tile)
        score = tl.dot(query, keys)
        if EDGE:
            seen = (key < length)[None, :]
            if CAUSAL:
                seen = seen & (key[None, :] <= row[:, None])
            score = tl.where(seen, score, float("-inf"))
        new_peak = tl.maximum(peak, tl.max(score, axis=1) * scale)
        weight = tl.exp2(score * scale - new_peak[:, None])
        shrink = tl.exp2(peak - new_peak)
        total = total * shrink + tl.sum(weight, axis=1)
        acc = acc * shrink[:, None]
        if EDGE:
            values = tl.load(v_tile, mask=(key < length)[:, None], other=0.0)
        else:
            values = tl.load(v_tile)
        acc = tl.dot(weight.to(values.dtype), values, acc)
        peak = new_peak
    return acc, total, peak


# Lengths change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["batch", "heads", "length"])
def flash_attention(
    q, k, v, out, batch, heads, length, q_batch, q_head, q_token, k_batch, k_head, k_token,
    v_batch, v_head, v_token, out_batch, out_head, out_token, scale,
    HEAD: tl.constexpr, CAUSAL: tl.constexpr, TILE_M: tl.constexpr, TILE_N: tl.constexpr,
):
    """TILE_M queries of one head for each program; heads have HEAD elements, all sequences `length` tokens.

    Each of the four starts a sequence every `…_batch` elements, a head every `…_head` and a token every `…_token`, so
    that it may be a part of a larger matrix. With CAUSAL, a token sees those before it and itself. Sums are in fp32.
    """
    tile = tl.program_id(0)
    if CAUSAL:
        # The tiles with the most keys first: short ones fill up the GPU at the end.
        tile = tl.num_programs(0) - 1 - tile
    head = tl.program_id(1).to(tl.int64)
    sequence = tl.program_id(2).to(tl.int64)
    first = tile * TILE_M
    row = first + tl.arange(0, TILE_M)
    key = tl.arange(0, TILE_N)
    depth = tl.arange(0, HEAD)
    q += sequence * q_batch + head * q_head
    k += sequence * k_batch + head * k_head
    v += sequence * v_batch + head * v_head
    out += sequence * out_batch + head * out_head

    q_tile = q + row.to(tl.int64)[:, None] * q_token + depth[None, :]
    query = tl.load(q_tile, mask=(row < length)[:, None], other=0.0)
    # The parts of the addresses that stay the same for every tile are 32 bits wide and held once, in registers.
    k_offset = key[None, :] * k_token + depth[:, None]
    v_offset = key[:, None] * v_token + depth[None, :]
    k_stride = k_token.to(tl.int64)
    v_stride = v_token.to(tl.int64)

    acc = tl.zeros((TILE_M, HEAD), dtype=tl.float32)
    total = tl.zeros((TILE_M,), dtype=tl.float32)
    peak = tl.full((TILE_M,), float("-inf"), dtype=tl.float32)
    # exp(x) is computed as exp2(x * log2(e)), which is what the GPU has.
    scale = scale * 1.4426950408889634
    # The keys that every query of the tile sees come in whole tiles and need no mask.
    if CAUSAL:
        end = tl.minimum(first + TILE_M, length)
        whole = first // TILE_N * TILE_N
    else:
        end = length
        whole = length // TILE_N * TILE_N
    acc, total, peak = attend(
        acc, total, peak, query, k, v, k_offset, v_offset, k_stride, v_stride, row, 0, whole, length, scale,
        TILE_N, CAUSAL, False)
    acc, total, peak = attend(
        acc, total, peak, query, k, v, k_offset, v_offset, k_stride, v_stride, row, whole, end, length, scale,
        TILE_N, CAUSAL, True)

    result = acc / total[:, None]
    target = out + row.to(tl.int64)[:, None] * out_token + depth[None, :]
    tl.store(target, result.to(out.dtype.element_ty), mask=(row < length)[:, None])
