"""What a sampler takes from the scores of all tokens: the largest K of each row, with their places. K = 1 is argmax."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["rows", "columns"])
def top_k(x, values, places, rows, columns, K: tl.constexpr, BLOCK: tl.constexpr):
    """One program for each of `rows` rows of `columns` numbers: the K largest, the largest first, of equal ones the first.

    `values` and `places` are rows x K. Where there are fewer columns than K, the rest is -inf and -1.
    """
    row = tl.program_id(0)
    x += row.to(tl.int64) * columns
    # A number and its place as one integer: as numbers are ordered, and of equal ones the first is the largest.
    best = tl.full((K,), -(2**63), dtype=tl.int64)
    for start in range(0, columns, BLOCK):
        column = start + tl.arange(0, BLOCK)
        value = tl.load(x + column, mask=column < columns, other=float("-inf")).to(tl.float32)
        bits = value.to(tl.int32, bitcast=True)
        order = bits ^ ((bits >> 31) & 0x7FFFFFFF)
        key = (order.to(tl.int64) << 32) | (0x7FFFFFFF - column).to(tl.int64)
        key = tl.where(column < columns, key, -(2**63))
        best = larger(best, key, K)
    order = (best >> 32).to(tl.int32)
    bits = order ^ ((order >> 31) & 0x7FFFFFFF)
    found = best != -(2**63)
    place = tl.arange(0, K)
    tl.store(values + row.to(tl.int64) * K + place, tl.where(found, bits.to(tl.float32, bitcast=True), float("-inf")))
    column = 0x7FFFFFFF - (best & 0x7FFFFFFF).to(tl.int32)
    tl.store(places + row.to(tl.int64) * K + place, tl.where(found, column, -1))


@triton.jit
def larger(best, key, K: tl.constexpr):
    """The K largest of both."""
    if K == 1:
        return tl.maximum(best, tl.max(key, axis=0))
    else:
        return tl.topk(tl.ravel(tl.join(best, tl.topk(key, K))), K)
