"""Rotary position embedding: element i of the first half of a head and of its second half are the two coordinates of a
point, which is rotated by an angle that grows with the position of the token."""

import triton
import triton.language as tl


# Lengths change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["tokens", "length", "heads"])
def rotary(
    x, cosine, sine, out, tokens, length, heads, x_stride, out_stride,
    HALF: tl.constexpr, HEADS: tl.constexpr,
):
    """HEADS heads of a token for each program; a head has 2 * HALF elements.

    Tokens start every `x_stride` and `out_stride` elements, and their heads lie one after the other. There is a new
    sequence every `length` tokens. `cosine` and `sine` are those of the angles, length x HALF in fp32.
    """
    token = tl.program_id(0)
    head = tl.program_id(1) * HEADS + tl.arange(0, HEADS)
    pair = tl.arange(0, HALF)
    angle = (token % length) * HALF + pair
    c = tl.load(cosine + angle)[None, :]
    s = tl.load(sine + angle)[None, :]
    mask = (head < heads)[:, None]
    offset = head[:, None] * (2 * HALF) + pair[None, :]
    source = x + token.to(tl.int64) * x_stride + offset
    first = tl.load(source, mask=mask, other=0.0).to(tl.float32)
    second = tl.load(source + HALF, mask=mask, other=0.0).to(tl.float32)
    target = out + token.to(tl.int64) * out_stride + offset
    tl.store(target, (first * c - second * s).to(out.dtype.element_ty), mask=mask)
    tl.store(target + HALF, (second * c + first * s).to(out.dtype.element_ty), mask=mask)
