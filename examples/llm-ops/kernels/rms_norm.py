"""Root-mean-square normalization of rows: out = x / sqrt(mean(x^2) + epsilon) * weight."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["rows"])
def rms_norm(x, weight, out, rows, columns, epsilon, BLOCK: tl.constexpr):
    """One row for each of `rows` programs, held in registers: `columns` is at most BLOCK.

    x and out are rows x columns without gaps, `weight` has `columns` elements. It sums in fp32.
    """
    row = tl.program_id(0).to(tl.int64) * columns
    column = tl.arange(0, BLOCK)
    mask = column < columns
    value = tl.load(x + row + column, mask=mask, other=0.0).to(tl.float32)
    factor = tl.load(weight + column, mask=mask, other=0.0).to(tl.float32)
    mean_square = tl.sum(value * value, axis=0) / columns
    value = value * tl.rsqrt(mean_square + epsilon) * factor
    tl.store(out + row + column, value.to(out.dtype.element_ty), mask=mask)
