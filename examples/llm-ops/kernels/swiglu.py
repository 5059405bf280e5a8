"""SwiGLU's elementwise part: out = silu(gate) * up, where silu(x) = x / (1 + exp(-x))."""

import triton
import triton.language as tl


# Numbers of rows change from call to call, so nothing is compiled for a value of theirs.
@triton.jit(do_not_specialize=["rows"])
def swiglu(gate, up, out, rows, columns, stride, BLOCK: tl.constexpr):
    """BLOCK elements of one of `rows` rows for each program.

    `gate` and `up` have rows of `columns` elements that start every `stride` elements, so that they may be the halves
    of one matrix; `out` has no gaps. It computes in fp32.
    """
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < columns
    value = tl.load(gate + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    factor = tl.load(up + row * stride + column, mask=mask, other=0.0).to(tl.float32)
    value = value * tl.sigmoid(value) * factor
    tl.store(out + row * columns + column, value.to(out.dtype.element_ty), mask=mask)
