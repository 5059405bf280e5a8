"""Softmax of rows: out = exp(x - max(x)) / sum(exp(x - max(x)))."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs. Whether the columns are a
# multiple of 16 decides how wide loads are.
@triton.jit(do_not_specialize=["rows"])
def softmax(x, out, rows, columns, BLOCK: tl.constexpr):
    """One row for each of `rows` programs, held in registers: `columns` is at most BLOCK.

    x and out are rows x columns without gaps. It computes in fp32.
    """
    row = tl.program_id(0).to(tl.int64) * columns
    column = tl.arange(0, BLOCK)
    mask = column < columns
    value = tl.load(x + row + column, mask=mask, other=float("-inf")).to(tl.float32)
    value = tl.exp(value - tl.max(value, axis=0))
    value = value / tl.sum(value, axis=0)
    tl.store(out + row + column, value.to(out.dtype.element_ty), mask=mask)
