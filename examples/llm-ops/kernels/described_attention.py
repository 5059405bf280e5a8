"""Attention as in `flash_attention.py`, with queries, keys and values through descriptors of the host: for GPUs whose shared
memory has three stages of keys and values."""

import triton
import triton.language as tl


@triton.jit
def attend(
    acc, total, peak, query, k_map, v_map, sequence, head, row, begin, end, length, scale,
    HEAD: tl.constexpr, TILE_N: tl.constexpr, CAUSAL: tl.constexpr, EDGE: tl.constexpr,
):
    """Takes in the keys from `begin` to `end`, and returns the new acc, total and peak.

    Where EDGE, some of these keys lie beyond the last, or, where CAUSAL, after a query.
    """
    # The few tiles at the edge are not worth the shared memory and registers of a pipeline of their own.
    for start in tl.range(begin, end, TILE_N, num_stages=1 if EDGE else None):
        score = tl.dot(query, k_map.load([sequence, head, start, 0]).reshape(TILE_N, HEAD).T)
        if EDGE:
            key = start + tl.arange(0, TILE_N)
            seen = (key < length)[None, :]
            if CAUSAL:
                seen = seen & (key[None, :] <= row[:, None])
            score = tl.where(seen, score, float("-inf"))
        new_peak = tl.maximum(peak, tl.max(score, axis=1) * scale)
        weight = tl.exp2(score * scale - new_peak[:, None])
        shrink = tl.exp2(peak - new_peak)
        total = total * shrink + tl.sum(weight, axis=1)
        acc = acc * shrink[:, None]
        values = v_map.load([sequence, head, start, 0]).reshape(TILE_N, HEAD)
        acc = tl.dot(weight.to(values.dtype), values, acc)
        peak = new_peak
    return acc, total, peak


# Lengths change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["batch", "heads", "length"])
def described_attention(
    q_map, k_map, v_map, out, batch, heads, length, out_batch, out_head, out_token, scale,
    HEAD: tl.constexpr, CAUSAL: tl.constexpr, TILE_M: tl.constexpr, TILE_N: tl.constexpr,
):
    """TILE_M queries of one head for each program.

    The descriptors are of batch x heads x length x HEAD numbers, and cut into TILE_M queries, or TILE_N keys or values. `out`
    starts a sequence every `out_batch` elements, a head every `out_head` and a token every `out_token`. With CAUSAL, a token
    sees those before it and itself. Sums are in fp32.
    """
    tile = tl.program_id(0)
    if CAUSAL:
        # The tiles with the most keys first: short ones fill up the GPU at the end.
        tile = tl.num_programs(0) - 1 - tile
    head = tl.program_id(1)
    sequence = tl.program_id(2)
    first = tile * TILE_M
    row = first + tl.arange(0, TILE_M)
    query = q_map.load([sequence, head, first, 0]).reshape(TILE_M, HEAD)
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
        acc, total, peak, query, k_map, v_map, sequence, head, row, 0, whole, length, scale, HEAD, TILE_N, CAUSAL, False)
    acc, total, peak = attend(
        acc, total, peak, query, k_map, v_map, sequence, head, row, whole, end, length, scale, HEAD, TILE_N, CAUSAL, True)

    result = acc / total[:, None]
    depth = tl.arange(0, HEAD)
    target = out + sequence.to(tl.int64) * out_batch + head.to(tl.int64) * out_head
    target = target + row.to(tl.int64)[:, None] * out_token + depth[None, :]
    tl.store(target, result.to(out.dtype.element_ty), mask=(row < length)[:, None])
