"""A residual and the norm behind it: sum = x + residual, and out = sum / sqrt(mean(sum^2) + epsilon) * weight."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["rows"])
def add_rms_norm(x, residual, weight, sum, out, rows, columns, epsilon, BLOCK: tl.constexpr):
    """One row for each of `rows` programs, held in registers: `columns` is at most BLOCK.

    x, residual, sum and out are rows x columns without gaps, `weight` has `columns` elements. What is normalized is the sum
    before it is rounded.
    """
    row = tl.program_id(0).to(tl.int64) * columns
    column = tl.arange(0, BLOCK)
    mask = column < columns
    value = tl.load(x + row + column, mask=mask, other=0.0).to(tl.float32)
    value += tl.load(residual + row + column, mask=mask, other=0.0).to(tl.float32)
    factor = tl.load(weight + column, mask=mask, other=0.0).to(tl.float32)
    tl.store(sum + row + column, value.to(sum.dtype.element_ty), mask=mask)
    mean_square = tl.sum(value * value, axis=0) / columns
    value = value * tl.rsqrt(mean_square + epsilon) * factor
    tl.store(out + row + column, value.to(out.dtype.element_ty), mask=mask)
