"""Attention of one new token of each sequence to all that came before, whose keys and values lie in pages of a cache:
"PagedAttention" (Kwon and others, 2023, arXiv:2309.06180). Several programs share a sequence, so that few long sequences
keep a GPU busy too, and a second kernel puts their results together: "Flash-Decoding" (Dao and others, 2023)."""

import triton
import triton.language as tl


@triton.jit
def decode_attention(
    q, k_cache, v_cache, table, lengths, part, seen, q_stride, kv_heads, pages, width, scale,
    HEAD: tl.constexpr, GROUP: tl.constexpr, PAGE: tl.constexpr, TILE_N: tl.constexpr, SPLIT: tl.constexpr,
):
    """One program for a head of the cache, a sequence and one of SPLIT parts of the sequence.

    GROUP heads of queries share a head of the cache. q starts a sequence every `q_stride` elements, with kv_heads * GROUP
    heads of HEAD elements; each cache is pages x kv_heads x PAGE x HEAD. Row i of `table`, which has `width` numbers, names the pages of sequence i in order; what is no
    page counts as empty. `part` gets a sum for each head of a sequence and part of it, `seen` its largest score and the
    sum of its weights.
    """
    # What tensor cores take at least.
    ROWS: tl.constexpr = 16
    head = tl.program_id(0)
    sequence = tl.program_id(1)
    piece = tl.program_id(2)
    # Between two numbers that are known before the launch, so that launches are safe.
    length = tl.maximum(tl.minimum(tl.load(lengths + sequence), width * PAGE), 0)
    tiles = tl.cdiv(length, TILE_N)
    begin = tiles * piece // SPLIT * TILE_N
    end = tl.minimum(tiles * (piece + 1) // SPLIT * TILE_N, length)
    row = tl.arange(0, ROWS)
    depth = tl.arange(0, HEAD)
    mine = row < GROUP
    at = (sequence.to(tl.int64) * kv_heads + head) * GROUP + row
    q += sequence.to(tl.int64) * q_stride + head * (GROUP * HEAD)
    query = tl.load(q + row[:, None] * HEAD + depth[None, :], mask=mine[:, None], other=0.0)
    acc = tl.zeros((ROWS, HEAD), dtype=tl.float32)
    total = tl.zeros((ROWS,), dtype=tl.float32)
    # Below every score but those that are masked.
    peak = tl.full((ROWS,), -1e30, dtype=tl.float32)
    # exp(x) is computed as exp2(x * log2(e)), which is what the GPU has.
    scale = scale * 1.4426950408889634
    key = tl.arange(0, TILE_N)
    for start in tl.range(begin, end, TILE_N):
        token = start + key
        page = tl.load(table + sequence.to(tl.int64) * width + token // PAGE, mask=token < end, other=-1)
        inside = (page >= 0) & (page < pages)
        line = ((page.to(tl.int64) * kv_heads + head) * PAGE + token % PAGE) * HEAD
        keys = tl.load(k_cache + line[None, :] + depth[:, None], mask=inside[None, :], other=0.0)
        score = tl.where(inside[None, :], tl.dot(query, keys) * scale, float("-inf"))
        new_peak = tl.maximum(peak, tl.max(score, axis=1))
        weight = tl.exp2(score - new_peak[:, None])
        shrink = tl.exp2(peak - new_peak)
        total = total * shrink + tl.sum(weight, axis=1)
        values = tl.load(v_cache + line[:, None] + depth[None, :], mask=inside[:, None], other=0.0)
        acc = tl.dot(weight.to(values.dtype), values, acc * shrink[:, None])
        peak = new_peak
    spot = at * SPLIT + piece
    tl.store(part + spot[:, None] * HEAD + depth[None, :], acc, mask=mine[:, None])
    tl.store(seen + spot * 2, peak, mask=mine)
    tl.store(seen + spot * 2 + 1, total, mask=mine)


@triton.jit
def append(
    kv, k_cache, v_cache, table, lengths, kv_stride, kv_heads, pages, width, HEAD: tl.constexpr, PAGE: tl.constexpr,
):
    """One program for a head of the cache and a sequence: key and value of its newest token go to their page.

    `kv` starts a sequence every `kv_stride` elements, with kv_heads heads of keys and as many of values. `lengths` count the
    new tokens. What belongs to no page is left out.
    """
    head = tl.program_id(0)
    sequence = tl.program_id(1).to(tl.int64)
    token = tl.maximum(tl.minimum(tl.load(lengths + sequence), width * PAGE), 0) - 1
    page = tl.load(table + sequence * width + token // PAGE, mask=token >= 0, other=-1)
    inside = (token >= 0) & (page >= 0) & (page < pages)
    depth = tl.arange(0, HEAD)
    line = ((page.to(tl.int64) * kv_heads + head) * PAGE + token % PAGE) * HEAD + depth
    source = kv + sequence * kv_stride + head * HEAD + depth
    tl.store(k_cache + line, tl.load(source), mask=inside)
    tl.store(v_cache + line, tl.load(source + kv_heads * HEAD), mask=inside)


@triton.jit
def combine(part, seen, out, HEAD: tl.constexpr, SPLIT: tl.constexpr):
    """One program for each head of a sequence: the parts of a sequence together."""
    head = tl.program_id(0).to(tl.int64)
    piece = tl.arange(0, SPLIT)
    depth = tl.arange(0, HEAD)
    peak = tl.load(seen + (head * SPLIT + piece) * 2)
    total = tl.load(seen + (head * SPLIT + piece) * 2 + 1)
    weight = tl.exp2(peak - tl.max(peak, axis=0))
    parts = tl.load(part + (head * SPLIT + piece)[:, None] * HEAD + depth[None, :])
    result = tl.sum(parts * weight[:, None], axis=0) / tl.sum(total * weight, axis=0)
    tl.store(out + head * HEAD + depth, result.to(out.dtype.element_ty))
