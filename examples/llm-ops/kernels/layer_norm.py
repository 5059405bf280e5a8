"""Layer normalization of rows: out = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["rows"])
def layer_norm(x, weight, bias, out, rows, columns, epsilon, BLOCK: tl.constexpr):
    """One row for each of `rows` programs, held in registers: `columns` is at most BLOCK.

    x and out are rows x columns without gaps, `weight` and `bias` have `columns` elements. It sums in fp32, and the
    variance is that of the differences to the mean, which loses nothing where the mean is large.
    """
    row = tl.program_id(0).to(tl.int64) * columns
    column = tl.arange(0, BLOCK)
    mask = column < columns
    value = tl.load(x + row + column, mask=mask, other=0.0).to(tl.float32)
    factor = tl.load(weight + column, mask=mask, other=0.0).to(tl.float32)
    shift = tl.load(bias + column, mask=mask, other=0.0).to(tl.float32)
    value = tl.where(mask, value - tl.sum(value, axis=0) / columns, 0.0)
    variance = tl.sum(value * value, axis=0) / columns
    value = value * tl.rsqrt(variance + epsilon) * factor + shift
    tl.store(out + row + column, value.to(out.dtype.element_ty), mask=mask)
